//! A cloud in the background.

use crate::home::{Home, done, eventually, fails, json};
use std::fs;

#[test]
fn it_answers_when_the_command_returns_and_goes_with_down() {
    let home = Home::new();
    let banner = done(&mut home.nephele(&["up", "--detach", "--listen", "127.0.0.1:0"]));
    let endpoint = banner.lines().next().unwrap().rsplit(' ').next().unwrap();
    let status = json(&done(&mut home.nephele(&["status", "--json", "--endpoint", endpoint])));
    let log = status.get("log").and_then(|log| log.as_str()).unwrap();
    assert!(banner.contains(log) && log.starts_with(home.data().to_str().unwrap()), "{banner}");
    assert!(fs::read_to_string(log).unwrap().contains(endpoint));
    done(&mut home.nephele(&["down", "--endpoint", endpoint]));
    let pid = status.get("pid").and_then(|pid| pid.as_i64()).unwrap();
    let stat = format!("/proc/{pid}/stat");
    eventually("the process is gone or waits to be reaped", || {
        fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z ")).then_some(())
    });
    fails(3, &mut home.nephele(&["status", "--endpoint", endpoint]));
}

#[test]
fn why_it_does_not_come_up() {
    let home = Home::new();
    let up = home.up(&[]);
    let complaint = fails(4, &mut home.nephele(&["up", "--detach", "--memory", "--listen", up.address()]));
    assert!(complaint.contains("already serves"), "{complaint}");
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
}
