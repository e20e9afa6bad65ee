//! The transcripts of this folder: KMS as its clients see it.

static SUITE: testkit::Suite = testkit::Suite {
    manifest: env!("CARGO_MANIFEST_DIR"),
    services: &[&kms::SERVICE, &iam::SERVICE],
    opaque: &[
        ("CiphertextBlob", "ciphertext"),
        ("PrivateKeyCiphertextBlob", "private-ciphertext"),
        ("PrivateKeyPlaintext", "private"),
        ("PublicKey", "public"),
        ("Signature", "signature"),
        ("SharedSecret", "secret"),
        ("GrantToken", "token"),
        ("ImportToken", "import-token"),
        ("KeyMaterialId", "material"),
        ("CurrentKeyMaterialId", "material"),
        ("SourceKeyMaterialId", "material"),
        ("DestinationKeyMaterialId", "material"),
        ("GrantId", "grant"),
        ("NextMarker", "marker"),
        ("KmsRequestId", "request"),
        ("SecretAccessKey", "secret-key"),
        ("AccessKeyId", "access-key"),
        ("UserId", "user-id"),
        ("RoleId", "role-id"),
    ],
};

fn main() -> std::process::ExitCode {
    SUITE.run()
}
