//! Generated requests that the AWS SDK's signer signs must verify, and must not when anything in them changes.
#![allow(clippy::unwrap_used)]

mod fixture;

use fixture::oracle::Unsigned;
use fixture::*;
use proptest::prelude::*;
use sign::{Algorithm, Fault, PayloadCheck, parse};

/// A path as clients send it: segments of encoded and plain characters, with dots and double slashes among them.
fn path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        4 => "[a-zA-Z0-9._~-]{1,8}",
        2 => "([a-z]|%[2-7][0-9A-F]|%C3%BC|[:@!$&'()*+,;=]){1,6}",
        1 => Just("..".to_owned()),
        1 => Just(".".to_owned()),
        1 => Just(String::new()),
    ];
    prop::collection::vec(segment, 0..5).prop_map(|segments| format!("/{}", segments.join("/")))
}

fn s3_path() -> impl Strategy<Value = String> {
    // Keys as the SDKs encode them: each reserved byte once, in upper-case digits.
    let segment = "([a-zA-Z0-9._~-]|%20|%21|%24|%2B|%3D|%40|%C3%BC|%E1%88%B4){0,8}";
    prop::collection::vec(segment, 0..5).prop_map(|segments| format!("/{}", segments.join("/")))
}

fn query() -> impl Strategy<Value = String> {
    let piece = "([a-zA-Z0-9._~-]|%20|%2B|%2F|%3D|%E1%88%B4){1,6}";
    let pair = (piece, prop::option::of(piece)).prop_map(|(name, value)| match value {
        Some(value) => format!("{name}={value}"),
        None => format!("{name}="),
    });
    prop::collection::vec(pair, 0..6).prop_map(|pairs| pairs.join("&"))
}

fn unsigned(s3: bool) -> impl Strategy<Value = Unsigned> {
    let path = if s3 { s3_path().boxed() } else { path().boxed() };
    let header = ("x-[a-z]{1,8}", "[a-zA-Z0-9\"]{1,4}( {0,3}[a-zA-Z0-9,;=/]{1,4}){0,3} {0,2}");
    let headers = prop::collection::btree_map(header.0, header.1, 0..4);
    let token = prop::option::of("[A-Za-z0-9+/=]{1,40}");
    let method = prop::sample::select(vec!["GET", "PUT", "POST", "DELETE", "HEAD"]);
    (method, path, query(), headers, any::<Vec<u8>>(), token, "[a-zA-Z0-9/+]{16,60}", 1_000_000_000i64..4_000_000_000)
        .prop_map(move |(method, path, query, headers, body, token, secret, time)| {
            let question = if query.is_empty() { "" } else { "?" };
            let uri = format!("http://example.localhost:4566{path}{question}{query}");
            let mut unsigned = Unsigned::new(if s3 { "s3" } else { "lambda" }, &uri);
            unsigned.method = method.to_owned();
            unsigned.headers = headers.into_iter().collect();
            unsigned.body = body;
            unsigned.token = token;
            unsigned.secret = secret;
            unsigned.time = time;
            unsigned
        })
}

fn accepted(unsigned: &Unsigned) -> Result<(), TestCaseError> {
    let parts = unsigned.sign();
    let terms = terms(&unsigned.secret, PayloadCheck::Bytes(&unsigned.body), unsigned.time);
    let claim = parse(&parts).unwrap().unwrap();
    prop_assert_eq!(claim.session_token(), unsigned.token.as_deref());
    prop_assert_eq!(claim.signed_at(), unsigned.time);
    prop_assert_eq!(claim.service(), unsigned.service.as_str());
    prop_assert_eq!(claim.access_key_id(), "AKIDEXAMPLE");
    prop_assert_eq!(claim.is_presigned(), unsigned.presigned.is_some());
    if let Err(fault) = verify(&parts, &terms) {
        return Err(TestCaseError::fail(format!("{} {}: {fault}", unsigned.method, unsigned.uri)));
    }

    // The same signature over anything else must fail.
    let changed = |change: &dyn Fn(&mut http::request::Parts)| {
        let mut other = parts.clone();
        change(&mut other);
        matches!(verify(&other, &terms), Err(Fault::Mismatch(_)))
    };
    let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
    let other_path: http::Uri = format!("{path}zz?{query}").parse().unwrap();
    let other_query: http::Uri = format!("{path}?{query}&zz=1").parse().unwrap();
    let refused = [
        changed(&|parts| parts.method = http::Method::PATCH),
        changed(&|parts| parts.uri = other_path.clone()),
        changed(&|parts| parts.uri = other_query.clone()),
        changed(&|parts| drop(parts.headers.insert("host", "elsewhere".parse().unwrap()))),
    ];
    prop_assert_eq!(refused, [true; 4]);
    let wrong = fixture::terms("wrong", PayloadCheck::Bytes(&unsigned.body), unsigned.time);
    prop_assert!(matches!(verify(&parts, &wrong), Err(Fault::Mismatch(_))));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn header_signed(unsigned in unsigned(false)) {
        accepted(&unsigned)?;
        let parts = unsigned.sign();
        let other = [&unsigned.body[..], b"!"].concat();
        let terms = terms(&unsigned.secret, PayloadCheck::Bytes(&other), unsigned.time);
        prop_assert!(matches!(verify(&parts, &terms), Err(Fault::Mismatch(_))));
    }

    #[test]
    fn header_signed_s3(unsigned in unsigned(true)) {
        accepted(&unsigned)?;
        let parts = unsigned.sign();
        let body = verify(&parts, &terms(&unsigned.secret, PayloadCheck::Later, unsigned.time)).unwrap().body;
        prop_assert_eq!(stream(body, &unsigned.body, 7).unwrap().0, unsigned.body);
    }

    #[test]
    fn presigned(mut unsigned in unsigned(false), expires in 1u64..604_800) {
        unsigned.presigned = Some(expires);
        accepted(&unsigned)?;
    }

    #[test]
    fn presigned_s3(mut unsigned in unsigned(true), expires in 1u64..604_800) {
        unsigned.presigned = Some(expires);
        accepted(&unsigned)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn asymmetric(mut unsigned in unsigned(true), key in "[A-Z0-9]{16,20}") {
        unsigned.asymmetric = true;
        unsigned.region = "*".into();
        accepted(&unsigned)?;
        // The key's derivation loops over a counter, so different access keys take different turns.
        unsigned.access_key_id = key;
        let parts = unsigned.sign();
        let terms = terms(&unsigned.secret, PayloadCheck::Bytes(&unsigned.body), unsigned.time);
        prop_assert!(verify(&parts, &terms).is_ok());
        let claim = parse(&parts).unwrap().unwrap();
        prop_assert_eq!(claim.algorithm(), Algorithm::EcdsaP256Sha256);
        prop_assert_eq!(claim.region_set(), Some("*"));
        prop_assert_eq!(claim.region(), None);
    }

    #[test]
    fn asymmetric_presigned(mut unsigned in unsigned(true)) {
        unsigned.asymmetric = true;
        unsigned.presigned = Some(60);
        unsigned.region = "us-east-1,eu-*".into();
        accepted(&unsigned)?;
    }
}

#[test]
fn a_token_appended_after_signing() {
    let mut unsigned = Unsigned::new("iotdevicegateway", "http://iot.localhost:4566/mqtt");
    unsigned.presigned = Some(60);
    unsigned.token = Some("token".into());
    unsigned.token_after_signing = true;
    let mut parts = unsigned.sign();
    if !parts.uri.query().unwrap().contains("Security-Token") {
        parts.uri = format!("{}&X-Amz-Security-Token=token", parts.uri).parse().unwrap();
    }
    assert!(verify(&parts, &terms(SUITE_SECRET, PayloadCheck::Bytes(b""), SUITE_TIME)).is_ok());
}
