//! RPC v2 CBOR, and CBOR itself.

use crate::{
    call::{self, DO, MODEL, decode, fault},
    shapes::*,
};
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use wire::{cbor::Reader, *};

fn hex(text: &str) -> Vec<u8> {
    HEX.decode(text.as_bytes()).unwrap()
}

fn document(text: &str) -> Result<String, String> {
    let bytes = hex(text);
    let mut reader = Reader::new(&bytes);
    let value = reader.document().map_err(|error| error.message)?;
    reader.end().map_err(|error| error.message)?;
    Ok(value.to_string())
}

#[test]
fn the_examples_of_rfc_8949() {
    for (bytes, expected) in [
        ("00", "0"),
        ("17", "23"),
        ("1818", "24"),
        ("1903e8", "1000"),
        ("1a000f4240", "1000000"),
        ("1b000000e8d4a51000", "1000000000000"),
        ("20", "-1"),
        ("3903e7", "-1000"),
        ("f90000", "0"),
        ("f93c00", "1"),
        ("f93e00", "1.5"),
        ("f97bff", "65504"),
        ("f90001", "5.960464477539063e-8"),
        ("f90400", "0.00006103515625"),
        ("f9c400", "-4"),
        ("f97c00", "\"Infinity\""),
        ("f97e00", "\"NaN\""),
        ("f9fc00", "\"-Infinity\""),
        ("fa47c35000", "100000"),
        ("fb3ff199999999999a", "1.1"),
        ("f4", "false"),
        ("f5", "true"),
        ("f6", "null"),
        ("f7", "null"),
        ("c11a514b67b0", "1363896240"),
        ("60", "\"\""),
        ("6449455446", "\"IETF\""),
        ("62c3bc", "\"ü\""),
        ("80", "[]"),
        ("8301820203820405", "[1,[2,3],[4,5]]"),
        ("a26161016162820203", "{\"a\":1,\"b\":[2,3]}"),
        ("7f657374726561646d696e67ff", "\"streaming\""),
        ("9fff", "[]"),
        ("9f018202039f0405ffff", "[1,[2,3],[4,5]]"),
        ("bf61610161629f0203ffff", "{\"a\":1,\"b\":[2,3]}"),
    ] {
        assert_eq!(document(bytes).as_deref(), Ok(expected), "{bytes}");
    }
}

#[test]
fn what_is_no_cbor() {
    for bytes in [
        "",
        "18",
        "1b00",
        "1c",
        "1f",
        "3f",
        "5801",
        "61",
        "61ff",
        "7f01ff",
        "7f7f6161ffff",
        "5f",
        "81",
        "9b7fffffffffffffff01",
        "bf6161",
        "a1016161",
        "bf01",
        "ff",
        "f8",
        "f818",
        "fb00",
        "c1",
        "0000",
        "ba7fffffff",
    ] {
        assert!(document(bytes).is_err(), "{bytes}");
    }
    assert!(document(&"81".repeat(100_000)).is_err());
    assert!(document(&"9f".repeat(100_000)).is_err());
    assert_eq!(document(&("c1".repeat(100_000) + "01")).as_deref(), Ok("1"));
    let deep = hex(&"81".repeat(100_000));
    assert!(Reader::new(&deep).skip().is_err());
}

#[test]
fn requests() {
    // {"Flag": true, "count": 3.0, "Big": 2^60, "Ratio": half 1.5, "When": 1(1769860800.5), "Data": h'00ff', unknown}
    let body = hex("bf64466c6167f565636f756e74fb4008000000000000634269671b100000000000000065526174696ff93e0064576865\
         6ec1fb41da5f7bb020000064446174615f410041ffff61789f01ff654e616d6573826161f6644b696e64f6ff");
    let (input, violations) = decode::<Everything>(Protocol::Cbor, &DO, "POST /service/T/operation/Do", body).unwrap();
    assert_eq!(violations, []);
    assert_eq!((input.flag, input.count, input.big, input.ratio), (Some(true), Some(3), Some(1 << 60), Some(1.5)));
    assert_eq!(&input.data.unwrap()[..], b"\0\xff");
    assert_eq!(input.when, Some(Timestamp::from_millis(1_769_860_800_500)));
    assert_eq!(input.names.unwrap(), ["a"], "null items and what is unknown are passed over");
    assert!(input.kind.is_none());
}

#[test]
fn cbor_reads_what_it_writes() {
    let (parts, mut body) = Protocol::Cbor.encode(&DO, &mut everything(), "r").into_parts();
    assert_eq!(parts.headers["smithy-protocol"], "rpc-v2-cbor");
    assert_eq!(parts.headers["content-type"], "application/cbor");
    let (got, _) = decode::<Everything>(Protocol::Cbor, &DO, "POST /", call::bytes(&mut body)).unwrap();
    assert_eq!(format!("{got:?}"), format!("{:?}", everything()));
}

#[test]
fn members_have_the_names_of_the_model() {
    let mut output = Everything { count: Some(1), ..Everything::default() };
    let (_, mut body) = Protocol::Cbor.encode(&DO, &mut output, "r").into_parts();
    assert_eq!(call::bytes(&mut body), b"\xbf\x65Count\x01\xff");
    for key in ["Count", "count"] {
        let body = [b"\xa1\x65", key.as_bytes(), b"\x02"].concat();
        assert_eq!(decode::<Everything>(Protocol::Cbor, &DO, "POST /", body).unwrap().0.count, Some(2));
    }
}

#[test]
fn missing_members_and_empty_bodies() {
    decode::<Everything>(Protocol::Cbor, &DO, "POST /", Body::Empty).unwrap();
    let (_, violations) = decode::<Everything>(Protocol::Cbor, &DO, "POST /", hex("a165496e6e6572a0")).unwrap();
    assert_eq!(violations.iter().map(|v| v.path.as_str()).collect::<Vec<_>>(), ["Inner.Name"]);
    for body in ["01", "a165636f756e746161", "a165636f756e741b0000000100000000", "a1636269"] {
        assert!(decode::<Everything>(Protocol::Cbor, &DO, "POST /", hex(body)).is_err(), "{body}");
    }
}

#[test]
fn faults() {
    let (parts, mut body) = Protocol::Cbor.encode_fault(&MODEL, None, &fault(), "r").into_parts();
    assert_eq!(parts.status, 404);
    assert_eq!(parts.headers["x-amzn-query-error"], "Thing.Gone;Sender");
    let body = call::bytes(&mut body);
    assert_eq!(
        Reader::new(&body).document().unwrap().to_string(),
        "{\"__type\":\"com.amazon.coral.service#ThingDoesNotExist\",\"Message\":\"No <thing>\",\"ThingName\":\"t\"}"
    );
}
