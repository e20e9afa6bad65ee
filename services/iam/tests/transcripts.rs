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
        ("Marker", "marker"),
        ("QRCodePNG", "picture"),
        ("PolicyId", "policy"),
        ("RoleId", "role"),
        ("SAMLProviderUUID", "saml"),
        ("SecretAccessKey", "secret"),
        ("ServerCertificateId", "server-certificate"),
        ("ServiceCredentialSecret", "api-key"),
        ("ServicePassword", "service-password"),
        ("ServiceSpecificCredentialId", "credential"),
        ("SSHPublicKeyId", "ssh-key"),
        ("UserId", "user"),
    ],
};

fn main() -> std::process::ExitCode {
    SUITE.run()
}
