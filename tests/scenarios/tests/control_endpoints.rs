//! What the control endpoints tell of identities, and what they refuse to read.
#![allow(clippy::unwrap_used)]

use scenarios::Client;

/// Status and body.
fn ask(client: &mut Client, method: &str, path: &str, body: &str) -> (u16, String) {
    let request = http::Request::builder().method(method).uri(format!("/_nephele/{path}"));
    let request = request.header("host", "localhost:4566").body(body.as_bytes().to_vec()).unwrap();
    let response = client.cloud.send(request).take().unwrap();
    (response.status().as_u16(), String::from_utf8(response.into_body()).unwrap())
}

#[test]
fn secrets_are_told_to_nobody() {
    let mut client = Client::default();
    client.iam("CreateUser", &[("UserName", "Ann")]);
    let made = client.iam("CreateAccessKey", &[("UserName", "Ann")]);
    let (key, secret) = (made.text("AccessKeyId").to_owned(), made.text("SecretAccessKey").to_owned());
    let session = client.sts("GetSessionToken", &[]);
    let mut secrets = vec![secret];
    secrets.extend(["SecretAccessKey", "SessionToken"].map(|name| session.text(name).to_owned()));
    let temporary = session.text("AccessKeyId").to_owned();
    let device = client.iam("CreateVirtualMFADevice", &[("VirtualMFADeviceName", "phone")]);
    secrets.push(device.text("Base32StringSeed").to_owned());
    client.iam("CreateLoginProfile", &[("UserName", "Ann"), ("Password", "correct-Horse-1")]);
    secrets.push("correct-Horse-1".to_owned());
    for path in [
        &format!("whoami/{key}"),
        &format!("whoami/{temporary}"),
        "accounts",
        "audit?limit=1000",
        "info",
        "meter",
        "tasks",
        "suggest?principal=arn:aws:iam::000000000000:user/Ann",
    ] {
        let (status, body) = ask(&mut client, "GET", path, "");
        assert_eq!(status, 200, "{path}: {body}");
        for secret in &secrets {
            assert!(!body.contains(secret.as_str()), "{path} tells {secret}");
        }
    }
}

#[test]
fn odd_requests_are_answered_in_a_sentence() {
    let mut client = Client::default();
    let huge = " ".repeat(64 * 1024 + 1);
    let deep = "[".repeat(60_000);
    let long = "x".repeat(50_000);
    for (method, path, body, status) in [
        ("POST", "clock", huge.as_str(), 413),
        ("POST", "clock", deep.as_str(), 400),
        ("POST", "clock", r#"{"advance":"99999999999999d"}"#, 400),
        ("POST", "clock", r#"{"advance":-1}"#, 400),
        ("GET", "clock/../stop", "", 404),
        ("POST", "snapshots/../x/restore", "{}", 404),
        ("GET", "snapshots/x", "", 404),
        ("GET", "whoami/", "", 404),
        ("GET", "whoami/%00", "", 404),
        ("GET", &format!("whoami/{long}"), "", 404),
        ("GET", &format!("explain/{long}"), "", 404),
        ("GET", "suggest", "", 400),
        ("GET", "suggest?principal=arn:aws:iam::000000000000:user/", "", 404),
        ("GET", "suggest?principal=%ff%fe", "", 400),
        ("GET", "suggest?principal=x&since=yesterday", "", 400),
        ("GET", "audit?limit=-1", "", 400),
        ("PUT", "reset", "", 404),
    ] {
        let (answered, text) = ask(&mut client, method, path, body);
        assert_eq!(answered, status, "{method} {:.60}: {text:.200}", path);
        assert!(text.starts_with(r#"{"error":"#), "{method} {:.60}: {text:.200}", path);
    }
}
