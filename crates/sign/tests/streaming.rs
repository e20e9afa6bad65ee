//! `aws-chunked` bodies: the S3 API reference's examples, every payload form, every way to break one.
#![allow(clippy::unwrap_used)]

mod fixture;

use aws_sigv4::sign::{v4, v4a};
use fixture::oracle::Unsigned;
use fixture::*;
use http::request::Parts;
use sign::{Body, Fault, PayloadCheck, Terms};

const TERMS: fn() -> Terms<'static> = || terms(S3_SECRET, PayloadCheck::Later, S3_TIME);

/// The example upload of the S3 API reference: 65,536 and 1,024 times the letter a.
fn example(extra: &[(&str, &str)], signed: &str, signature: &str) -> Body {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders={signed},Signature={signature}"
    );
    let mut headers = vec![
        ("host", "s3.amazonaws.com"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
        ("authorization", &authorization),
    ];
    headers.extend_from_slice(extra);
    verify(&request("PUT /examplebucket/chunkObject.txt", &headers), &TERMS()).unwrap_or_else(|f| panic!("{f}")).body
}

fn documented() -> Body {
    example(
        &[("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), ("content-length", "66824")],
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class",
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    )
}

fn wire(signatures: [&str; 3], end: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    for (size, signature) in [65_536usize, 1024, 0].into_iter().zip(signatures) {
        wire.extend_from_slice(format!("{size:x};chunk-signature={signature}\r\n").as_bytes());
        wire.extend(std::iter::repeat_n(b'a', size));
        if size > 0 {
            wire.extend_from_slice(b"\r\n");
        }
    }
    wire.extend_from_slice(end.as_bytes());
    wire
}

const DOCUMENTED: [&str; 3] = [
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
];

#[test]
fn the_documented_upload() {
    let wire = wire(DOCUMENTED, "\r\n");
    assert_eq!(wire.len(), 66_824);
    for step in [1, 7, 4096, 100_000] {
        let (data, trailers) = stream(documented(), &wire, step).unwrap();
        assert_eq!(data, vec![b'a'; 66_560]);
        assert!(trailers.is_empty());
    }
}

#[test]
fn a_changed_byte_or_signature_is_refused() {
    let good = wire(DOCUMENTED, "\r\n");
    for at in [100, 65_536 + 200, 10, 30, good.len() - 10] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(stream(documented(), &bad, 1000).is_err(), "{at}");
    }
    let mut bad = good.clone();
    bad[100] = b'b';
    assert!(matches!(stream(documented(), &bad, 1000), Err(Fault::Mismatch(_))));
    let swapped = wire([DOCUMENTED[0], DOCUMENTED[2], DOCUMENTED[1]], "\r\n");
    assert!(matches!(stream(documented(), &swapped, 1000), Err(Fault::Mismatch(_))));
    for end in [0, 50, 65_000, good.len() - 80, good.len() - 3] {
        assert_eq!(stream(documented(), &good[..end], 1000).unwrap_err(), Fault::IncompleteBody, "{end}");
    }
    let longer = [&good[..], b"x"].concat();
    assert_eq!(stream(documented(), &longer, 1000).unwrap_err(), Fault::IncompleteBody);
}

#[test]
fn the_documented_upload_with_trailers() {
    let body = || {
        example(
            &[
                ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
                ("x-amz-trailer", "x-amz-checksum-crc32c"),
            ],
            "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer",
            "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
        )
    };
    let signatures = [
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    ];
    let signature = "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435";
    let sdk = format!("x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:{signature}\r\n\r\n");
    let manual = format!("x-amz-checksum-crc32c:sOO8/Q==\n\r\nx-amz-trailer-signature:{signature}\r\n\r\n");
    for end in [sdk.clone(), manual] {
        for step in [1, 1000] {
            let (data, trailers) = stream(body(), &wire(signatures, &end), step).unwrap_or_else(|f| panic!("{f}"));
            assert_eq!(data.len(), 66_560);
            assert_eq!(trailers.get("x-amz-checksum-crc32c"), Some("sOO8/Q=="));
            assert_eq!(trailers.iter().count(), 1);
        }
    }
    let forged = sdk.replace("sOO8", "sOO9");
    assert!(matches!(stream(body(), &wire(signatures, &forged), 1000), Err(Fault::Mismatch(_))));
    let unsigned = "x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n";
    assert_eq!(stream(body(), &wire(signatures, unsigned), 1000).unwrap_err(), Fault::IncompleteBody);
}

fn upload(payload: &'static str, length: usize, trailer: Option<&str>) -> Unsigned {
    let mut unsigned = Unsigned::new("s3", "http://bucket.localhost:4566/key");
    unsigned.method = "PUT".into();
    unsigned.payload = Some(payload);
    unsigned.headers.push(("x-amz-decoded-content-length".into(), length.to_string()));
    if let Some(trailer) = trailer {
        unsigned.headers.push(("x-amz-trailer".into(), trailer.into()));
    }
    unsigned
}

fn body_of(parts: &Parts) -> Body {
    verify(parts, &terms(SUITE_SECRET, PayloadCheck::Later, SUITE_TIME)).unwrap_or_else(|f| panic!("{f}")).body
}

#[test]
fn unsigned_chunks_with_a_trailer() {
    let body = |length, trailer| body_of(&upload("STREAMING-UNSIGNED-PAYLOAD-TRAILER", length, trailer).sign());
    let crc = Some("x-amz-checksum-crc32");
    let wire = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    for step in [1, 3, 100] {
        let (data, trailers) = stream(body(5, crc), wire, step).unwrap();
        assert_eq!((&data[..], trailers.get("x-amz-checksum-crc32")), (&b"hello"[..], Some("NhCmhg==")));
    }
    let refused = |wire: &[u8], length, trailer| stream(body(length, trailer), wire, 4).unwrap_err();
    assert_eq!(refused(wire, 6, crc), Fault::DecodedLength);
    assert_eq!(refused(wire, 4, crc), Fault::DecodedLength);
    assert_eq!(refused(wire, 5, None), Fault::MalformedTrailer);
    assert_eq!(refused(wire, 5, Some("x-amz-checksum-crc32,x-amz-checksum-sha1")), Fault::MalformedTrailer);
    assert_eq!(refused(b"5\r\nhello\r\n0\r\n\r\n", 5, crc), Fault::MalformedTrailer);
    assert_eq!(refused(b"5\r\nhello\r\n0\r\nno colon\r\n\r\n", 5, crc), Fault::MalformedTrailer);
    assert_eq!(refused(b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n", 5, crc), Fault::IncompleteBody);
    assert_eq!(refused(b"5\r\nhelloworld", 5, crc), Fault::IncompleteBody);
    assert_eq!(refused(b"hello", 5, crc), Fault::IncompleteBody);
    assert_eq!(refused(b"\r\n", 5, crc), Fault::IncompleteBody);
    assert_eq!(refused(b"ffffffffffffffff\r\n", 5, crc), Fault::DecodedLength);
    assert_eq!(refused(b"10000000000000000\r\n", 5, crc), Fault::IncompleteBody);
    assert_eq!(refused(b"1\r\nh\r\n4\r\nello\r\n0\r\n\r\n", 5, crc), Fault::ChunkTooSmall { chunk: 1, size: 1 });
}

#[test]
fn a_streaming_body_must_announce_its_length() {
    let mut unsigned = upload("STREAMING-UNSIGNED-PAYLOAD-TRAILER", 5, None);
    unsigned.headers.clear();
    let fault = verify(&unsigned.sign(), &terms(SUITE_SECRET, PayloadCheck::Later, SUITE_TIME)).err();
    assert_eq!(fault, Some(Fault::DecodedLengthMissing));
}

/// Signs chunks and a trailer as a client does; `sign` makes one signature.
fn chain(
    algorithm: &str,
    scope: &str,
    seed: &str,
    sign: &dyn Fn(&[u8]) -> String,
    chunks: &[&[u8]],
    trailer: &str,
) -> Vec<u8> {
    use aws_lc_rs::digest::{SHA256, digest};
    let hex = |data: &[u8]| data_encoding::HEXLOWER.encode(digest(&SHA256, data).as_ref());
    let mut previous = seed.to_owned();
    let mut wire = Vec::new();
    let pad =
        |signature: &str| if algorithm.contains("ECDSA") { format!("{signature:*<144}") } else { signature.to_owned() };
    for chunk in chunks.iter().copied().chain([&b""[..]]) {
        let text = format!("{algorithm}-PAYLOAD\n20150830T123600Z\n{scope}\n{previous}\n{}\n{}", hex(b""), hex(chunk));
        previous = sign(text.as_bytes());
        wire.extend_from_slice(format!("{:x};chunk-signature={}\r\n", chunk.len(), pad(&previous)).as_bytes());
        wire.extend_from_slice(chunk);
        if !chunk.is_empty() {
            wire.extend_from_slice(b"\r\n");
        }
    }
    if !trailer.is_empty() {
        let text = format!(
            "{algorithm}-TRAILER\n20150830T123600Z\n{scope}\n{previous}\n{}",
            hex(format!("{trailer}\n").as_bytes())
        );
        wire.extend_from_slice(
            format!("{trailer}\r\nx-amz-trailer-signature:{}\r\n", pad(&sign(text.as_bytes()))).as_bytes(),
        );
    }
    wire.extend_from_slice(b"\r\n");
    wire
}

fn seed(parts: &Parts) -> String {
    parts.headers["authorization"].to_str().unwrap().rsplit_once("Signature=").unwrap().1.to_owned()
}

#[test]
fn signed_forms_of_both_algorithms() {
    let (first, last) = (vec![b'x'; 8192], b"tail".to_vec());
    let chunks: [&[u8]; 2] = [&first, &last];
    let whole = [&first[..], &last].concat();
    for (payload, trailer) in [
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", ""),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "x-amz-checksum-sha1:abc="),
        ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", ""),
        ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER", "x-amz-checksum-sha1:abc="),
    ] {
        let mut unsigned = upload(payload, whole.len(), (!trailer.is_empty()).then_some("x-amz-checksum-sha1"));
        unsigned.asymmetric = payload.contains("ECDSA");
        let parts = unsigned.sign();
        let wire = if unsigned.asymmetric {
            let key = v4a::generate_signing_key("AKIDEXAMPLE", SUITE_SECRET);
            let sign = |text: &[u8]| v4a::calculate_signature(key.as_ref(), text);
            chain("AWS4-ECDSA-P256-SHA256", "20150830/s3/aws4_request", &seed(&parts), &sign, &chunks, trailer)
        } else {
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(SUITE_TIME as u64);
            let key = v4::generate_signing_key(SUITE_SECRET, time, "us-east-1", "s3");
            let sign = |text: &[u8]| v4::calculate_signature(key.as_ref(), text);
            chain("AWS4-HMAC-SHA256", "20150830/us-east-1/s3/aws4_request", &seed(&parts), &sign, &chunks, trailer)
        };
        for step in [1, 1000] {
            let (data, trailers) = stream(body_of(&parts), &wire, step).unwrap_or_else(|f| panic!("{payload}: {f}"));
            assert_eq!(data, whole);
            assert_eq!(trailers.get("x-amz-checksum-sha1"), (!trailer.is_empty()).then_some("abc="));
        }
        let mut bad = wire.clone();
        let at = wire.windows(4).position(|w| w == b"tail").unwrap();
        bad[at] = b'T';
        assert!(matches!(stream(body_of(&parts), &bad, 1000), Err(Fault::Mismatch(_))), "{payload}");
    }
}
