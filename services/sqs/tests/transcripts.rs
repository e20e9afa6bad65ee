//! The transcripts of this folder: SQS as its clients see it.

static SUITE: testkit::Suite = testkit::Suite {
    manifest: env!("CARGO_MANIFEST_DIR"),
    services: &[&sqs::SERVICE, &kms::SERVICE, &iam::SERVICE],
    opaque: &[
        ("MessageId", "message"),
        ("ReceiptHandle", "receipt"),
        ("SequenceNumber", "sequence"),
        ("TaskHandle", "task"),
        ("NextToken", "token"),
    ],
};

fn main() -> std::process::ExitCode {
    SUITE.run()
}
