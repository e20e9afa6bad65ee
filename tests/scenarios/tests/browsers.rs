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

/// The rules of a bucket let a page in to that bucket, whatever else the request says of itself.
#[test]
fn the_rules_of_a_bucket_are_for_that_bucket() {
    let mut client = Client::default();
    let page = [("origin", "https://evil.example")];
    let bucket = |client: &mut Client, method: &str, path: &str, headers: &[(&str, &str)], body: &str| {
        let request = http::Request::builder().method(method).uri(path).header("content-length", body.len());
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        client.send_signed("s3", request.body(body.as_bytes().to_vec()).unwrap()).status
    };
    let rules = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>\
        <AllowedMethod>PUT</AllowedMethod><AllowedMethod>POST</AllowedMethod></CORSRule></CORSConfiguration>";
    for name in ["/open", "/closed"] {
        assert_eq!(bucket(&mut client, "PUT", name, &[], ""), 200);
        assert_eq!(bucket(&mut client, "PUT", &format!("{name}/key"), &[], "secret"), 200);
    }
    assert_eq!(bucket(&mut client, "PUT", "/open?cors", &[], rules), 200);
    assert_eq!(bucket(&mut client, "GET", "/open/key", &page, ""), 200);
    let open = ("host", "open.s3.localhost:4566");
    for (method, path, headers) in [
        ("GET", "/closed/key", vec![page[0]]),
        ("GET", "/", vec![page[0]]),
        ("PUT", "/other", vec![page[0]]),
        ("DELETE", "/open/key", vec![page[0]]),
        ("PUT", "/open/copy", vec![page[0], ("x-amz-copy-source", "/closed/key")]),
        ("PUT", "/open/copy", vec![page[0], ("x-amz-copy-source", "closed%2Fkey")]),
        ("GET", "//closed/key", vec![page[0]]),
        ("PUT", "/open?cors", vec![page[0]]),
        ("PUT", "/?policy", vec![page[0], open]),
        ("GET", "/key", vec![page[0], ("host", "closed.s3.localhost:4566")]),
    ] {
        assert_eq!(bucket(&mut client, method, path, &headers, ""), 403, "{method} {path} {headers:?}");
    }
    // Other services are not behind the host of a bucket.
    let root = Some(("test", "test"));
    let answer = client.send_with("iam", root, &[page[0], open], "CreateUser", &[("UserName", "Mallory")]);
    assert_eq!(answer.status, 403);
    assert!(client.iam("ListUsers", &[]).body.find("Mallory").is_none());
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
