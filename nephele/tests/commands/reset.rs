//! An empty cloud again, by command.

use crate::home::{Home, done, sqs};
use std::process::Stdio;

#[test]
fn everything_is_gone_and_nothing_is_asked_without_a_terminal() {
    let home = Home::new();
    let up = home.up(&["--auth", "open"]);
    for arguments in [&["reset"] as &[_], &["reset", "--yes"]] {
        sqs(&up, "CreateQueue", r#"{"QueueName":"orders"}"#);
        done(home.nephele(arguments).env("NEPHELE_ENDPOINT", &up.endpoint).stdin(Stdio::null()));
        assert!(!sqs(&up, "ListQueues", "{}").contains("orders"));
    }
}
