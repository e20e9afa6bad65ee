//! Cases of the Signature Version 4 test suite that AWS published: the same requests, the same signatures.
#![allow(clippy::unwrap_used)]

mod fixture;

use fixture::*;
use sign::PayloadCheck;

const HOST: (&str, &str) = ("host", "example.amazonaws.com");
const DATE: (&str, &str) = ("x-amz-date", "20150830T123600Z");
const VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

#[track_caller]
fn check(line: &str, extra: &[(&str, &str)], body: &[u8], signed: &str, signature: &str) {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signed}, Signature={signature}"
    );
    let mut headers = vec![HOST, DATE, ("authorization", &authorization)];
    headers.extend_from_slice(extra);
    let parts = request(line, &headers);
    if let Err(fault) = verify(&parts, &terms(SUITE_SECRET, PayloadCheck::Bytes(body), SUITE_TIME)) {
        panic!("{line}: {fault}");
    }
}

#[test]
fn queries() {
    for (line, signature) in [
        ("GET /", VANILLA),
        ("GET /?Param1=value1", "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        ("GET /?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        (
            "GET /?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        ("GET /?ሴ=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        ("POST /", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("POST /?Param1=value1", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"),
    ] {
        check(line, &[], b"", "host;x-amz-date", signature);
    }
}

#[test]
fn paths() {
    for (line, signature) in [
        ("GET //", VANILLA),
        ("GET /./", VANILLA),
        ("GET /example/..", VANILLA),
        ("GET /example1/example2/../..", VANILLA),
        ("GET //example//", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"),
        ("GET /./example", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"),
        (
            "GET /-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        ),
        ("GET /ሴ", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    ] {
        check(line, &[], b"", "host;x-amz-date", signature);
    }
}

#[test]
fn headers() {
    check(
        "GET /",
        &[("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
        b"",
        "host;my-header1;x-amz-date",
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    );
    check(
        "GET /",
        &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
        b"",
        "host;my-header1;my-header2;x-amz-date",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    );
}

#[test]
fn form_body() {
    check(
        "POST /",
        &[("content-type", "application/x-www-form-urlencoded")],
        b"Param1=value1",
        "content-type;host;x-amz-date",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    );
}

#[test]
fn list_users_of_the_user_guide() {
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7";
    let content_type = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    let line = "GET /?Action=ListUsers&Version=2010-05-08";
    let parts = request(line, &[("host", "iam.amazonaws.com"), DATE, content_type, ("authorization", authorization)]);
    assert!(verify(&parts, &terms(SUITE_SECRET, PayloadCheck::Bytes(b""), SUITE_TIME)).is_ok());

    // HTTP/2 has no Host header: the authority stands in for it.
    let line = "GET https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
    let parts = request(line, &[DATE, content_type, ("authorization", authorization)]);
    assert!(verify(&parts, &terms(SUITE_SECRET, PayloadCheck::Bytes(b""), SUITE_TIME)).is_ok());
}
