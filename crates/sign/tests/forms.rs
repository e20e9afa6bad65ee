//! Browser uploads: the example of the S3 API reference, and how each condition is judged.
#![allow(clippy::unwrap_used)]

mod fixture;

use fixture::S3_SECRET;
use sign::{Condition, Dialect, Expected, Fault, Form, Policy, Upload, Verifier};

const POLICY: &str = "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9";
/// 2015-12-30T12:00:00Z
const EXPIRATION: i64 = 1_451_476_800;

fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn documented() -> Vec<(String, String)> {
    fields(&[
        ("key", "user/user1/${filename}"),
        ("acl", "public-read"),
        ("success_action_redirect", "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"),
        ("Content-Type", "image/jpeg"),
        ("x-amz-meta-uuid", "14365123651274"),
        ("x-amz-server-side-encryption", "AES256"),
        ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Date", "20151229T000000Z"),
        ("x-amz-meta-tag", ""),
        ("Policy", POLICY),
        ("X-Amz-Signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"),
    ])
}

fn upload(length: u64) -> Upload<'static> {
    Upload { bucket: "sigv4examplebucket", key: "user/user1/MyBigfile.jpg", length: Some(length) }
}

fn verified(fields: &[(String, String)]) -> Result<Policy, Fault> {
    let claim = Form { fields }.claim()?.unwrap();
    Verifier::default().verify_form(&claim, S3_SECRET, &Expected { region: None, service: Some("s3") })
}

#[test]
fn the_documented_form() {
    let fields = documented();
    let claim = Form { fields: &fields }.claim().unwrap().unwrap();
    assert_eq!((claim.access_key_id(), claim.session_token()), ("AKIAIOSFODNN7EXAMPLE", None));
    let policy = verified(&fields).unwrap();
    assert_eq!((policy.expiration, policy.conditions.len()), (EXPIRATION, 11));
    assert_eq!(policy.check(&Form { fields: &fields }, &upload(1), EXPIRATION), Ok(()));
    assert_eq!(policy.check(&Form { fields: &fields }, &upload(1), EXPIRATION + 1), Err(Fault::PolicyExpired));
}

#[test]
fn a_changed_policy_or_secret_is_refused() {
    let mut changed = documented();
    changed[10].1 = POLICY.replace("In0sDQog", "In0sDQoK");
    assert_ne!(changed[10].1, POLICY);
    assert!(matches!(verified(&changed), Err(Fault::Mismatch(_))));
    let fields = documented();
    let claim = Form { fields: &fields }.claim().unwrap().unwrap();
    assert!(matches!(Verifier::default().verify_form(&claim, "x", &Expected::default()), Err(Fault::Mismatch(_))));
    assert!(Form { fields: &[] }.claim().unwrap().is_none());
    for (at, name) in [(6, "x-amz-credential"), (7, "x-amz-algorithm"), (8, "x-amz-date"), (11, "x-amz-signature")] {
        let mut short = documented();
        short.remove(at);
        assert_eq!(verified(&short), Err(Fault::FieldMissing { name }));
    }
}

#[track_caller]
fn refusal(conditions: &str, extra: &[(&str, &str)], length: u64) -> String {
    let comma = if conditions.is_empty() { "" } else { ", " };
    let conditions = format!("{conditions}{comma}[\"starts-with\", \"$bucket\", \"\"]");
    let text = format!("{{\"expiration\": \"2015-12-30T12:00:00Z\", \"conditions\": [{conditions}]}}");
    let policy = Policy::read(&text).unwrap_or_else(|f| panic!("{f}"));
    match policy.check(&Form { fields: &fields(extra) }, &upload(length), 0) {
        Ok(()) => String::new(),
        Err(fault) => fault.answer(Dialect::S3).message.into_owned(),
    }
}

#[test]
fn conditions() {
    let failed = |text: &str| format!("Invalid according to Policy: Policy Condition failed: {text}");
    assert_eq!(refusal(r#"{"acl": "private"}"#, &[("acl", "private")], 1), "");
    assert_eq!(refusal(r#"{"acl": "private"}"#, &[("acl", "public-read")], 1), failed(r#"["eq", "$acl", "private"]"#));
    assert_eq!(refusal(r#"{"acl": "private"}"#, &[], 1), failed(r#"["eq", "$acl", "private"]"#));
    assert_eq!(refusal(r#"{"bucket": "sigv4examplebucket"}"#, &[], 1), "");
    assert_eq!(refusal(r#"{"bucket": "other"}"#, &[("bucket", "other")], 1), failed(r#"["eq", "$bucket", "other"]"#));
    assert_eq!(refusal(r#"["starts-with", "$key", "user/"]"#, &[("key", "user/${filename}")], 1), "");
    assert_eq!(refusal(r#"["starts-with", "$key", "me/"]"#, &[], 1), failed(r#"["starts-with", "$key", "me/"]"#));
    assert_eq!(refusal(r#"["starts-with", "$x-amz-meta-tag", ""]"#, &[], 1), "");
    let images = r#"["starts-with", "$Content-Type", "image/"]"#;
    assert_eq!(refusal(images, &[("content-type", "image/png,image/gif")], 1), "");
    assert_eq!(refusal(images, &[("content-type", "image/png,text/html")], 1), failed(images));
    assert_eq!(refusal(r#"["matches", "$key", "x"]"#, &[], 1), failed(r#"["matches", "$key", "x"]"#));
    assert_eq!(refusal(r#"["eq", "key", "x"]"#, &[], 1), failed(r#"["eq", "key", "x"]"#));
}

#[test]
fn lengths() {
    let range = r#"["content-length-range", 2, "10"]"#;
    assert_eq!(refusal(range, &[], 2), "");
    assert_eq!(refusal(range, &[], 10), "");
    assert_eq!(refusal(range, &[], 1), "Your proposed upload is smaller than the minimum allowed size");
    assert_eq!(refusal(range, &[], 11), "Your proposed upload exceeds the maximum allowed size");
    let policy = Policy { expiration: 9, conditions: vec![Condition::ContentLength { min: 2, max: 10 }] };
    assert_eq!(policy.max_length(), Some(10));
    assert_eq!(policy.check_length(11), Err(Fault::EntityTooLarge { proposed: 11, max: 10 }));
    let unknown = Upload { length: None, ..upload(0) };
    let without_bucket = policy.check(&Form { fields: &[] }, &unknown, 0);
    assert_eq!(without_bucket, Err(Fault::ExtraFields { names: "bucket".into() }));
}

#[test]
fn every_field_must_be_covered() {
    let exempt = [("x-amz-signature", "s"), ("file", "f"), ("Policy", "p"), ("x-ignore-this", "")];
    assert_eq!(refusal("", &exempt, 1), "");
    assert_eq!(
        refusal(r#"{"acl": "private"}"#, &[("acl", "private"), ("tagging", "t"), ("x-amz-date", "d")], 1),
        "Invalid according to Policy: Extra input fields: tagging, x-amz-date"
    );
}

#[test]
fn documents_that_are_no_policy() {
    for (text, reason) in [
        ("{oops", "Invalid Policy: Invalid JSON."),
        ("[]", "Invalid Policy: Invalid JSON."),
        (r#"{"conditions": []}"#, "Invalid Policy: Missing expiration."),
        (r#"{"expiration": "tomorrow", "conditions": []}"#, "Invalid Policy: Invalid expiration."),
        (r#"{"expiration": "2015-12-30T12:00:00Z"}"#, "Invalid Policy: Missing conditions."),
        (
            r#"{"expiration": "2015-12-30T12:00:00Z", "conditions": [{"acl": 1}]}"#,
            "Invalid Policy: Invalid Simple-Condition: value must be a string.",
        ),
    ] {
        let answer = Policy::read(text).unwrap_err().answer(Dialect::S3);
        assert_eq!((answer.code, answer.status, &*answer.message), ("InvalidPolicyDocument", 400, reason));
    }
}
