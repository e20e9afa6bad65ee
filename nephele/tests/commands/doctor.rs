//! What keeps clients from the cloud, and the fixes.

use crate::home::{Home, done, json, out};
use wire::Json;

#[test]
fn all_is_well_where_the_environment_is_set() {
    let home = Home::new();
    home.install_aws("2.31.0");
    let output = done(&mut home.nephele(&["run", "--", "nephele", "doctor"]));
    assert!(!output.contains("broken"), "{output}");
    let report = json(&done(&mut home.nephele(&["run", "--", "nephele", "doctor", "--json"])));
    assert_eq!(report.get("broken"), Some(&Json::Bool(false)));
}

#[test]
fn each_fault_is_named_with_its_fix() {
    let home = Home::new();
    home.install_aws("1.45.11");
    std::fs::create_dir(home.0.join(".aws")).unwrap();
    std::fs::write(home.0.join(".aws/config"), "[default]\nuse_fips_endpoint = true\n").unwrap();
    let mut command = home.nephele(&["doctor", "--endpoint", "localhost:1"]);
    command.env("AWS_ENDPOINT_URL_SQS", "http://x").env("HTTP_PROXY", "http://proxy:3128");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    for expected in [
        "fix: nephele up --listen 1",
        "aws-cli/1.45.11 ignores AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL is not set",
        "fix: unset AWS_ENDPOINT_URL_SQS",
        "fix: export NO_PROXY='localhost'",
        "fix: export AWS_USE_FIPS_ENDPOINT=false",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
}
