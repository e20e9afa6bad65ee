//! The installed AWS CLI by way of `nephele aws`.

use crate::home::{Home, done, fails};

#[test]
fn arguments_and_status_pass() {
    let home = Home::new();
    let aws = |words: &[&str]| {
        let mut command = home.nephele(&["aws"]);
        command.args(words).env("NEPHELE_ENDPOINT", "http://localhost:4999");
        command
    };
    assert!(fails(1, &mut aws(&["sqs", "list-queues"])).contains("no `aws` on PATH"));
    home.install_aws("2.31.0");
    let expected = "aws:--endpoint-url http://localhost:4999 sqs list-queues --output json\n";
    assert_eq!(done(&mut aws(&["sqs", "list-queues", "--output", "json"])), expected);
    assert_eq!(done(&mut aws(&["configure", "list"])), "aws:configure list\n");
    assert_eq!(done(&mut aws(&["--help"])), "aws:--endpoint-url http://localhost:4999 --help\n");
    home.install("aws", "#!/bin/sh\necho $AWS_ACCESS_KEY_ID; exit 254\n");
    fails(254, &mut aws(&["sqs", "list-queues"]));
}
