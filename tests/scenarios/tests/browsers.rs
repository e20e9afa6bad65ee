//! What browsers say of the page that a call comes from.
#![allow(clippy::unwrap_used)]

use scenarios::Client;

#[test]
fn pages_from_elsewhere_call_nothing() {
    let mut client = Client::default();
    let root = Some(("test", "test"));
    let call = |client: &mut Client, headers: &[(&str, &str)]| {
        client.send_with("iam", root, headers, "CreateUser", &[("UserName", "Mallory")])
    };
    for page in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        assert_eq!(
            call(&mut client, &[page]).refusal(),
            "AccessDenied: This cloud does not answer web pages from elsewhere than this machine.",
            "{page:?}"
        );
    }
    // Nothing was made by them, and a page that is developed on this machine may.
    assert!(call(&mut client, &[("origin", "http://localhost:3000"), ("sec-fetch-site", "same-site")]).is_success());
}

#[test]
fn a_policy_may_ask_for_the_referer() {
    let mut client = Client::default();
    client.iam("CreateUser", &[("UserName", "Ann")]);
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*",
        "Condition":{"StringLike":{"aws:Referer":"http://localhost:3000/*"}}}}"#;
    client.iam("PutUserPolicy", &[("UserName", "Ann"), ("PolicyName", "p"), ("PolicyDocument", policy)]);
    let made = client.iam("CreateAccessKey", &[("UserName", "Ann")]);
    let (key, secret) = (made.text("AccessKeyId").to_owned(), made.text("SecretAccessKey").to_owned());
    let mut list = |headers: &[(&str, &str)]| {
        client.send_with("iam", Some((&key, &secret)), headers, "ListRoles", &[]).is_success()
    };
    assert!(list(&[("referer", "http://localhost:3000/roles")]));
    assert!(!list(&[("referer", "http://localhost:3001/roles")]));
    assert!(!list(&[]));
}
