//! The environment, evaluated by real shells.

use crate::home::{Home, done, json};
use std::{path::Path, process::Command};
use wire::Json;

const ENDPOINT: &str = "http://localhost:4999";
/// Those that are here.
fn shells() -> impl Iterator<Item = &'static str> {
    let here =
        |name: &&str| ["/usr/local/bin", "/usr/bin", "/bin"].iter().any(|place| Path::new(place).join(name).exists());
    ["sh", "bash", "zsh"].into_iter().filter(here)
}

fn shell(home: &Home, shell: &str, script: &str) -> Command {
    let mut command = home.program(shell);
    command.args(["-c", script]).env("NEPHELE", env!("CARGO_BIN_EXE_nephele")).env("AWS_ENDPOINT_URL", ENDPOINT);
    command
}

const REPORT: &str = "echo $AWS_ENDPOINT_URL $AWS_REGION $AWS_DEFAULT_REGION $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY \
                      ${AWS_PROFILE-none} ${AWS_SESSION_TOKEN-none} ${AWS_ENDPOINT_URL_S3-none}";

#[test]
fn variables_are_set_and_diversions_removed() {
    let home = Home::new();
    for name in shells() {
        for evaluate in ["eval \"$(\"$NEPHELE\" env)\"", "eval $(\"$NEPHELE\" env)"] {
            let script = format!("set -eu; {evaluate}; {REPORT}");
            let mut command = shell(&home, name, &script);
            command.env("AWS_PROFILE", "work").env("AWS_SESSION_TOKEN", "x").env("AWS_ENDPOINT_URL_S3", "http://s3");
            let expected = format!("{ENDPOINT} us-east-1 us-east-1 test test none none none\n");
            assert_eq!(done(&mut command), expected, "{name}: {evaluate}");
            let region = done(command.env("AWS_REGION", "eu-west-1"));
            assert!(region.contains(" eu-west-1 eu-west-1 "), "{region}");
        }
    }
}

#[test]
fn version_1_of_the_aws_cli_is_given_the_endpoint() {
    let home = Home::new();
    home.install_aws("1.45.11");
    for name in shells() {
        for evaluate in ["eval \"$(\"$NEPHELE\" env)\"", "eval $(\"$NEPHELE\" env)"] {
            let aws = |words: &str| done(&mut shell(&home, name, &format!("set -eu\n{evaluate}\n{words}")));
            assert_eq!(aws("aws sqs list-queues"), format!("aws:--endpoint-url {ENDPOINT} sqs list-queues\n"));
            assert_eq!(aws("aws configure list"), "aws:configure list\n");
            assert_eq!(aws("aws help"), "aws:help\n");
            assert_eq!(aws("aws"), "aws:\n");
            assert_eq!(aws("aws s3 ls --endpoint-url http://x"), "aws:s3 ls --endpoint-url http://x\n");
            assert_eq!(aws("aws s3 ls --endpoint-url=http://x"), "aws:s3 ls --endpoint-url=http://x\n");
            assert_eq!(aws("unset AWS_ENDPOINT_URL; aws s3 ls"), "aws:s3 ls\n", "pointed at AWS again");
        }
    }
}

#[test]
fn the_function_takes_an_alias_place_and_passes_the_status_on() {
    let home = Home::new();
    home.install("aws", "#!/bin/sh\n[ \"$1\" = --version ] && echo aws-cli/1.2 || exit 254\n");
    for (name, aliases) in [("bash", "shopt -s expand_aliases"), ("sh", ":"), ("zsh", "setopt aliases")] {
        let script =
            format!("{aliases}\nalias aws='aws --profile work'\neval \"$(\"$NEPHELE\" env)\"\naws sqs x; echo $?");
        if shells().any(|here| here == name) {
            assert_eq!(done(&mut shell(&home, name, &script)), "254\n", "{name}");
        }
    }
}

#[test]
fn version_2_needs_no_function() {
    let home = Home::new();
    home.install_aws("2.31.0");
    let script = "eval \"$(\"$NEPHELE\" env)\"; aws sqs list-queues; type -t aws";
    let output = done(&mut shell(&home, "bash", script));
    assert_eq!(output, "aws:sqs list-queues\nfile\n");
}

#[test]
fn nephele_is_found_afterwards() {
    let home = Home::new();
    let script = "eval \"$(\"$NEPHELE\" env)\"; nephele --version; before=$PATH; eval \"$(nephele env)\"; [ \"$PATH\" = \"$before\" ]";
    assert!(done(&mut shell(&home, "sh", script)).starts_with("nephele "));
    home.install("nephele", "#!/bin/sh\necho another one\n");
    assert!(done(&mut shell(&home, "sh", "eval \"$(\"$NEPHELE\" env)\"; nephele --version")).starts_with("nephele "));
}

#[test]
fn other_shells_and_json() {
    let home = Home::new();
    home.install_aws("1.45.11");
    let env = |arguments: &[&str]| done(home.nephele(&["env", "--endpoint", "4999"]).args(arguments));
    let fish = env(&["--shell", "fish"]);
    assert!(fish.contains(&format!("set -gx AWS_ENDPOINT_URL '{ENDPOINT}';")) && fish.contains("function aws;"));
    let powershell = env(&["--shell", "powershell"]);
    assert!(
        powershell.contains(&format!("$env:AWS_ENDPOINT_URL = '{ENDPOINT}';")) && powershell.contains("function aws {")
    );
    let json = json(&env(&["--json"]));
    assert_eq!(json.get("AWS_ENDPOINT_URL").and_then(|url| url.as_str()), Some(ENDPOINT));
    assert_eq!(json.get("AWS_PROFILE"), Some(&Json::Null));
}
