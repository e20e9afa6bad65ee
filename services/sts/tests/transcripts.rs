//! The transcripts of this folder: STS as its clients see it.

static SUITE: testkit::Suite = testkit::Suite {
    manifest: env!("CARGO_MANIFEST_DIR"),
    services: &[&sts::SERVICE],
    opaque: &[("AccessKeyId", "key"), ("SecretAccessKey", "secret"), ("SessionToken", "token")],
};

fn main() -> std::process::ExitCode {
    SUITE.run()
}
