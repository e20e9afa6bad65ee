//! Starting: what it says, and why it does not.

use crate::home::{Home, fails};
use std::{fs, net::TcpListener};

#[test]
fn the_banner_says_what_is_there() {
    let home = Home::new();
    let up = home.up(&[]);
    let banner = &up.banner;
    assert!(banner.contains(&home.data().display().to_string()), "{banner}");
    assert!(banner.contains("sqs, sts"), "{banner}");
    assert!(banner.contains("compute   none"), "{banner}");
    assert!(banner.contains(&format!("env --endpoint {})\"", up.endpoint)), "{banner}");
    assert!(home.up(&["--memory"]).banner.contains("in memory"));
}

#[test]
fn an_address_that_another_nephele_has() {
    let home = Home::new();
    let up = home.up(&[]);
    let complaint = fails(4, &mut home.nephele(&["up", "--memory", "--listen", up.address()]));
    assert!(complaint.contains(&format!("process {}", up.child.id())), "{complaint}");
    assert!(complaint.contains(&home.data().display().to_string()), "{complaint}");
    assert!(complaint.contains("nephele down --endpoint"), "{complaint}");
}

#[test]
fn an_address_that_another_program_has() {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let complaint = fails(4, &mut home.nephele(&["up", "--memory", "--listen", &address]));
    assert!(complaint.contains("another program") && complaint.contains("--listen"), "{complaint}");
}

#[test]
fn a_data_directory_that_another_process_has() {
    let home = Home::new();
    let up = home.up(&[]);
    let complaint = fails(4, &mut home.nephele(&["up", "--listen", "127.0.0.1:0"]));
    assert!(complaint.contains(&format!("in use by process {}", up.child.id())), "{complaint}");
}

#[test]
fn a_data_directory_that_cannot_be_used() {
    let home = Home::new();
    let up = |data: &str| fails(1, &mut home.nephele(&["up", "--listen", "127.0.0.1:0", "--data", data]));
    let path = |name: &str| home.0.join(name).display().to_string();

    fs::write(path("file"), "").unwrap();
    assert!(up(&path("file/data")).contains("choose another"));

    fs::create_dir(path("newer")).unwrap();
    fs::write(path("newer/format"), "nephele data 99\ngeneration 1\n").unwrap();
    assert!(up(&path("newer")).contains("newer release"));

    fs::create_dir(path("pictures")).unwrap();
    fs::write(path("pictures/cat.jpeg"), "").unwrap();
    assert!(up(&path("pictures")).contains("no data directory"));
}

#[test]
fn wrong_usage() {
    let home = Home::new();
    assert!(fails(2, &mut home.nephele(&["up", "--listen", "somewhere"])).contains("127.0.0.1:4566"));
    fails(2, &mut home.nephele(&["up", "--memory", "--data", "/tmp"]));
    fails(2, &mut home.nephele(&["fly"]));
}
