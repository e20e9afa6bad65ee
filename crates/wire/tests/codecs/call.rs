//! A service, its operations, and how tests call them.

use crate::shapes::{self, schema};
use wire::*;

pub static MODEL: Model = Model {
    name: "thing",
    id: "Thing Service",
    signing_name: "thing",
    api_version: "2026-01-31",
    protocols: &[Protocol::Cbor, Protocol::Json10, Protocol::Query],
    target_prefix: Some("ThingService"),
    xml_namespace: Some("http://thing.amazonaws.com/doc/2026-01-31/"),
    error_namespace: Some("com.amazonaws.thing"),
    query_compatible: true,
    style: Style::Coral,
    principal: "thing.amazonaws.com",
    unbuilt: &[],
};

pub const IAM: Iam = Iam { action: "thing:Do", access: Access::Write, resources: &[], condition_keys: &[] };

pub const fn operation(name: &'static str, method: &'static str, uri: &'static str, io: &'static Schema) -> Operation {
    Operation {
        model: &MODEL,
        name,
        method,
        uri,
        status: 200,
        host_prefix: None,
        input: io,
        output: io,
        result_wrapper: None,
        errors: &[],
        unsigned_payload: false,
        anonymous: false,
        missing: None,
        iam: IAM,
    }
}

pub static DO: Operation =
    Operation { result_wrapper: Some("DoResult"), ..operation("Do", "POST", "/", &shapes::EVERYTHING_SCHEMA) };

pub static THING_GONE: ErrorKind =
    ErrorKind { name: "ThingDoesNotExist", code: "Thing.Gone", status: 404, sender: true, message: "Message" };

pub static GONE_SCHEMA: Schema =
    schema("ThingDoesNotExist", &[shapes::m("Message", &shapes::STR), shapes::m("ThingName", &shapes::STR)]);
crate::shape!(Gone, GONE_SCHEMA, { message: Option<String>, thing_name: Option<String> });

pub fn fault() -> Fault {
    Fault::new(&THING_GONE, "No <thing>").with_detail(Gone { message: None, thing_name: Some("t".into()) })
}

/// The head of a request, from its lines: `POST /path`, then headers.
pub fn parts(head: &str) -> http::request::Parts {
    let mut lines = head.lines().map(str::trim).filter(|line| !line.is_empty());
    let (method, uri) = lines.next().unwrap().split_once(' ').unwrap();
    let mut request = http::Request::builder().method(method).uri(uri);
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        request = request.header(name, value.trim());
    }
    request.body(()).unwrap().into_parts().0
}

pub fn decode<T: Shape + Default>(
    protocol: Protocol,
    operation: &Operation,
    head: &str,
    body: impl Into<Body>,
) -> Result<(T, Vec<Violation>), DecodeError> {
    let mut input = T::default();
    let mut violations = Vec::new();
    protocol.decode(operation, &parts(head), body.into(), &mut input, &mut violations)?;
    Ok((input, violations))
}

/// An answer as text: status, headers by name, body.
pub fn text(response: http::Response<Body>) -> String {
    let (parts, mut body) = response.into_parts();
    let mut lines = vec![parts.status.as_u16().to_string()];
    let mut headers: Vec<_> =
        parts.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    headers.sort();
    lines.append(&mut headers);
    lines.push(String::from_utf8_lossy(&bytes(&mut body)).into_owned());
    lines.join("\n")
}

/// Everything of a body that never waits.
pub fn bytes(body: &mut Body) -> Vec<u8> {
    let mut all = Vec::new();
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    while let std::task::Poll::Ready(Some(piece)) = body.poll_next(&mut cx) {
        all.extend_from_slice(&piece.unwrap());
    }
    all
}
