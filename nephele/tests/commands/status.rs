//! What a cloud tells of itself, and how it is found.

use crate::home::{Home, done, fails, json};
use std::{io::Write, net::TcpListener, thread};

#[test]
fn it_is_live() {
    let home = Home::new();
    let up = home.up(&["--token", "s3cret", "--durability", "power"]);
    let status = |command: &mut std::process::Command| done(command.env("NEPHELE_TOKEN", "s3cret"));
    let text = status(&mut home.nephele(&["status", "--endpoint", &up.endpoint]));
    assert!(text.contains("ready at") && text.contains("durability: power") && text.contains("base"), "{text}");
    let status = json(&status(&mut home.nephele(&["status", "--json", "--endpoint", &up.endpoint])));
    assert_eq!(status.get("pid").and_then(|pid| pid.as_i64()), Some(i64::from(up.child.id())));
    assert!(status.get("store").and_then(|store| store.get("logBytes")).is_some());
}

#[test]
fn a_reader_that_goes_early_sees_no_panic() {
    let home = Home::new();
    let up = home.up(&["--memory"]);
    let mut command = home.nephele(&["status", "--endpoint", &up.endpoint]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(fails(141, command.stdout(writer)), "");
}

#[test]
fn how_the_cloud_is_found() {
    let home = Home::new();
    let up = home.up(&["--memory"]);
    let status = || home.nephele(&["status"]);
    done(status().env("NEPHELE_ENDPOINT", &up.endpoint));
    done(status().env("AWS_ENDPOINT_URL", &up.endpoint));
    done(status().env("NEPHELE_ENDPOINT", &up.endpoint).env("AWS_ENDPOINT_URL", "http://localhost:1"));
    fails(3, status().env("NEPHELE_ENDPOINT", "http://localhost:1").env("AWS_ENDPOINT_URL", &up.endpoint));
}

#[test]
fn another_program_is_not_taken_for_a_cloud() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n<Error/>");
        }
    });
    let complaint = fails(3, &mut home.nephele(&["status", "--endpoint", &endpoint]));
    assert!(complaint.contains("is no Nephele"), "{complaint}");
}
