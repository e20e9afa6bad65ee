//! Clients that leave, states that are exchanged under them, and what the audit log keeps of their calls.
#![allow(clippy::unwrap_used)]

mod support;

use std::{path::Path, time::Duration};
use support::{URL, body, call, credentials, request};
use testkit::Cloud;
use wire::{Json, Timestamp};

#[test]
fn a_message_whose_sender_left_is_told_to_those_who_wait() {
    let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("clients-{}", std::process::id()));
    let mut cloud = Cloud::durable(&[&sqs::SERVICE], 1, &data);
    assert!(body(&call(&mut cloud, "CreateQueue", r#"{"QueueName": "q"}"#)).is_some());
    let waiting = call(&mut cloud, "ReceiveMessage", r#"{"QueueUrl": "URL", "WaitTimeSeconds": 20}"#);
    assert!(body(&waiting).is_none());
    let mut send = request("SendMessage", r#"{"QueueUrl": "URL", "MessageBody": "a"}"#);
    cloud.sign(&mut send, &credentials(), Duration::ZERO);
    cloud.send_and_leave(send);
    let kernel = cloud.kernel().clone();
    cloud.run(async move { kernel.flush().await }).unwrap();
    assert!(body(&waiting).unwrap().get("Messages").is_some());
    drop(cloud);
    let _ = std::fs::remove_dir_all(data);
}

#[test]
fn a_long_poll_ends_with_the_state_it_was_made_in() {
    let mut cloud = Cloud::new(&[&sqs::SERVICE], 1);
    assert!(body(&call(&mut cloud, "CreateQueue", r#"{"QueueName": "q"}"#)).is_some());
    cloud.change_clock(kernel::ClockChange::Freeze);
    let kernel = cloud.kernel().clone();
    cloud.wait(kernel.snapshots().save("s", 0, false)).unwrap();
    cloud.advance(Duration::from_secs(3_600));
    let waiting = call(&mut cloud, "ReceiveMessage", r#"{"QueueUrl": "URL", "WaitTimeSeconds": 20}"#);
    assert!(body(&waiting).is_none());
    cloud.wait(kernel.exchange(kernel.snapshots().restore("s"))).unwrap();
    assert_eq!(kernel.clock().now(), testkit::START, "an hour before the deadline");
    assert!(body(&waiting).unwrap().get("Messages").is_none());
}

#[test]
fn calls_on_messages_are_data_events_without_what_the_messages_say() {
    let mut cloud = Cloud::new(&[&sqs::SERVICE], 1);
    assert!(body(&call(&mut cloud, "CreateQueue", r#"{"QueueName": "q"}"#)).is_some());
    let sent = r#"{"QueueUrl": "URL", "MessageBody": "secret", "MessageAttributes": {
        "a": {"DataType": "String", "StringValue": "secret"},
        "b": {"DataType": "Binary", "BinaryValue": "c2VjcmV0"}}}"#;
    assert!(body(&call(&mut cloud, "SendMessage", sent)).is_some());
    let kernel = cloud.kernel().clone();
    let events = cloud.run(async move { kernel.audit_events(Timestamp(0), 10).await }).unwrap();
    let kinds: Vec<_> = events
        .iter()
        .map(|event| ["eventName", "eventCategory"].map(|name| event.get(name).and_then(Json::as_str).unwrap()))
        .collect();
    assert_eq!(kinds, [["CreateQueue", "Management"], ["SendMessage", "Data"]]);
    assert_eq!(events[0].get("managementEvent"), Some(&Json::Bool(true)));
    assert_eq!(events[1].get("managementEvent"), Some(&Json::Bool(false)));
    let hidden = r#"{"queueUrl":"URL","messageBody":"HIDDEN_DUE_TO_SECURITY_REASONS","messageAttributes":{
        "a":{"stringValue":"HIDDEN_DUE_TO_SECURITY_REASONS","dataType":"String"},
        "b":{"binaryValue":"HIDDEN_DUE_TO_SECURITY_REASONS","dataType":"Binary"}}}"#;
    assert_eq!(events[1].get("requestParameters"), Json::parse(&hidden.replace("URL", URL)).ok().as_ref());
}
