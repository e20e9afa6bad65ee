//! Event streams: frames, the events of answers, and the events of requests.

use crate::{
    call::{bytes, decode, fault, operation},
    shapes::*,
};
use data_encoding::HEXLOWER as HEX;
use std::task::{Context, Poll, Waker};
use wire::*;

static RPC: Operation = operation("Subscribe", "POST", "/", &RPC_EVENTS_SCHEMA);
static REST: Operation = operation("Select", "POST", "/", &REST_EVENTS_SCHEMA);

fn frames(mut bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let Some(length) = Frame::length(bytes).unwrap() {
        frames.push(Frame::decode(&Bytes::copy_from_slice(&bytes[..length])).unwrap());
        bytes = &bytes[length..];
    }
    assert!(bytes.is_empty());
    frames
}

/// Headers and payload of each frame, as text.
fn texts(bytes: &[u8]) -> Vec<String> {
    let header = |(name, value): &(String, FrameValue)| match value {
        FrameValue::Str(text) => format!("{name}={text} "),
        other => format!("{name}={other:?} "),
    };
    let text =
        |frame: &Frame| frame.headers.iter().map(header).collect::<String>() + &String::from_utf8_lossy(&frame.payload);
    frames(bytes).iter().map(text).collect()
}

#[test]
fn known_frames() {
    for (hex, frame) in [
        ("000000100000000005c248eb7d98c8ff", Frame::default()),
        (
            "0000002d0000001041c424b80a6576656e742d74797065040000a00c7b27666f6f273a27626172277d36f480a0",
            Frame {
                headers: vec![("event-type".into(), FrameValue::Int(40_972))],
                payload: Bytes::from_static(b"{'foo':'bar'}"),
            },
        ),
    ] {
        let bytes = HEX.decode(hex.as_bytes()).unwrap();
        assert_eq!(HEX.encode(&frame.encode()), hex);
        assert_eq!(Frame::decode(&bytes.clone().into()).unwrap(), frame);
        for at in 0..bytes.len() {
            let mut broken = bytes.clone();
            broken[at] ^= 1;
            assert!(Frame::decode(&broken.into()).is_err(), "byte {at}");
        }
    }
}

#[test]
fn every_kind_of_header() {
    let frame = [
        FrameValue::Bool(true),
        FrameValue::Bool(false),
        FrameValue::Byte(-1),
        FrameValue::Short(-2),
        FrameValue::Int(-3),
        FrameValue::Long(-4),
        FrameValue::Bytes(Bytes::from_static(b"\0")),
        FrameValue::Str("ä".into()),
        FrameValue::Time(Timestamp::from_millis(1)),
        FrameValue::Uuid([7; 16]),
    ]
    .into_iter()
    .fold(Frame::default(), |frame, value| frame.with("x", value));
    assert_eq!(Frame::decode(&frame.encode().into()).unwrap(), frame);
    let long = Frame::default().with("x", &*"ä".repeat(40_000));
    assert_eq!(frames(&long.encode())[0].text("x").unwrap().len(), 65_534);
}

fn events() -> Vec<Stream> {
    vec![
        Stream::Records(Records {
            payload: Some(Bytes::from_static(b"a,b\n")),
            number: Some(1 << 40),
            at: Some(Timestamp::from_millis(5)),
        }),
        Stream::Stats(Stats { total: Some(3), note: Some("<".into()) }),
        Stream::End(End {}),
    ]
}

#[test]
fn events_of_rest_answers() {
    let answer = |protocol: Protocol| {
        let mut output = RestEvents { id: Some("7".into()), stream: Some(events().into()) };
        let (parts, mut body) = protocol.encode(&REST, &mut output, "r").into_parts();
        assert_eq!(parts.headers["content-type"], "application/vnd.amazon.eventstream");
        assert_eq!(parts.headers["x-id"], "7");
        texts(&bytes(&mut body))
    };
    let records = ":event-type=Records :content-type=application/octet-stream :message-type=event \
                   Number=Long(1099511627776) At=Time(Timestamp(5000)) a,b\n";
    assert_eq!(
        answer(Protocol::RestXml),
        [
            records,
            ":event-type=stats :content-type=text/xml :message-type=event \
             <Stats><Total>3</Total><Note>&lt;</Note></Stats>",
            ":event-type=End :message-type=event ",
        ]
    );
    assert_eq!(
        answer(Protocol::RestJson)[1],
        ":event-type=stats :content-type=application/json :message-type=event {\"Total\":3,\"Note\":\"<\"}"
    );
}

#[test]
fn rpc_answers_begin_with_the_other_members() {
    for (protocol, first) in [
        (
            Protocol::Json11,
            ":event-type=initial-response :content-type=application/x-amz-json-1.1 :message-type=event {\"Id\":\"7\"}",
        ),
        (
            Protocol::Cbor,
            ":event-type=initial-response :content-type=application/cbor :message-type=event \u{fffd}bIda7\u{fffd}",
        ),
    ] {
        let mut output = RpcEvents { id: Some("7".into()), stream: events().into() };
        let (parts, mut body) = protocol.encode(&RPC, &mut output, "r").into_parts();
        assert_eq!(parts.headers["content-type"], "application/vnd.amazon.eventstream");
        let texts = texts(&bytes(&mut body));
        assert_eq!(texts[0], first);
        assert_eq!(texts.len(), 4);
    }
    let (_, mut body) = Protocol::Json11.encode(&RPC, &mut RpcEvents::default(), "r").into_parts();
    assert_eq!(texts(&bytes(&mut body)).len(), 1, "an initial response, and no events");
}

struct Failing(Option<Fault>);

impl EventSource<Stream> for Failing {
    fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut Context) -> Poll<Option<Result<Stream, Fault>>> {
        Poll::Ready(Some(Err(self.0.take().unwrap_or_else(|| common::throttling("again")))))
    }
}

#[test]
fn faults_are_exceptions_where_the_union_names_them() {
    for (fault, expected) in [
        (
            fault(),
            ":exception-type=thingGone :content-type=application/json :message-type=exception \
             {\"Message\":\"No <thing>\",\"ThingName\":\"t\"}",
        ),
        (common::internal_failure("x"), ":error-code=InternalFailure :message-type=error :error-message=x "),
    ] {
        let mut output = RestEvents { id: None, stream: Some(Events::new(Failing(Some(fault)))) };
        let (_, mut body) = Protocol::RestJson.encode(&REST, &mut output, "r").into_parts();
        assert_eq!(texts(&bytes(&mut body)), [expected]);
    }
}

/// The events of a request's body, to the first error.
fn read(protocol: Protocol, operation: &Operation, body: Body) -> (Vec<String>, Option<Fault>) {
    let mut events = match operation.name {
        "Select" => decode::<RestEvents>(protocol, operation, "POST /", body).unwrap().0.stream.unwrap(),
        _ => decode::<RpcEvents>(protocol, operation, "POST /", body).unwrap().0.stream,
    };
    let mut all = Vec::new();
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        match events.poll_next(&mut cx) {
            Poll::Ready(Some(Ok(event))) => all.push(format!("{event:?}")),
            Poll::Ready(Some(Err(fault))) => {
                assert!(matches!(events.poll_next(&mut cx), Poll::Ready(None)));
                return (all, Some(fault));
            }
            Poll::Ready(None) => return (all, None),
            Poll::Pending => panic!("waits"),
        }
    }
}

/// A body that comes in pieces of a few bytes.
struct Pieces(Bytes);

impl ByteStream for Pieces {
    fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut Context) -> Poll<Option<Result<Bytes, BodyError>>> {
        let length = self.0.len().min(7);
        Poll::Ready((length > 0).then(|| Ok(self.0.split_to(length))))
    }
}

#[test]
fn requests_read_what_answers_write() {
    let expected: Vec<_> = events().iter().map(|event| format!("{event:?}")).collect();
    for (protocol, operation) in
        [(Protocol::RestJson, &REST), (Protocol::RestXml, &REST), (Protocol::Json11, &RPC), (Protocol::Cbor, &RPC)]
    {
        let (_, mut body) = match operation.name {
            "Select" => protocol.encode(operation, &mut RestEvents { id: None, stream: Some(events().into()) }, "r"),
            _ => protocol.encode(operation, &mut RpcEvents { id: None, stream: events().into() }, "r"),
        }
        .into_parts();
        // What begins an answer is an event of no kind in a request; leave it out.
        let sent = frames(&bytes(&mut body)).split_off(usize::from(operation.name != "Select"));
        let sent: Vec<u8> = sent.iter().flat_map(Frame::encode).collect();
        let body = Body::Stream { stream: Box::pin(Pieces(sent.clone().into())), len: None };
        let (got, fault) = read(protocol, operation, body);
        assert!(fault.is_none());
        assert_eq!(got, expected);
        let (got, fault) = read(protocol, operation, Body::Full(Bytes::from(sent).slice(..40)));
        assert_eq!((got.len(), fault.unwrap().kind().name), (0, "SerializationException"));
    }
}

#[test]
fn signed_events_are_unpacked() {
    let stats =
        Frame { payload: Bytes::from_static(b"{\"Total\":1}"), ..Frame::default() }.with(":event-type", "stats");
    let initial = Frame::default().with(":event-type", "initial-request");
    let signed = |payload: Vec<u8>| {
        Frame { payload: payload.into(), ..Frame::default() }
            .with(":date", FrameValue::Time(Timestamp(0)))
            .with(":chunk-signature", FrameValue::Bytes(Bytes::from_static(b"s")))
            .encode()
    };
    let body = [signed(initial.encode()), signed(stats.encode()), signed(vec![]), signed(stats.encode())].concat();
    let (got, fault) = read(Protocol::Json11, &RPC, body.into());
    assert!(fault.is_none());
    assert_eq!(got, ["Stream { stats: Stats { Total: 1 } }"]);
}

#[test]
fn malformed_events() {
    let event = |headers: Frame, payload: &'static [u8]| Frame { payload: Bytes::from_static(payload), ..headers };
    let stats = || Frame::default().with(":event-type", "stats");
    let records = Frame::default().with(":event-type", "Records").with("Number", "text");
    for frame in [event(stats(), b"{"), event(stats(), b"\xff"), event(records, b"")] {
        let (_, fault) = read(Protocol::RestJson, &REST, frame.encode().into());
        assert_eq!(fault.unwrap().kind(), &common::SERIALIZATION);
    }
    let (got, fault) = read(Protocol::RestJson, &REST, Frame::default().with(":event-type", "new").encode().into());
    assert!(fault.is_none());
    assert_eq!(got.len(), 1, "an event that the model does not know is the union's unknown");
}
