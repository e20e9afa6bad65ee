//! Ending: by signal, at once if asked twice.

use crate::home::{Home, done, eventually, json, sqs, sqs_head};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

#[test]
fn sigterm_and_sigint_end_it_in_order() {
    let home = Home::new();
    for signal in ["TERM", "INT"] {
        let mut up = home.up(&[]);
        done(&mut home.nephele(&["clock", "advance", "1h", "--endpoint", &up.endpoint]));
        up.signal(signal);
        assert_eq!(up.wait().code(), Some(0), "{signal}");
    }
    let up = home.up(&[]);
    let clock = json(&done(&mut home.nephele(&["clock", "--json", "--endpoint", &up.endpoint])));
    assert_eq!(clock.get("aheadSeconds").and_then(|ahead| ahead.as_i64()), Some(7_200));
}

#[test]
fn a_request_in_progress_is_finished() {
    let home = Home::new();
    let mut up = home.up(&["--auth", "open"]);
    let body = r#"{"QueueName":"orders"}"#;
    let mut stream = TcpStream::connect(up.address()).unwrap();
    write!(stream, "{}expect: 100-continue\r\n\r\n", sqs_head(&up, "1.1", "CreateQueue", body)).unwrap();
    let mut answer = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    answer.read_line(&mut line).unwrap();
    assert!(line.contains("100 Continue"), "the cloud waits for the body: {line}");
    up.signal("TERM");
    eventually("the port is closed", || TcpStream::connect(up.address()).is_err().then_some(()));
    write!(stream, "{body}").unwrap();
    let mut rest = String::new();
    answer.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("200 OK") && rest.contains("QueueUrl"), "{rest}");
    assert_eq!(up.wait().code(), Some(0));
    assert!(sqs(&home.up(&["--auth", "open"]), "ListQueues", "{}").contains("orders"));
}

#[test]
fn a_second_interrupt_does_not_wait_for_requests() {
    let home = Home::new();
    let mut up = home.up(&["--memory"]);
    let mut feed = TcpStream::connect(up.address()).unwrap();
    write!(feed, "GET /_nephele/feed HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut lines = BufReader::new(feed).lines();
    assert!(lines.any(|line| line.unwrap().contains("listening")), "a request without end");
    up.signal("INT");
    eventually("the port is closed", || TcpStream::connect(up.address()).is_err().then_some(()));
    up.signal("INT");
    assert_eq!(up.wait().code(), Some(130));
}
