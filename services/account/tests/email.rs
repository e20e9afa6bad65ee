//! The primary email: the code stands in the live feed, and only that code counts.
#![allow(clippy::unwrap_used)]

use http::Request;
use std::time::Duration;
use testkit::{Cloud, Credentials};
use wire::Json;

struct Run(Cloud);

impl Run {
    fn send(&mut self, service: &str, request: Request<Vec<u8>>) -> (u16, Json) {
        let [access_key, secret] = ["test", "test"].map(str::to_owned);
        let credentials = Credentials::new(access_key, secret, service);
        let response = self.0.send_signed(request, &credentials, Duration::ZERO).take().unwrap();
        let text = String::from_utf8(response.body().clone()).unwrap();
        (response.status().as_u16(), Json::parse(&text).unwrap())
    }

    fn organizations(&mut self, operation: &str, body: &str) -> Json {
        let request = Request::post("/")
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("AWSOrganizationsV20161128.{operation}"));
        let (status, answer) = self.send("organizations", request.body(body.as_bytes().to_vec()).unwrap());
        assert_eq!(status, 200, "{operation}: {answer}");
        answer
    }

    fn account(&mut self, path: &str, body: &str) -> (u16, Json) {
        let request = Request::post(path).header("content-type", "application/json");
        self.send("account", request.body(body.as_bytes().to_vec()).unwrap())
    }
}

#[test]
fn the_code_in_the_feed_changes_the_address() {
    let mut run = Run(Cloud::new(&[&account::SERVICE, &organizations::SERVICE], 1));
    run.organizations("CreateOrganization", "{}");
    run.organizations("EnableAWSServiceAccess", r#"{"ServicePrincipal": "account.amazonaws.com"}"#);
    run.organizations("CreateAccount", r#"{"Email": "dev@example.com", "AccountName": "dev"}"#);
    run.0.advance(Duration::from_secs(1));
    let statuses = run.organizations("ListCreateAccountStatus", "{}");
    let status = &statuses.get("CreateAccountStatuses").unwrap().as_list().unwrap()[0];
    let id = status.get("AccountId").unwrap().as_str().unwrap().to_owned();

    let mut listener = run.0.kernel().feed().listen();
    let start = format!(r#"{{"AccountId": "{id}", "PrimaryEmail": "new@example.com"}}"#);
    let again = start.replace("new@", "newer@");
    let accept = |otp: &str| format!(r#"{{"AccountId": "{id}", "PrimaryEmail": "new@example.com", "Otp": "{otp}"}}"#);
    let mut code = |run: &mut Run| {
        assert_eq!(run.account("/startPrimaryEmailUpdate", &start).1.to_string(), r#"{"Status":"PENDING"}"#);
        let (lines, _) = listener.take();
        let note = lines.iter().rev().find_map(|line| Json::parse(line).unwrap().get("note").cloned()).unwrap();
        let note = note.as_str().unwrap();
        assert!(note.starts_with("mail to new@example.com:"), "{note}");
        note[note.len() - 6..].to_owned()
    };

    // A code is good for an hour, and until the next one.
    let old = code(&mut run);
    let otp = code(&mut run);
    assert_ne!(old, otp);
    assert_eq!(run.account("/acceptPrimaryEmailUpdate", &accept(&old)).0, 400);
    run.0.advance(Duration::from_secs(3_600));
    assert_eq!(run.account("/acceptPrimaryEmailUpdate", &accept(&otp)).0, 400);

    let otp = code(&mut run);
    let accepted = run.account("/acceptPrimaryEmailUpdate", &accept(&otp));
    assert_eq!((accepted.0, accepted.1.to_string().as_str()), (200, r#"{"Status":"ACCEPTED"}"#));
    assert_eq!(run.account("/acceptPrimaryEmailUpdate", &accept(&otp)).0, 404, "once");
    let described = run.organizations("DescribeAccount", &format!(r#"{{"AccountId": "{id}"}}"#));
    assert_eq!(described.get("Account").unwrap().get("Email").unwrap().as_str(), Some("new@example.com"));

    // Three starts in half a minute.
    run.0.advance(Duration::from_secs(30));
    let statuses: Vec<u16> = (0..4).map(|_| run.account("/startPrimaryEmailUpdate", &again).0).collect();
    assert_eq!(statuses, [200, 200, 200, 429]);
    run.0.advance(Duration::from_secs(30));
    assert_eq!(run.account("/startPrimaryEmailUpdate", &again).0, 200);

    // The old address is free again, the new one is not.
    for (email, state) in [("dev@example.com", "SUCCEEDED"), ("New@example.com", "FAILED")] {
        let body = format!(r#"{{"Email": "{email}", "AccountName": "x"}}"#);
        let created = run.organizations("CreateAccount", &body);
        let request = created.get("CreateAccountStatus").unwrap().get("Id").unwrap().to_string();
        run.0.advance(Duration::from_secs(1));
        let body = format!(r#"{{"CreateAccountRequestId": {request}}}"#);
        let status = run.organizations("DescribeCreateAccountStatus", &body);
        assert_eq!(status.get("CreateAccountStatus").unwrap().get("State").unwrap().as_str(), Some(state), "{email}");
    }
}
