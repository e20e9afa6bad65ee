//! The transcripts of this folder: Account Management as its clients see it.

static SUITE: testkit::Suite = testkit::Suite {
    manifest: env!("CARGO_MANIFEST_DIR"),
    services: &[&account::SERVICE, &organizations::SERVICE],
    opaque: &[("NextToken", "token")],
};

fn main() -> std::process::ExitCode {
    SUITE.run()
}
