//! What a client reads when its request is refused: code, status and sentence per dialect.
#![allow(clippy::unwrap_used)]

mod fixture;

use fixture::oracle::Unsigned;
use fixture::*;
use http::request::Parts;
use sign::{Answer, Clock, Dialect, Expected, Fault, PayloadCheck, Terms, Verifier, parse};

fn fault(parts: &Parts) -> Fault {
    verify(parts, &terms(SUITE_SECRET, PayloadCheck::Bytes(b""), SUITE_TIME)).err().unwrap()
}

fn with(authorization: &str) -> Parts {
    request("GET /", &[("host", "h"), ("x-amz-date", "20150830T123600Z"), ("authorization", authorization)])
}

#[track_caller]
fn says(fault: &Fault, dialect: Dialect, status: u16, code: &str, message: &str) -> Answer {
    let answer = fault.answer(dialect);
    assert_eq!((answer.status, answer.code, &*answer.message), (status, code, message));
    answer
}

#[test]
fn anonymous() {
    assert!(parse(&request("GET /?a=b", &[("host", "h")])).unwrap().is_none());
    let fault = Fault::MissingAuthenticationToken;
    says(&fault, Dialect::Query, 403, "MissingAuthenticationToken", "Missing Authentication Token");
    says(&fault, Dialect::Json, 400, "MissingAuthenticationTokenException", "Missing Authentication Token");
    says(&fault, Dialect::S3, 403, "AccessDenied", "Access Denied");
}

#[test]
fn header_pieces() {
    let parts = request("GET /", &[("host", "h"), ("authorization", "AWS4-HMAC-SHA256 SignedHeaders=host")]);
    let text = "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 SignedHeaders=host";
    says(&fault(&parts), Dialect::Query, 400, "IncompleteSignature", text);
    says(&fault(&parts), Dialect::Json, 400, "IncompleteSignatureException", text);
    says(
        &fault(&parts),
        Dialect::S3,
        400,
        "AuthorizationHeaderMalformed",
        "The authorization header is malformed; The authorization header requires three components: Credential, SignedHeaders, and Signature.",
    );

    let text = "'Nonsense' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Nonsense'.";
    says(&fault(&with("AWS4-HMAC-SHA256 Nonsense")), Dialect::Query, 400, "IncompleteSignature", text);
    let credential =
        |credential: &str| with(&format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"));
    let text = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKID/20150830'";
    says(&fault(&credential("AKID/20150830")), Dialect::Query, 400, "IncompleteSignature", text);
    says(
        &fault(&credential("AKID/20150830")),
        Dialect::S3,
        400,
        "AuthorizationHeaderMalformed",
        "The authorization header is malformed; the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
    );
    assert!(matches!(fault(&credential("/20150830/r/s/aws4_request")), Fault::CredentialMalformed { .. }));
}

#[test]
fn other_schemes() {
    assert!(matches!(fault(&with("Basic abc=")), Fault::OtherScheme { .. }));
    assert_eq!(fault(&with("AWS AKID:abc=")), Fault::LegacySignature);
    assert_eq!(fault(&request("GET /?AWSAccessKeyId=a&Signature=b&Expires=1", &[])), Fault::LegacySignature);
    let text = "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'.";
    says(&fault(&with("AWS4-HMAC-SHA512 Credential=a")), Dialect::Query, 400, "IncompleteSignature", text);
}

#[test]
fn dates() {
    let authorization =
        "AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0";
    let parts = request("GET /", &[("host", "h"), ("x-amz-date", "today"), ("authorization", authorization)]);
    let text = "Date must be in ISO-8601 'basic format'. Got 'today'. See http://en.wikipedia.org/wiki/ISO_8601";
    says(&fault(&parts), Dialect::Query, 400, "IncompleteSignature", text);
}

#[test]
fn a_date_header_will_do() {
    let mut unsigned = Unsigned::new("sqs", "http://h/");
    unsigned.headers.push(("date".into(), "Sun, 30 Aug 2015 12:36:00 GMT".into()));
    let mut parts = unsigned.sign();
    parts.headers.remove("x-amz-date");
    // The signature covers a header that is gone, but the instant is found.
    assert_eq!(parse(&parts).unwrap().unwrap().signed_at(), SUITE_TIME);
}

#[test]
fn scopes() {
    let parts = Unsigned::new("sqs", "http://h/").sign();
    let claim = parse(&parts).unwrap().unwrap();
    let check = |region, service| {
        let expected = Expected { region: Some(region), service: Some(service) };
        let terms = Terms { expected, ..terms(SUITE_SECRET, PayloadCheck::Bytes(b""), SUITE_TIME) };
        Verifier::default().verify(&claim, &parts, &terms).err()
    };
    assert_eq!(check("us-east-1", "sqs"), None);
    let fault = check("eu-west-1", "sqs").unwrap();
    says(
        &fault,
        Dialect::Query,
        403,
        "SignatureDoesNotMatch",
        "Credential should be scoped to a valid region, not 'us-east-1'. ",
    );
    let answer = says(
        &fault,
        Dialect::S3,
        400,
        "AuthorizationHeaderMalformed",
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
    );
    assert_eq!(answer.fields, [("Region", "eu-west-1".to_owned())]);
    let fault = check("us-east-1", "sns").unwrap();
    says(
        &fault,
        Dialect::Json,
        400,
        "InvalidSignatureException",
        "Credential should be scoped to correct service: 'sns'. ",
    );

    let authorization = "AWS4-HMAC-SHA256 Credential=A/20150829/us-east-1/sqs/aws5, SignedHeaders=host, Signature=0";
    let text = "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150829' != '20150830', from '20150830T123600Z'. ";
    says(&self::fault(&with(authorization)), Dialect::Query, 403, "SignatureDoesNotMatch", text);
}

#[test]
fn skew() {
    let parts = Unsigned::new("sqs", "http://h/").sign();
    let at = |now| verify(&parts, &terms(SUITE_SECRET, PayloadCheck::Bytes(b""), now)).err();
    for now in [SUITE_TIME, SUITE_TIME + 900, SUITE_TIME - 900] {
        assert_eq!(at(now), None);
    }
    let late = at(SUITE_TIME + 901).unwrap();
    let text = "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)";
    says(&late, Dialect::Query, 403, "SignatureDoesNotMatch", text);
    says(&late, Dialect::Ec2, 400, "RequestExpired", "Request has expired.");
    let answer = says(
        &late,
        Dialect::S3,
        403,
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    );
    assert_eq!(answer.fields[0], ("RequestTime", "20150830T123600Z".to_owned()));
    assert_eq!(answer.fields[1], ("ServerTime", "2015-08-30T12:51:01Z".to_owned()));
    assert_eq!(answer.fields[2], ("MaxAllowedSkewMilliseconds", "900000".to_owned()));
    let text =
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T122059Z + 15 min.)";
    says(&at(SUITE_TIME - 901).unwrap(), Dialect::Query, 403, "SignatureDoesNotMatch", text);
}

#[test]
fn a_presigned_request_expires_in_virtual_time() {
    let mut unsigned = Unsigned::new("s3", "http://b.localhost/k");
    unsigned.presigned = Some(3600);
    let parts = unsigned.sign();
    let at = |wall, virtual_now, to_virtual: &dyn Fn(i64) -> i64| {
        let clock = Clock { wall, virtual_now, to_virtual };
        let terms = Terms { clock, ..terms(SUITE_SECRET, PayloadCheck::Later, 0) };
        verify(&parts, &terms).err()
    };
    // Signed after the clock was moved a day ahead, and again moved while the URL was under way.
    let ahead = |instant| instant + 86_400;
    assert_eq!(at(SUITE_TIME, SUITE_TIME + 86_400 + 3600, &ahead), None);
    let fault = at(SUITE_TIME, SUITE_TIME + 86_400 + 3601, &ahead).unwrap();
    let answer = says(&fault, Dialect::S3, 403, "AccessDenied", "Request has expired");
    assert_eq!(answer.fields[0], ("X-Amz-Expires", "3600".to_owned()));
    assert_eq!(answer.fields[1], ("Expires", "2015-08-31T13:36:00Z".to_owned()));
    assert!(at(SUITE_TIME, SUITE_TIME + 86_400, &straight).is_some());
}

#[test]
fn expiry_values() {
    let parts = |expires: &str| {
        let line = format!(
            "GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A/20150830/r/s3/aws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0{expires}"
        );
        request(&line, &[("host", "h")])
    };
    let code = "AuthorizationQueryParametersError";
    says(&fault(&parts("&X-Amz-Expires=x")), Dialect::S3, 400, code, "X-Amz-Expires should be a number");
    says(&fault(&parts("&X-Amz-Expires=-1")), Dialect::S3, 400, code, "X-Amz-Expires must be non-negative");
    says(
        &fault(&parts("&X-Amz-Expires=604801")),
        Dialect::S3,
        400,
        code,
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
    );
    assert!(matches!(fault(&parts("&X-Amz-Expires=604800")), Fault::Mismatch(_)));
    assert!(matches!(fault(&parts("&X-Amz-Expires=0")), Fault::PresignedExpired { .. }));
    says(
        &fault(&parts("")),
        Dialect::S3,
        400,
        code,
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
    let some = request("GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=1&X-Amz-Date=1", &[]);
    says(
        &fault(&some),
        Dialect::Query,
        400,
        "IncompleteSignature",
        "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.",
    );
    let both = request("GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256", &[("authorization", "AWS4-HMAC-SHA256 x=y")]);
    assert_eq!(fault(&both), Fault::TwoPlaces);
}

#[test]
fn mismatch() {
    let mut parts = Unsigned::new("sqs", "http://h/").sign();
    parts.method = http::Method::PUT;
    let canonical = "PUT\n/\n\nhost:h\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let fault = fault(&parts);
    let Fault::Mismatch(found) = &fault else { panic!("{fault}") };
    assert_eq!(found.canonical_request, canonical);
    let text = format!(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'{canonical}'\n\nThe String-to-Sign should have been\n'{}'\n",
        found.string_to_sign
    );
    says(&fault, Dialect::Query, 403, "SignatureDoesNotMatch", &text);
    says(&fault, Dialect::Json, 400, "InvalidSignatureException", &text);
    says(&fault, Dialect::Ec2, 401, "AuthFailure", "AWS was not able to validate the provided access credentials");
    let answer = says(
        &fault,
        Dialect::S3,
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    );
    let names: Vec<_> = answer.fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "AWSAccessKeyId",
            "StringToSign",
            "SignatureProvided",
            "StringToSignBytes",
            "CanonicalRequest",
            "CanonicalRequestBytes"
        ]
    );
    assert!(answer.fields[5].1.starts_with("50 55 54 0a 2f 0a"));
}

#[test]
fn signed_headers() {
    let authorization =
        "AWS4-HMAC-SHA256 Credential=A/20150830/us-east-1/s3/aws4_request, SignedHeaders=x-amz-date, Signature=0";
    says(
        &fault(&with(authorization)),
        Dialect::Query,
        403,
        "SignatureDoesNotMatch",
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
    let mut parts = Unsigned::new("s3", "http://h/").sign();
    parts.headers.insert("x-amz-acl", "public-read".parse().unwrap());
    let answer = fault(&parts).answer(Dialect::S3);
    assert_eq!((answer.code, answer.fields), ("AccessDenied", vec![("HeadersNotSigned", "x-amz-acl".to_owned())]));
}

#[test]
fn content_sha256() {
    let signed = |payload| {
        let mut unsigned = Unsigned::new("s3", "http://h/");
        unsigned.payload = payload;
        unsigned.sign()
    };
    assert!(matches!(fault(&signed(Some("nonsense"))), Fault::ContentSha256Invalid { .. }));
    let mut parts = signed(None);
    parts.headers.remove("x-amz-content-sha256");
    let text = "Missing required header for this request: x-amz-content-sha256";
    says(&fault(&parts), Dialect::S3, 400, "InvalidRequest", text);
    assert!(
        verify(&signed(Some("UNSIGNED-PAYLOAD")), &terms(SUITE_SECRET, PayloadCheck::Bytes(b"any"), SUITE_TIME))
            .is_ok()
    );
    let wrong = verify(&signed(None), &terms(SUITE_SECRET, PayloadCheck::Bytes(b"any"), SUITE_TIME)).err().unwrap();
    let answer = wrong.answer(Dialect::S3);
    assert_eq!((answer.code, answer.fields.len()), ("XAmzContentSHA256Mismatch", 2));
}

#[test]
fn keys_and_tokens() {
    let fault = Fault::UnknownAccessKey { access_key_id: "AKID".into() };
    says(&fault, Dialect::Query, 403, "InvalidClientTokenId", "The security token included in the request is invalid.");
    says(
        &fault,
        Dialect::Json,
        400,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    );
    says(
        &fault,
        Dialect::RestJson,
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    );
    says(
        &fault,
        Dialect::S3,
        403,
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
    );
    let fault = Fault::ExpiredToken { token: "t".into() };
    says(&fault, Dialect::Query, 403, "ExpiredToken", "The security token included in the request is expired");
    says(&fault, Dialect::S3, 400, "ExpiredToken", "The provided token has expired.");
    says(
        &Fault::InvalidToken { token: "t".into() },
        Dialect::S3,
        400,
        "InvalidToken",
        "The provided token is malformed or otherwise invalid.",
    );
}

/// Whoever uses a presigned URL may describe the body in a header that was not signed; it is believed about the body only.
#[test]
fn a_presigned_upload_may_state_its_hash() {
    let mut unsigned = Unsigned::new("s3", "http://b.localhost/k");
    unsigned.method = "PUT".into();
    unsigned.presigned = Some(60);
    let mut parts = unsigned.sign();
    parts.headers.insert(
        "x-amz-content-sha256",
        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072".parse().unwrap(),
    );
    let body = |parts: &Parts| verify(parts, &terms(SUITE_SECRET, PayloadCheck::Later, SUITE_TIME)).unwrap().body;
    assert!(stream(body(&parts), b"Welcome to Amazon S3.", 5).is_ok());
    assert!(matches!(stream(body(&parts), b"Welcome", 5), Err(Fault::ContentSha256Mismatch { .. })));

    // The SDK for JavaScript states it in the query instead.
    let mut unsigned = Unsigned::new("s3", "http://b.localhost/k?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD");
    unsigned.presigned = Some(60);
    assert!(body(&unsigned.sign()).is_plain());

    let mut parts = unsigned.sign();
    parts.headers.insert("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER".parse().unwrap());
    parts.headers.insert("x-amz-decoded-content-length", "5".parse().unwrap());
    assert!(matches!(fault(&parts), Fault::HeadersNotSigned { .. }));
}
