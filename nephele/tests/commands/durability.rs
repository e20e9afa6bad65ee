//! What was acknowledged is there after kill -9.

use crate::home::{Home, done, json, sqs};

#[test]
fn a_queue_and_the_clock_outlive_kill_9() {
    let home = Home::new();
    let mut up = home.up(&["--auth", "open"]);
    assert!(sqs(&up, "CreateQueue", r#"{"QueueName":"orders"}"#).contains("200 OK"));
    done(&mut home.nephele(&["clock", "advance", "1d", "--endpoint", &up.endpoint]));
    up.signal("KILL");
    up.wait();

    let up = home.up(&["--auth", "open"]);
    let queues = sqs(&up, "ListQueues", "{}");
    assert!(queues.contains("/000000000000/orders"), "{queues}");
    let clock = json(&done(&mut home.nephele(&["clock", "--json", "--endpoint", &up.endpoint])));
    assert_eq!(clock.get("aheadSeconds").and_then(|ahead| ahead.as_i64()), Some(86_400));
    assert!(up.banner.contains("1 d ahead"), "{}", up.banner);
}

#[test]
fn memory_keeps_nothing() {
    let home = Home::new();
    let mut up = home.up(&["--memory", "--auth", "open"]);
    assert!(sqs(&up, "CreateQueue", r#"{"QueueName":"orders"}"#).contains("200 OK"));
    up.signal("TERM");
    up.wait();
    assert!(!sqs(&home.up(&["--memory", "--auth", "open"]), "ListQueues", "{}").contains("orders"));
    assert!(!home.data().exists());
}
