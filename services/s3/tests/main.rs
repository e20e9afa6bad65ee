//! Runs the transcripts beside this file.

#[test]
fn transcripts() {
    testkit::transcripts(env!("CARGO_MANIFEST_DIR"), &[&s3::SERVICE]);
}
