//! Ending a cloud by command.

use crate::home::{Home, done, fails};
use std::net::TcpStream;

#[test]
fn it_is_gone_when_the_command_returns() {
    let home = Home::new();
    let mut up = home.up(&[]);
    done(&mut home.nephele(&["down", "--endpoint", &up.endpoint]));
    assert!(TcpStream::connect(up.address()).is_err());
    assert_eq!(up.child.try_wait().unwrap().map(|status| status.code()), Some(Some(0)));
}

#[test]
fn where_there_is_none() {
    let home = Home::new();
    let complaint = fails(3, &mut home.nephele(&["down", "--endpoint", "localhost:1"]));
    assert!(complaint.contains("no Nephele answers at http://localhost:1") && complaint.contains("nephele up"));
}
