//! The transcripts of this folder: IAM as its clients see it.

static SUITE: testkit::Suite = testkit::Suite {
    manifest: env!("CARGO_MANIFEST_DIR"),
    services: &[&iam::SERVICE],
    opaque: &[
        ("AccessKeyId", "key"),
        ("Base32StringSeed", "seed"),
        ("CertificateId", "certificate"),
        ("DeletionTaskId", "task"),
        ("GroupId", "group"),
        ("InstanceProfileId", "profile"),
        ("JobId", "job"),
        ("KeyId", "saml-key"),
        ("Marker", "marker"),
        ("QRCodePNG", "picture"),
        ("PolicyId", "policy"),
        ("QRCodePNG", "picture"),
        ("RoleId", "role"),
        ("SAMLProviderUUID", "saml"),
        ("SSHPublicKeyId", "ssh-key"),
        ("SecretAccessKey", "secret"),
        ("ServerCertificateId", "server-certificate"),
        ("ServiceCredentialSecret", "api-key"),
        ("ServicePassword", "service-password"),
        ("ServiceSpecificCredentialId", "credential"),
        ("UserId", "user"),
    ],
};

fn main() -> std::process::ExitCode {
    SUITE.run()
}
