//! A private cloud for one command.

use crate::home::{Home, done, entries, eventually, fails, kill, wait};
use std::{
    io::{BufRead, BufReader},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

fn run(home: &Home, script: &str) -> Command {
    home.nephele(&["run", "--", "sh", "-c", script])
}

/// Starts it and reads the first line that the command prints.
fn start(home: &Home, script: &str) -> (Child, String) {
    let mut child = run(home, script).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line.trim().to_owned())
}

#[test]
fn the_exit_status_is_passed_on() {
    let home = Home::new();
    done(&mut run(&home, "true"));
    fails(7, &mut run(&home, "exit 7"));
    fails(128 + 15, &mut run(&home, "kill -TERM $$"));
    assert!(fails(127, &mut home.nephele(&["run", "--", "nosuch"])).contains("cannot run nosuch"));
    fails(126, &mut home.nephele(&["run", "--", "/"]));
}

#[test]
fn the_command_finds_the_cloud_and_nothing_is_left_behind() {
    let home = Home::new();
    home.install_aws("1.45.11");
    let script = "echo $AWS_ENDPOINT_URL $NEPHELE_ENDPOINT $AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_REGION \
                  ${AWS_PROFILE-none}; nephele status | head -1; aws sqs list-queues; aws configure list";
    let output = done(run(&home, script).env("AWS_PROFILE", "work"));
    let lines: Vec<&str> = output.lines().collect();
    let endpoint = lines[0].split(' ').next().unwrap();
    assert_eq!(lines[0], format!("{endpoint} {endpoint} test test us-east-1 none"));
    assert!(lines[1].ends_with(endpoint), "{output}");
    assert_eq!(lines[2], format!("aws:--endpoint-url {endpoint} sqs list-queues"));
    assert_eq!(lines[3], "aws:configure list");
    assert!(TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).is_err());
    assert_eq!(entries(&home.tmp()), [] as [&str; 0]);
    assert!(!home.data().exists());
}

#[test]
fn signals_reach_the_command() {
    let home = Home::new();
    let (mut child, _) = start(&home, "trap 'exit 9' TERM; echo ready; while :; do sleep 0.02; done");
    kill(child.id(), "TERM");
    assert_eq!(wait(&mut child).code(), Some(9));
}

#[test]
#[cfg(target_os = "linux")]
fn the_command_does_not_outlive_a_run_that_was_killed() {
    let home = Home::new();
    home.install_aws("1.45.11");
    let (mut child, pid) = start(&home, "echo $$; exec sleep 60");
    kill(child.id(), "KILL");
    wait(&mut child);
    let stat = format!("/proc/{pid}/stat");
    eventually("the command is gone", || {
        std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z ")).then_some(())
    });
    done(&mut run(&home, "true"));
    assert_eq!(entries(&home.tmp()), [] as [&str; 0], "the next run removes what the killed one could not");
}

#[test]
fn the_installed_aws_cli_works_unmodified() {
    let found = |path: &str| std::path::Path::new(path).join("aws").is_file();
    let Some(path) = std::env::var("PATH").ok().filter(|path| path.split(':').any(found)) else { return };
    let home = Home::new();
    let script = "aws sqs create-queue --queue-name orders --query QueueUrl --output text";
    let output = done(run(&home, script).env("PATH", path));
    assert!(output.trim().ends_with("/000000000000/orders"), "{output}");
}
