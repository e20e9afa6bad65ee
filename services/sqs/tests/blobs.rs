//! Long messages: their blobs live as long as they do, and no longer.
#![allow(clippy::unwrap_used)]

mod support;

use kernel::store::{Key, Scan};
use std::time::Duration;
use support::{body, call};
use testkit::Cloud;
use wire::Json;

const QUEUES: [&str; 2] = ["q", "q.fifo"];

fn create(cloud: &mut Cloud, name: &str) {
    let kind = match name.ends_with(".fifo") {
        true => r#", "Attributes": {"FifoQueue": "true", "ContentBasedDeduplication": "true"}"#,
        false => "",
    };
    assert!(body(&call(cloud, "CreateQueue", &format!(r#"{{"QueueName": "{name}"{kind}}}"#))).is_some());
}

fn url(name: &str) -> String {
    format!("http://localhost:4566/000000000000/{name}")
}

fn send(cloud: &mut Cloud, name: &str, letter: &str) {
    let (url, text) = (url(name), letter.repeat(20_000));
    let group = if name.ends_with(".fifo") { r#", "MessageGroupId": "g""# } else { "" };
    let message = format!(r#"{{"QueueUrl": "{url}", "MessageBody": "{text}"{group}}}"#);
    assert!(body(&call(cloud, "SendMessage", &message)).is_some());
}

fn on_queue(cloud: &mut Cloud, operation: &str, name: &str) -> Json {
    body(&call(cloud, operation, &format!(r#"{{"QueueUrl": "{}"}}"#, url(name)))).unwrap()
}

/// The blobs that the store keeps alive.
fn blobs(cloud: &mut Cloud) -> usize {
    let kernel = cloud.kernel().clone();
    let range = Key::new().text("sys").text("blob").children();
    cloud.run(async move { kernel.engine().snapshot().scan(&range, &Scan::default()).await }).unwrap().rows.len()
}

#[test]
fn a_purge_lets_go_of_the_blobs_of_what_it_removes_and_of_no_others() {
    let mut cloud = Cloud::new(&[&sqs::SERVICE], 1);
    for name in QUEUES {
        create(&mut cloud, name);
        for letter in ["a", "b", "c"] {
            send(&mut cloud, name, letter);
        }
        // One in flight.
        on_queue(&mut cloud, "ReceiveMessage", name);
        assert_eq!(blobs(&mut cloud), 3);
        on_queue(&mut cloud, "PurgeQueue", name);
        assert_eq!(blobs(&mut cloud), 0, "{name}");
        send(&mut cloud, name, "d");
        cloud.advance(Duration::from_secs(60));
        assert_eq!(blobs(&mut cloud), 1);
        let received = on_queue(&mut cloud, "ReceiveMessage", name);
        let messages = received.get("Messages").and_then(Json::as_list).unwrap();
        assert_eq!(messages[0].get("Body").and_then(Json::as_str), Some(&*"d".repeat(20_000)), "{name}");
        on_queue(&mut cloud, "DeleteQueue", name);
        assert_eq!(blobs(&mut cloud), 0, "{name}");
    }
}

#[test]
fn expired_and_deleted_messages_leave_no_blob() {
    let mut cloud = Cloud::new(&[&sqs::SERVICE], 1);
    for name in QUEUES {
        create(&mut cloud, name);
        for letter in ["a", "b", "c"] {
            send(&mut cloud, name, letter);
        }
        let received = on_queue(&mut cloud, "ReceiveMessage", name);
        let receipt =
            received.get("Messages").and_then(Json::as_list).unwrap()[0].get("ReceiptHandle").unwrap().clone();
        let delete = format!(r#"{{"QueueUrl": "{}", "ReceiptHandle": {receipt}}}"#, url(name));
        assert!(body(&call(&mut cloud, "DeleteMessage", &delete)).is_some());
        assert_eq!(blobs(&mut cloud), 2, "{name}");
        // One that was received, and one that was not.
        on_queue(&mut cloud, "ReceiveMessage", name);
        cloud.advance(Duration::from_secs(5 * 86_400));
        assert_eq!(blobs(&mut cloud), 0, "{name}");
        let counts = format!(r#"{{"QueueUrl": "{}", "AttributeNames": ["All"]}}"#, url(name));
        let counts = body(&call(&mut cloud, "GetQueueAttributes", &counts)).unwrap();
        let visible = counts.get("Attributes").and_then(|counts| counts.get("ApproximateNumberOfMessages"));
        assert_eq!(visible.and_then(Json::as_str), Some("0"), "{name}");
    }
}
