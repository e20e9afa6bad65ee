//! The transcripts of this folder: S3 as its clients see it.

static SUITE: testkit::Suite = testkit::Suite {
    manifest: env!("CARGO_MANIFEST_DIR"),
    services: &[&s3::SERVICE, &s3::control::SERVICE, &iam::SERVICE, &kms::SERVICE, &sqs::SERVICE, &sts::SERVICE],
    opaque: &[
        ("Alias", "alias"),
        ("VersionId", "version"),
        ("UploadId", "upload"),
        ("AccessKeyId", "key"),
        ("SecretAccessKey", "secret"),
        ("JobId", "job"),
    ],
};

fn main() -> std::process::ExitCode {
    SUITE.run()
}
