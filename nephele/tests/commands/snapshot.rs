//! Saved states, by command.

use crate::home::{Home, done, fails, json, sqs};

#[test]
fn saved_listed_restored_deleted() {
    for arguments in [&["--auth", "open"] as &[_], &["--auth", "open", "--memory"]] {
        let home = Home::new();
        let up = home.up(arguments);
        let snapshot = |arguments: &[&str]| {
            let mut command = home.nephele(&["snapshot"]);
            command.args(arguments).env("NEPHELE_ENDPOINT", &up.endpoint);
            command
        };
        sqs(&up, "CreateQueue", r#"{"QueueName":"before"}"#);
        done(&mut snapshot(&["save", "clean"]));
        sqs(&up, "CreateQueue", r#"{"QueueName":"after"}"#);
        assert!(fails(1, &mut snapshot(&["save", "clean"])).contains("--replace"));
        assert!(done(&mut snapshot(&["list"])).starts_with("clean "));
        let list = json(&done(&mut snapshot(&["list", "--json"])));
        assert_eq!(list.get("snapshots").and_then(|list| list.as_list()).map(<[_]>::len), Some(1));

        done(&mut snapshot(&["restore", "clean"]));
        let queues = sqs(&up, "ListQueues", "{}");
        assert!(queues.contains("before") && !queues.contains("after"), "{queues}");

        done(&mut snapshot(&["save", "clean", "--replace"]));
        done(&mut snapshot(&["delete", "clean"]));
        assert!(fails(1, &mut snapshot(&["restore", "clean"])).contains("snapshot list"));
        assert_eq!(done(&mut snapshot(&[])), "");
        fails(2, &mut snapshot(&["save", "../up"]));
    }
}
