//! Arbitrary input: nothing panics, nothing grows without bound, and cutting a stream differently changes nothing.
#![allow(clippy::unwrap_used)]

mod fixture;

use bytes::Bytes;
use fixture::oracle::Unsigned;
use fixture::*;
use http::{HeaderValue, Request};
use proptest::prelude::*;
use sign::{Body, Dialect, Fault, Form, PayloadCheck, Policy, Upload, Verifier, parse};

const NAMES: [&str; 8] = [
    "authorization",
    "x-amz-date",
    "date",
    "x-amz-content-sha256",
    "x-amz-security-token",
    "host",
    "x-amz-region-set",
    "x-odd",
];

fn authorization() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("AWS4-HMAC-SHA256".to_owned()),
        Just("AWS4-ECDSA-P256-SHA256".to_owned()),
        Just("Credential=AKID/20150830/us-east-1/s3/aws4_request".to_owned()),
        Just("SignedHeaders=host;x-amz-date".to_owned()),
        Just("Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31".to_owned()),
        "[A-Za-z]{1,10}=[a-z0-9/;]{0,12}",
        "[ -~]{0,10}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.join(" ").into_bytes())
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => authorization(),
        1 => Just(b"20150830T123600Z".to_vec()),
        1 => prop::collection::vec(prop_oneof![32u8..127, 128u8..], 0..40),
    ]
}

fn query() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "Algorithm",
        "Credential",
        "Date",
        "Expires",
        "SignedHeaders",
        "Signature",
        "Security-Token",
    ]);
    let value = prop_oneof![
        Just("AWS4-HMAC-SHA256".to_owned()),
        Just("A%2F20150830%2Fr%2Fs3%2Faws4_request".to_owned()),
        Just("20150830T123600Z".to_owned()),
        Just("host".to_owned()),
        "[0-9]{1,25}",
        "([a-z&=+;]|%[0-9a-fA-F]{2}|%){0,10}",
    ];
    prop::collection::vec((name, value), 0..8)
        .prop_map(|pairs| pairs.iter().map(|(name, value)| format!("X-Amz-{name}={value}&")).collect())
}

fn every_answer(fault: &Fault) {
    for dialect in [Dialect::S3, Dialect::Query, Dialect::Ec2, Dialect::Json, Dialect::RestJson] {
        let answer = fault.answer(dialect);
        assert!((400..500).contains(&answer.status) && !answer.message.is_empty() && !answer.code.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_request(headers in prop::collection::vec((0..NAMES.len(), value()), 0..8), path in "(/|%|[.a-zA-Z0-9%~]){0,20}", query in query()) {
        let mut builder = Request::builder().uri(format!("/{path}?{query}"));
        for (name, value) in &headers {
            builder = builder.header(NAMES[*name], HeaderValue::from_bytes(value).unwrap());
        }
        let parts = builder.body(()).unwrap().into_parts().0;
        for body in [PayloadCheck::Later, PayloadCheck::Bytes(b"x")] {
            match verify(&parts, &terms("secret", body, SUITE_TIME)) {
                Ok(_) => prop_assert!(false, "nobody signed this"),
                Err(fault) => every_answer(&fault),
            }
        }
    }

    #[test]
    fn any_policy(text in r#"([\[\]{}",:$ ]|eq|key|starts-with|expiration|conditions|2015-12-30T12:00:00Z|content-length-range|[0-9]{1,20}|\\u[0-9a-f]{4}|\\.){0,40}"#, length: Option<u64>) {
        let fields = vec![("key".to_owned(), text.clone()), ("policy".to_owned(), text.clone()), ("x-amz-credential".to_owned(), text.clone())];
        let form = Form { fields: &fields };
        if let Ok(policy) = Policy::read(&text) {
            let upload = Upload { bucket: "b", key: &text, length };
            if let Err(fault) = policy.check(&form, &upload, 0) {
                every_answer(&fault);
            }
        }
        if let Err(fault) = form.claim() {
            every_answer(&fault);
        }
    }
}

fn unsigned_body(length: u64) -> Body {
    let mut unsigned = Unsigned::new("s3", "http://bucket.localhost/key");
    unsigned.payload = Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    unsigned.headers.push(("x-amz-decoded-content-length".into(), length.to_string()));
    unsigned.headers.push(("x-amz-trailer".into(), "x-amz-checksum-crc32".into()));
    verify(&unsigned.sign(), &terms(SUITE_SECRET, PayloadCheck::Later, SUITE_TIME)).unwrap().body
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Pieces of framing in any order, cut anywhere: the answer does not depend on the cuts.
    #[test]
    fn any_stream(pieces in prop::collection::vec(prop_oneof![
        Just("5\r\nhello\r\n".to_owned()), Just("0\r\n".to_owned()), Just("\r\n".to_owned()),
        Just("x-amz-checksum-crc32:NhCmhg==\r\n".to_owned()), "[0-9a-f]{0,18}", "[;:\r\nA-Za-z=-]{0,12}",
    ], 0..8), length in 0u64..12, step in 1usize..40) {
        let wire = pieces.concat();
        let whole = stream(unsigned_body(length), wire.as_bytes(), wire.len().max(1));
        let cut = stream(unsigned_body(length), wire.as_bytes(), step);
        prop_assert_eq!(&whole, &cut);
        match whole {
            Ok((data, _)) => prop_assert_eq!(data.len() as u64, length),
            Err(fault) => every_answer(&fault),
        }
    }

    #[test]
    fn chunks_come_back(data in prop::collection::vec(any::<u8>(), 0..40_000), chunk in 8192usize..20_000, step in 1usize..9000) {
        let mut wire = Vec::new();
        for piece in data.chunks(chunk) {
            wire.extend_from_slice(format!("{:X}\r\n", piece.len()).as_bytes());
            wire.extend_from_slice(piece);
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(b"0\r\nX-Amz-Checksum-CRC32: abc= \r\n\r\n");
        let (out, trailers) = stream(unsigned_body(data.len() as u64), &wire, step).unwrap();
        prop_assert_eq!(out, data);
        prop_assert_eq!(trailers.get("x-amz-checksum-crc32"), Some("abc="));
    }
}

#[test]
fn framing_without_end_is_refused_early() {
    for start in ["", "0\r\n", "0\r\nx-amz-checksum-crc32:", "5\r\nhello"] {
        let mut body = unsigned_body(5);
        let mut feed = |text: &str| {
            let mut input = Bytes::copy_from_slice(text.as_bytes());
            while body.decode(&mut input)?.is_some() {}
            Ok::<_, Fault>(())
        };
        feed(start).unwrap();
        let refused = (0..100).position(|_| feed(&"1".repeat(100)).is_err());
        assert!(refused.is_some_and(|after| after <= 41), "{start:?}");
    }
    let mut body = unsigned_body(0);
    let mut many = Bytes::from(format!("0\r\n{}", "a:b\r\n".repeat(1000)));
    assert_eq!(body.decode(&mut many), Err(Fault::MalformedTrailer));
}

#[test]
fn verifiers_are_shared_between_threads() {
    let verifier = Verifier::new(8);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let verifier = &verifier;
            scope.spawn(move || {
                for n in 0..50 {
                    let mut unsigned = Unsigned::new("sqs", "http://h/");
                    unsigned.secret = format!("secret {}", (n * thread) % 7);
                    let parts = unsigned.sign();
                    let claim = parse(&parts).unwrap().unwrap();
                    let terms = terms(&unsigned.secret, PayloadCheck::Bytes(b""), SUITE_TIME);
                    assert!(verifier.verify(&claim, &parts, &terms).is_ok());
                }
            });
        }
    });
}
