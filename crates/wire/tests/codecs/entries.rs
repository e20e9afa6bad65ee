//! Every decoder under one signature, for mutated and for fuzzed inputs: none may panic, whatever comes.
#![allow(dead_code)]

use crate::{
    call::{DO, MODEL, operation},
    shapes::*,
};
use http::request::Parts;
use std::task::{Context, Poll, Waker};
use wire::*;

/// A decoder by name, with inputs that it takes, as places to start from.
pub struct Entry {
    pub name: &'static str,
    pub run: fn(&[u8]),
    pub seeds: fn() -> Vec<Vec<u8>>,
}

pub static ENTRIES: [Entry; 9] = [
    Entry { name: "json", run: |data| rpc(Protocol::Json10, data), seeds: || answers(Protocol::Json10) },
    Entry { name: "cbor", run: |data| rpc(Protocol::Cbor, data), seeds: || answers(Protocol::Cbor) },
    Entry { name: "xml", run: |data| rpc(Protocol::RestXml, data), seeds: || answers(Protocol::RestXml) },
    Entry { name: "query", run: |data| rpc(Protocol::Query, data), seeds: forms },
    Entry { name: "ec2", run: |data| rpc(Protocol::Ec2, data), seeds: forms },
    Entry { name: "rest", run: rest, seeds: requests },
    Entry { name: "protocol", run: protocol, seeds: requests },
    Entry { name: "frame", run: frame, seeds: frames },
    Entry { name: "events", run: events, seeds: frames },
];

static EVENTS: Operation = operation("Select", "POST", "/", &REST_EVENTS_SCHEMA);
static HEADERS: Operation = operation("Get", "GET", "/{Bucket}/{Key+}?get", &HEADERS_SCHEMA);
static POLICY: Operation = operation("Put", "PUT", "/{Bucket}", &WITH_POLICY);
static XML: Operation = operation("Do", "POST", "/", &EVERYTHING_SCHEMA);

fn parts() -> Parts {
    http::Request::new(()).into_parts().0
}

/// A body; what it decodes to must encode to something that decodes, where the protocol has both ways.
fn rpc(protocol: Protocol, data: &[u8]) {
    let operation = if protocol == Protocol::RestXml { &XML } else { &DO };
    let decode = |body: Vec<u8>| {
        let mut input = Everything::default();
        let mut violations = Vec::new();
        let result = protocol.decode(operation, &parts(), body.into(), &mut input, &mut violations);
        let _ = result.as_ref().map_err(|error| protocol.malformed(error));
        check(&input, None, &mut violations);
        if !violations.is_empty() {
            for style in [Style::Coral, Style::Query, Style::Rest] {
                let _ = style.fault(protocol, &violations);
            }
        }
        result.map(|()| input)
    };
    let Ok(mut input) = decode(data.to_vec()) else { return };
    let _ = format!("{input:?}");
    let (_, mut body) = protocol.encode(operation, &mut input, "r").into_parts();
    let again = crate::call::bytes(&mut body);
    if !matches!(protocol, Protocol::Query | Protocol::Ec2) {
        assert!(decode(again.clone()).is_ok(), "{:?}", String::from_utf8_lossy(&again));
    }
}

/// `METHOD uri`, then headers, then, after an empty line, the body.
fn request(data: &[u8]) -> Option<(Parts, Vec<u8>)> {
    let (head, body) = match data.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&data[..at], &data[at + 2..]),
        None => (data, &[][..]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next()?;
    let space = first.iter().position(|byte| *byte == b' ')?;
    let mut request = http::Request::builder().method(&first[..space]).uri(&first[space + 1..]);
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        request = request.header(&line[..colon], &line[colon + 1..]);
    }
    Some((request.body(()).ok()?.into_parts().0, body.to_vec()))
}

fn rest(data: &[u8]) {
    let Some((parts, body)) = request(data) else { return };
    for protocol in [Protocol::RestJson, Protocol::RestXml] {
        let mut violations = Vec::new();
        let mut headers = Headers::default();
        let _ = protocol.decode(&HEADERS, &parts, Body::Empty, &mut headers, &mut violations);
        let _ = protocol.encode(&HEADERS, &mut headers, "r");
        let mut policy = WithPolicy::default();
        let _ = protocol.decode(&POLICY, &parts, body.clone().into(), &mut policy, &mut violations);
        let _ = protocol.encode(&POLICY, &mut policy, "r");
        let _ = protocol.encode_fault(&MODEL, None, &Style::Coral.fault(protocol, &violations), "r");
    }
    let _ = Router::new([&HEADERS, &POLICY, &XML], &[]).find(&parts);
}

fn protocol(data: &[u8]) {
    let Some((parts, body)) = request(data) else { return };
    let _ = Protocol::of_request(&MODEL, &parts, &body);
}

fn frame(data: &[u8]) {
    if let Ok(frame) = Frame::decode(&Bytes::copy_from_slice(data)) {
        assert!(Frame::decode(&frame.encode().into()).is_ok());
    }
}

fn events(data: &[u8]) {
    // Checksums stop nearly every mutated frame: mend them, so that what is behind is met as well.
    for body in [data.to_vec(), mended(data)] {
        let mut input = RestEvents::default();
        let _ = Protocol::RestJson.decode(&EVENTS, &parts(), body.into(), &mut input, &mut Vec::new());
        let mut cx = Context::from_waker(Waker::noop());
        while let Some(Poll::Ready(Some(event))) = input.stream.as_mut().map(|stream| stream.poll_next(&mut cx)) {
            let _ = format!("{event:?}");
        }
    }
}

fn mended(data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    let total = data.len() as u32;
    if data.len() >= 16 {
        data[..4].copy_from_slice(&total.to_be_bytes());
        let prelude = crc32fast::hash(&data[..8]);
        data[8..12].copy_from_slice(&prelude.to_be_bytes());
        let end = data.len() - 4;
        let all = crc32fast::hash(&data[..end]);
        data[end..].copy_from_slice(&all.to_be_bytes());
    }
    data
}

fn answers(protocol: Protocol) -> Vec<Vec<u8>> {
    let operation = if protocol == Protocol::RestXml { &XML } else { &DO };
    let (_, mut body) = protocol.encode(operation, &mut everything(), "r").into_parts();
    vec![crate::call::bytes(&mut body)]
}

fn forms() -> Vec<Vec<u8>> {
    vec![
        b"Action=Do&Flag=true&Count=-7&Ratio=NaN&Text=a+b%26&Data=AP8%3D&When=2026-01-31T12%3A00%3A00.5%2B01:00"
            .to_vec(),
        b"Names.member.1=a&Names.member.20=b&FlatItem.1=x&Attributes.entry.1.key=k&Attributes.entry.1.value=v".to_vec(),
        b"Attribute.1.Name=K&Attribute.1.Value=V&Inner.Name=i&Inner.Child.Name=d&Items.item.2.Children.item.1.Name=c\
          &Items.1.Name=a&Choice.Number=5&NestedMap.entry.1.key=m&NestedMap.entry.1.value.Name=n&Names.1="
            .to_vec(),
    ]
}

fn requests() -> Vec<Vec<u8>> {
    vec![
        b"GET /b%2Fc/a%20+/c//%C3%A4/?get&max-keys=5&tag=x&tag=y+z&other=1&third\nX-Text:a\nx-flag:true\n\
          X-When:Sat, 31 Jan 2026 12:00:00 GMT\nX-Strings:a, \"b,c\"\nX-Numbers:1, 2\n\
          X-Times:Sat, 31 Jan 2026 12:00:00 GMT, Sat, 31 Jan 2026 12:00:01 GMT\nX-Json:eyJhIjoxfQ==\nx-meta-One:1"
            .to_vec(),
        b"PUT /b?x-id=Put\nContent-Type:application/xml\n\n<?xml version='1.0'?><!-- c --><A xmlns=\"u\"><Owner>o &amp;\
          <![CDATA[<>]]>&#xe4;</Owner><Grants><Grant xsi:type='Group'><ID/></Grant></Grants></A>"
            .to_vec(),
        b"POST /service/T/operation/Put\nsmithy-protocol:rpc-v2-cbor".to_vec(),
        b"POST /\nX-Amz-Target:T.Put\nContent-Type:application/x-amz-json-1.0\n\n{}".to_vec(),
        b"POST /?Action=Get\nContent-Type:application/x-www-form-urlencoded\n\nAction=Put".to_vec(),
    ]
}

fn frames() -> Vec<Vec<u8>> {
    let frame = |kind: &str, payload: &'static [u8]| {
        Frame { payload: Bytes::from_static(payload), ..Frame::default() }
            .with(":event-type", kind)
            .with("Number", FrameValue::Int(5))
            .with("At", FrameValue::Time(Timestamp(0)))
            .encode()
    };
    let records = frame("Records", b"a,b");
    let signed = Frame { payload: frame("stats", b"{\"Total\":1}").into(), ..Frame::default() }
        .with(":chunk-signature", FrameValue::Bytes(Bytes::from_static(b"s")))
        .encode();
    vec![[records.clone(), signed.clone()].concat(), records, signed, frame("stats", b"{\"Total\":1}")]
}

/// The entry of a fuzz target.
pub fn run(name: &str, data: &[u8]) {
    ENTRIES.iter().filter(|entry| entry.name == name).for_each(|entry| (entry.run)(data));
}
