//! Ending: by signal, at once if asked twice.

use crate::home::{Home, done, eventually, json};
use std::{
    io::{BufRead, BufReader, Write},
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
