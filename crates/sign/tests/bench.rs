//! A micro-measurement, not a test: `cargo test -p sign --release -- --ignored --nocapture bench`.
#![allow(clippy::unwrap_used)]

mod fixture;

use std::hint::black_box;
use std::time::Instant;

use fixture::*;
use sign::{PayloadCheck, Verifier, parse};

/// `GetCallerIdentity`-sized: five signed headers and a small form body, as an SDK sends it.
#[test]
#[ignore = "a measurement"]
fn bench_verify_small_header_signed_request() {
    let body = b"Action=GetQueueAttributes&Version=2012-11-05";
    let parts = request(
        "POST /",
        &[
            ("host", "sqs.us-east-1.localhost:4566"),
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("x-amz-date", "20150830T123600Z"),
            ("x-amz-security-token", "FwoGZXIvYXdzEDMaDPWKaVEQA5xrr7FCLEAXcx9p1NGpYqnz4FE"),
            ("user-agent", "aws-cli/2.15.0 md/Botocore#2.4.5 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.11.6"),
            ("authorization", &sign_suite("sqs", "content-type;host;x-amz-date;x-amz-security-token", body)),
        ],
    );
    let verifier = Verifier::default();
    let terms = terms(SUITE_SECRET, PayloadCheck::Bytes(body), SUITE_TIME);
    let once = || {
        let claim = parse(black_box(&parts)).unwrap().unwrap();
        verifier.verify(&claim, &parts, &terms).map(|_| ())
    };
    once().unwrap_or_else(|fault| panic!("{fault}"));
    let mut best = u128::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        for _ in 0..10_000 {
            black_box(once()).unwrap();
        }
        best = best.min(start.elapsed().as_nanos() / 10_000);
    }
    println!("parse and verify: {best} ns");
}

/// The signature for the request above, computed by the oracle.
fn sign_suite(service: &str, signed: &str, body: &[u8]) -> String {
    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4;
    let identity = Credentials::new(
        "AKIDEXAMPLE",
        SUITE_SECRET,
        Some("FwoGZXIvYXdzEDMaDPWKaVEQA5xrr7FCLEAXcx9p1NGpYqnz4FE".into()),
        None,
        "test",
    )
    .into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(service)
        .time(std::time::UNIX_EPOCH + std::time::Duration::from_secs(SUITE_TIME as u64))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
    let request = SignableRequest::new(
        "POST",
        "http://sqs.us-east-1.localhost:4566/",
        headers.into_iter(),
        SignableBody::Bytes(body),
    )
    .unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let (headers, _) = instructions.into_parts();
    let value = headers.iter().find(|h| h.name() == "authorization").unwrap().value().to_owned();
    assert!(value.contains(signed), "{value}");
    value
}
