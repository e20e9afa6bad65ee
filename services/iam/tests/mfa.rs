//! MFA devices with the codes that they show, and what users do for themselves: what a transcript cannot know beforehand.
#![allow(clippy::unwrap_used)]

use http::Request;
use identity::totp;
use std::time::Duration;
use testkit::{Cloud, Credentials};
use wire::Timestamp;

struct Run {
    cloud: Cloud,
    key: (String, String),
}

impl Run {
    fn new() -> Run {
        Run { cloud: Cloud::new(&[&iam::SERVICE], 1), key: ("test".into(), "test".into()) }
    }

    /// The answer's text; parameters are a form.
    fn call(&mut self, operation: &str, parameters: &[(&str, &str)]) -> String {
        let mut body = format!("Action={operation}&Version=2010-05-08");
        for (name, value) in parameters {
            let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            body.push_str(&format!("&{name}={value}"));
        }
        let request = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(body.into_bytes()).unwrap();
        let (access_key, secret) = self.key.clone();
        let credentials =
            Credentials { access_key, secret, region: "us-east-1".into(), service: "iam".into(), token: None };
        let response = self.cloud.send_signed(request, &credentials, Duration::ZERO).take().unwrap();
        String::from_utf8(response.into_body()).unwrap()
    }

    /// The code of an answer that is an error; `ok` of one that is none.
    fn result(&mut self, operation: &str, parameters: &[(&str, &str)]) -> String {
        let answer = self.call(operation, parameters);
        element(&answer, "Code").unwrap_or_else(|| "ok".to_owned())
    }

    /// A device's serial number and seed.
    fn device(&mut self, name: &str) -> (String, String) {
        let made = self.call("CreateVirtualMFADevice", &[("VirtualMFADeviceName", name)]);
        let seed = data_encoding::BASE64.decode(element(&made, "Base32StringSeed").unwrap().as_bytes()).unwrap();
        (element(&made, "SerialNumber").unwrap(), String::from_utf8(seed).unwrap())
    }

    /// What the device shows so many seconds from now.
    fn code(&self, seed: &str, later: i64) -> String {
        let now = self.cloud.kernel().clock().now();
        totp::shown(seed, Timestamp(now.0 + later * 1_000_000)).unwrap()
    }

    fn with_codes(&mut self, operation: &str, user: &str, serial: &str, codes: [String; 2]) -> String {
        let [first, second] = codes;
        let codes = [("AuthenticationCode1", first.as_str()), ("AuthenticationCode2", second.as_str())];
        self.result(operation, &[&[("UserName", user), ("SerialNumber", serial)], &codes[..]].concat())
    }
}

fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
}

#[test]
fn a_device_is_enabled_with_two_codes_in_a_row_and_serves_one_user() {
    let mut run = Run::new();
    run.call("CreateUser", &[("UserName", "Bob")]);
    run.call("CreateUser", &[("UserName", "Alice")]);
    let (serial, seed) = run.device("phone");
    assert_eq!(seed.len(), 64);
    let swapped = [run.code(&seed, 0), run.code(&seed, -30)];
    assert_eq!(run.with_codes("EnableMFADevice", "Bob", &serial, swapped), "InvalidAuthenticationCode");
    let codes = [run.code(&seed, -30), run.code(&seed, 0)];
    assert_eq!(run.with_codes("EnableMFADevice", "bob", &serial, codes.clone()), "ok");
    assert_eq!(run.with_codes("EnableMFADevice", "Alice", &serial, codes.clone()), "EntityAlreadyExists");
    let listed = run.call("ListMFADevices", &[("UserName", "Bob")]);
    assert_eq!(element(&listed, "SerialNumber").as_deref(), Some(&*serial));
    assert_eq!(element(&listed, "UserName").as_deref(), Some("Bob"));
    let assigned = run.call("ListVirtualMFADevices", &[("AssignmentStatus", "Assigned")]);
    assert_eq!(element(&assigned, "UserName").as_deref(), Some("Bob"));
    let got = run.call("GetMFADevice", &[("SerialNumber", &serial), ("UserName", "Bob")]);
    assert_eq!(element(&got, "EnableDate").as_deref(), Some("2026-01-01T00:00:00Z"));
    // The same codes again are no proof.
    assert_eq!(run.with_codes("ResyncMFADevice", "Bob", &serial, codes), "InvalidAuthenticationCode");
    // A device whose clock is ten minutes ahead.
    let ahead = [run.code(&seed, 600), run.code(&seed, 630)];
    assert_eq!(run.with_codes("ResyncMFADevice", "Alice", &serial, ahead.clone()), "NoSuchEntity");
    assert_eq!(run.with_codes("ResyncMFADevice", "Bob", &serial, ahead), "ok");
    assert_eq!(run.result("DeleteUser", &[("UserName", "Bob")]), "DeleteConflict");
    assert_eq!(run.result("DeleteVirtualMFADevice", &[("SerialNumber", &serial)]), "DeleteConflict");
    // Its user takes it along under another name.
    assert_eq!(run.result("UpdateUser", &[("UserName", "Bob"), ("NewUserName", "Robert")]), "ok");
    let listed = run.call("ListMFADevices", &[("UserName", "Robert")]);
    assert_eq!(element(&listed, "SerialNumber").as_deref(), Some(&*serial));
    assert_eq!(run.result("DeactivateMFADevice", &[("UserName", "Alice"), ("SerialNumber", &serial)]), "NoSuchEntity");
    assert_eq!(run.result("DeactivateMFADevice", &[("UserName", "Robert"), ("SerialNumber", &serial)]), "ok");
    assert_eq!(run.result("DeleteVirtualMFADevice", &[("SerialNumber", &serial)]), "ok");
    assert_eq!(run.result("DeleteUser", &[("UserName", "Robert")]), "ok");
}

#[test]
fn a_user_has_eight_devices_at_most() {
    let mut run = Run::new();
    run.call("CreateUser", &[("UserName", "Bob")]);
    for n in 1..=9 {
        let (serial, seed) = run.device(&format!("device-{n}"));
        let codes = [run.code(&seed, -30), run.code(&seed, 0)];
        let expected = if n <= 8 { "ok" } else { "LimitExceeded" };
        assert_eq!(run.with_codes("EnableMFADevice", "Bob", &serial, codes), expected, "{n}");
    }
}
