//! Who may use the control endpoints.

use crate::home::{Home, done, fails, raw};

#[test]
fn pages_of_other_origins_and_rebound_names_may_not() {
    let home = Home::new();
    let up = home.up(&["--memory"]);
    let stop = |headers: &str| raw(up.address(), &format!("POST /_nephele/stop HTTP/1.0\r\n{headers}\r\n\r\n"));
    assert!(stop("host: localhost\r\norigin: http://evil.example").starts_with("HTTP/1.0 403"));
    assert!(stop("host: rebound.example").starts_with("HTTP/1.0 403"));
    assert!(stop("host: localhost\r\nsec-fetch-site: cross-site").starts_with("HTTP/1.0 403"));
    done(&mut home.nephele(&["status", "--endpoint", &up.endpoint]));
}

#[test]
fn names_of_snapshots_lead_nowhere_else() {
    let home = Home::new();
    let up = home.up(&[]);
    for (request, status) in [
        ("POST /_nephele/snapshots/..", 400),
        ("POST /_nephele/snapshots/%2e%2e%2fbase", 400),
        ("POST /_nephele/snapshots/.hidden/restore", 400),
        ("DELETE /_nephele/snapshots/..", 400),
        ("DELETE /_nephele/snapshots/../base", 404),
    ] {
        let answer = raw(up.address(), &format!("{request} HTTP/1.0\r\nhost: localhost\r\n\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.0 {status}")), "{request}: {answer}");
    }
    done(&mut home.nephele(&["status", "--endpoint", &up.endpoint]));
}

#[test]
fn a_token_is_needed_where_there_is_one() {
    let home = Home::new();
    let mut up = home.up(&["--memory", "--token", "s3cret"]);
    let down = || home.nephele(&["down", "--endpoint", &up.endpoint]);
    assert!(fails(1, &mut down()).contains("NEPHELE_TOKEN"));
    assert!(fails(1, down().env("NEPHELE_TOKEN", "wrong")).contains("NEPHELE_TOKEN"));
    done(down().env("NEPHELE_TOKEN", "s3cret"));
    assert_eq!(up.wait().code(), Some(0));
}
