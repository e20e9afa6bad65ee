//! The worked examples of the S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
#![allow(clippy::unwrap_used)]

mod fixture;

use fixture::*;
use sign::{Fault, PayloadCheck};

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const HOST: (&str, &str) = ("host", "examplebucket.s3.amazonaws.com");
const DATE: (&str, &str) = ("x-amz-date", "20130524T000000Z");

fn authorization(signed_headers: &str, signature: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders={signed_headers},Signature={signature}"
    )
}

#[test]
fn get_object() {
    let signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    let authorization = authorization("host;range;x-amz-content-sha256;x-amz-date", signature);
    let headers =
        [HOST, ("range", "bytes=0-9"), ("x-amz-content-sha256", EMPTY), DATE, ("authorization", &authorization)];
    let parts = request("GET /test.txt", &headers);
    assert!(verify(&parts, &terms(S3_SECRET, PayloadCheck::Bytes(b""), S3_TIME)).is_ok());
    assert!(matches!(verify(&parts, &terms("other", PayloadCheck::Bytes(b""), S3_TIME)), Err(Fault::Mismatch(_))));
    let parts = request("GET /test2.txt", &headers);
    assert!(matches!(verify(&parts, &terms(S3_SECRET, PayloadCheck::Bytes(b""), S3_TIME)), Err(Fault::Mismatch(_))));
}

#[test]
fn put_object() {
    let signature = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
    let authorization = authorization("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", signature);
    let headers = [
        HOST,
        ("date", "Fri, 24 May 2013 00:00:00 GMT"),
        ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
        DATE,
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("authorization", &authorization),
    ];
    let parts = request("PUT /test$file.text", &headers);
    let body = b"Welcome to Amazon S3.";
    assert!(verify(&parts, &terms(S3_SECRET, PayloadCheck::Bytes(body), S3_TIME)).is_ok());
    let later = || verify(&parts, &terms(S3_SECRET, PayloadCheck::Later, S3_TIME)).unwrap().body;
    assert_eq!(stream(later(), body, 4).unwrap().0, body);
    let wrong = stream(later(), b"Welcome to Amazon S4.", 4);
    assert!(matches!(wrong, Err(Fault::ContentSha256Mismatch { .. })));
    let wrong = verify(&parts, &terms(S3_SECRET, PayloadCheck::Bytes(b"x"), S3_TIME));
    assert!(matches!(wrong, Err(Fault::ContentSha256Mismatch { .. })));
}

#[test]
fn get_bucket_lifecycle_and_list() {
    for (line, signature) in [
        ("GET /?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("GET /?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ] {
        let authorization = authorization("host;x-amz-content-sha256;x-amz-date", signature);
        let parts = request(line, &[HOST, ("x-amz-content-sha256", EMPTY), DATE, ("authorization", &authorization)]);
        assert!(verify(&parts, &terms(S3_SECRET, PayloadCheck::Bytes(b""), S3_TIME)).is_ok(), "{line}");
    }
}

#[test]
fn presigned_get_object() {
    let line = "GET /test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let parts = request(line, &[HOST]);
    for now in [S3_TIME, S3_TIME + 86_400, S3_TIME - 900] {
        assert!(verify(&parts, &terms(S3_SECRET, PayloadCheck::Later, now)).is_ok(), "{now}");
    }
    let late = verify(&parts, &terms(S3_SECRET, PayloadCheck::Later, S3_TIME + 86_401));
    assert!(matches!(late, Err(Fault::PresignedExpired { .. })));
    let early = verify(&parts, &terms(S3_SECRET, PayloadCheck::Later, S3_TIME - 901));
    assert!(matches!(early, Err(Fault::SignedTooLate { presigned: true, .. })));
}
