//! Random operations against a model: no message is lost, none is given out while it is hidden, groups keep their order,
//! and the counts are right.
#![allow(clippy::unwrap_used)]

use http::Request;
use std::{collections::HashMap, time::Duration};
use testkit::{Cloud, Credentials};
use wire::Json;

/// Seconds of the queue's visibility timeout.
const VISIBILITY: u64 = 30;
const GROUPS: u64 = 4;
/// Seconds that a FIFO queue delays its messages.
const FIFO_DELAY: u64 = 3;

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

#[derive(Clone, Debug)]
struct Message {
    group: u64,
    /// When it is visible, in milliseconds.
    visible: u64,
    receipt: Option<String>,
    receives: u64,
}

struct Run {
    cloud: Cloud,
    random: Random,
    fifo: bool,
    url: String,
    /// By body, which is the number of its sending.
    messages: HashMap<u64, Message>,
    sent: u64,
    now: u64,
}

impl Run {
    fn new(seed: u64, fifo: bool) -> Run {
        let cloud = Cloud::new(&[&sqs::SERVICE], seed);
        let mut run =
            Run { cloud, random: Random(seed), fifo, url: String::new(), messages: HashMap::new(), sent: 0, now: 0 };
        let (name, kind) = match fifo {
            true => (
                "q.fifo",
                r#", "Attributes": {"FifoQueue": "true", "DelaySeconds": "3", "FifoThroughputLimit": "perMessageGroupId",
                "DeduplicationScope": "messageGroup"}"#,
            ),
            false => ("q", ""),
        };
        let created = run.call("CreateQueue", &format!(r#"{{"QueueName": "{name}"{kind}}}"#));
        run.url = created.get("QueueUrl").unwrap().as_str().unwrap().to_owned();
        run
    }

    fn call(&mut self, operation: &str, body: &str) -> Json {
        let request = Request::post("/")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{operation}"))
            .body(body.replace("URL", &self.url).into_bytes())
            .unwrap();
        let credentials = Credentials::new("test", "test", "sqs");
        let response = self.cloud.send_signed(request, &credentials, Duration::ZERO).take().unwrap();
        let text = String::from_utf8(response.body().clone()).unwrap();
        assert_eq!(response.status(), 200, "{operation} {body}: {text}");
        Json::parse(&text).unwrap()
    }

    fn step(&mut self) {
        match self.random.below(10) {
            0..=2 => self.send(),
            3..=5 => self.receive(),
            6 | 7 => self.delete(),
            8 => self.change_visibility(),
            _ => {
                let by = self.random.below(20_000);
                self.cloud.advance(Duration::from_millis(by));
                self.now += by;
            }
        }
    }

    fn send(&mut self) {
        let (number, group) = (self.sent, self.random.below(GROUPS));
        self.sent += 1;
        let delay = if self.fifo { FIFO_DELAY } else { [0, 0, 0, 7][self.random.below(4) as usize] };
        let extra = match self.fifo {
            true => format!(r#", "MessageGroupId": "{group}", "MessageDeduplicationId": "{number}""#),
            false => format!(r#", "DelaySeconds": {delay}"#),
        };
        self.call("SendMessage", &format!(r#"{{"QueueUrl": "URL", "MessageBody": "{number}"{extra}}}"#));
        let message = Message { group, visible: self.now + delay * 1_000, receipt: None, receives: 0 };
        self.messages.insert(number, message);
    }

    /// The messages that may be given out now.
    fn available(&self) -> Vec<u64> {
        let visible = |message: &Message| message.visible <= self.now;
        let free = |number: &u64, message: &Message| {
            // In a FIFO queue everything before it in its group must be free too.
            let mut before = self.messages.iter().filter(|(n, m)| self.fifo && *n < number && m.group == message.group);
            visible(message) && before.all(|(_, message)| visible(message))
        };
        let mut numbers: Vec<u64> = self.messages.iter().filter(|(n, m)| free(n, m)).map(|(n, _)| *n).collect();
        numbers.sort_unstable();
        numbers
    }

    fn receive(&mut self) {
        let most = 1 + self.random.below(10);
        let available = self.available();
        let body = format!(
            r#"{{"QueueUrl": "URL", "MaxNumberOfMessages": {most}, "AttributeNames": ["ApproximateReceiveCount"]}}"#
        );
        let answer = self.call("ReceiveMessage", &body);
        let given = answer.get("Messages").and_then(Json::as_list).unwrap_or_default();
        assert_eq!(given.len() as u64, most.min(available.len() as u64), "as many as asked for, or all there are");
        let mut last: HashMap<u64, u64> = HashMap::new();
        for message in given {
            let number: u64 = message.get("Body").unwrap().as_str().unwrap().parse().unwrap();
            assert!(available.contains(&number), "{number} was given out, of {available:?}");
            let known = self.messages.get_mut(&number).unwrap();
            known.receives += 1;
            known.visible = self.now + VISIBILITY * 1_000;
            known.receipt = Some(message.get("ReceiptHandle").unwrap().as_str().unwrap().to_owned());
            let count = message.get("Attributes").unwrap().get("ApproximateReceiveCount").unwrap().as_str().unwrap();
            assert_eq!(count, known.receives.to_string());
            if self.fifo {
                let group = known.group;
                let before = last.insert(group, number);
                assert!(before < Some(number), "group {group} in order");
                // Nothing of the group that was available is passed over.
                let skipped = available.iter().filter(|n| **n < number && self.messages[n].group == group);
                assert!(skipped.into_iter().all(|n| self.messages[n].visible > self.now), "group {group} skips none");
            }
        }
    }

    /// A message in flight.
    fn pick(&mut self) -> Option<(u64, String)> {
        let flying = |(n, m): (&u64, &Message)| (m.visible > self.now).then(|| Some((*n, m.receipt.clone()?)))?;
        let mut numbers: Vec<_> = self.messages.iter().filter_map(flying).collect();
        numbers.sort_unstable();
        let index = self.random.below(numbers.len().max(1) as u64) as usize;
        (index < numbers.len()).then(|| numbers.swap_remove(index))
    }

    fn delete(&mut self) {
        let Some((number, receipt)) = self.pick() else { return };
        self.call("DeleteMessage", &format!(r#"{{"QueueUrl": "URL", "ReceiptHandle": "{receipt}"}}"#));
        self.messages.remove(&number);
    }

    fn change_visibility(&mut self) {
        let Some((number, receipt)) = self.pick() else { return };
        let timeout = self.random.below(60);
        let body = format!(r#"{{"QueueUrl": "URL", "ReceiptHandle": "{receipt}", "VisibilityTimeout": {timeout}}}"#);
        self.call("ChangeMessageVisibility", &body);
        self.messages.get_mut(&number).unwrap().visible = self.now + timeout * 1_000;
    }

    fn check_counts(&mut self) {
        let answer = self.call("GetQueueAttributes", r#"{"QueueUrl": "URL", "AttributeNames": ["All"]}"#);
        let attributes = answer.get("Attributes").unwrap();
        let count = |name: &str| attributes.get(name).unwrap().as_str().unwrap().parse::<usize>().unwrap();
        let expected = |which: fn(&Message, u64) -> bool| self.messages.values().filter(|m| which(m, self.now)).count();
        assert_eq!(count("ApproximateNumberOfMessages"), expected(|m, now| m.visible <= now));
        let in_flight = expected(|m, now| m.visible > now && m.receives > 0);
        assert_eq!(count("ApproximateNumberOfMessagesNotVisible"), in_flight);
        assert_eq!(count("ApproximateNumberOfMessagesDelayed"), expected(|m, now| m.visible > now && m.receives == 0));
    }
}

fn run(fifo: bool) {
    for seed in 0..6 {
        let mut run = Run::new(seed, fifo);
        for step in 0..400 {
            run.step();
            if step % 10 == 0 {
                run.check_counts();
            }
        }
        // Everything that was not deleted comes in the end.
        run.cloud.advance(Duration::from_secs(900));
        run.now += 900_000;
        for _ in 0..1_000 {
            run.receive();
            run.delete();
        }
        assert!(run.messages.is_empty(), "seed {seed}: {} messages are lost", run.messages.len());
    }
}

#[test]
fn standard_queues_agree_with_the_model() {
    run(false);
}

#[test]
fn fifo_queues_agree_with_the_model() {
    run(true);
}
