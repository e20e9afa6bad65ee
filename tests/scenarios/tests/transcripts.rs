//! The transcripts of this folder.

static SUITE: testkit::Suite = testkit::Suite {
    manifest: env!("CARGO_MANIFEST_DIR"),
    services: &[&iam::SERVICE, &organizations::SERVICE, &sqs::SERVICE, &sts::SERVICE],
    opaque: &[
        ("WebIdentityToken", "jwt"),
        ("AccessKeyId", "key"),
        ("Base32StringSeed", "seed"),
        ("DecodedMessage", "decoded"),
        ("JobId", "job"),
        ("QRCodePNG", "picture"),
        ("RoleId", "role"),
        ("SecretAccessKey", "secret"),
        ("SessionToken", "token"),
    ],
};

fn main() -> std::process::ExitCode {
    SUITE.run()
}
