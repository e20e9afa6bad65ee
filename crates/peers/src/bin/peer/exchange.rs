//! What the other side may ask, and the answers.

use crate::canonical;
use data_encoding::BASE64;
use http::{Request, Response, request::Parts};
use peers::{DETAILED, SAMPLES, Sample};
use std::task::{Context, Poll, Waker};
use wire::{
    Body, DecodeError, Edit, EventReader, Fault, Json, Model, Operation, Protocol, Route, Router, Shape, Ty, common,
};

type Result<T> = std::result::Result<T, String>;

const REQUEST_ID: &str = "00000000-1111-2222-3333-444444444444";

pub fn answer(asked: &Json) -> Result<Json> {
    match text(asked, "do")? {
        "samples" => Ok(Json::from([("samples", all())])),
        "decode" => decode(asked),
        "encode" => encode(asked),
        "fault" => fault(asked),
        other => Err(format!("nobody knows how to {other}")),
    }
}

/// What there is: service, operation, protocols.
fn all() -> Json {
    let line = |sample: &Sample| {
        let model = sample.operation.model;
        let protocols = model.protocols.iter().map(|protocol| format!("{protocol:?}").into());
        Json::List(vec![model.name.into(), sample.operation.name.into(), Json::List(protocols.collect())])
    };
    Json::List(SAMPLES.iter().map(line).collect())
}

/// The input that a request carries, and what its model has against it.
fn decode(asked: &Json) -> Result<Json> {
    let model = model(text(asked, "service")?)?;
    let (parts, body) = request(asked)?;
    let (protocol, name) = Protocol::of_request(model, &parts, &body).ok_or("the request speaks no protocol")?;
    let name = match name {
        Some(name) => name.into_owned(),
        None => routed(model, &parts)?,
    };
    let sample = sample(model.name, &name)?;
    let mut input = (sample.input)();
    let mut violations = Vec::new();
    let decoded = protocol.decode(sample.operation, &parts, Body::from(body.clone()), &mut *input, &mut violations);
    if let Err(DecodeError { part, message }) = decoded {
        return Err(format!("{name} does not decode ({part:?}): {message}"));
    }
    wire::check(&*input, None, &mut violations);
    let violations = violations.iter().map(|violation| {
        Json::List(vec![violation.path.as_str().into(), format!("{:?}", violation.constraint).into()])
    });
    Ok(Json::from([
        ("operation", Json::from(name)),
        ("protocol", format!("{protocol:?}").into()),
        ("input", canonical::show(&*input)),
        ("violations", Json::List(violations.collect())),
    ]))
}

fn request(asked: &Json) -> Result<(Parts, Vec<u8>)> {
    let mut request = Request::builder().method(text(asked, "method")?).uri(text(asked, "uri")?);
    for header in asked.get("headers").and_then(Json::as_list).unwrap_or_default() {
        if let Some([name, value]) = header.as_list() {
            let (name, value) = (name.as_str().unwrap_or_default(), value.as_str().unwrap_or_default());
            request = request.header(name, value.as_bytes());
        }
    }
    let request = request.body(()).map_err(|error| error.to_string())?;
    Ok((request.into_parts().0, decoded(text(asked, "body")?)?))
}

fn decoded(base64: &str) -> Result<Vec<u8>> {
    BASE64.decode(base64.as_bytes()).map_err(|error| error.to_string())
}

fn routed(model: &'static Model, parts: &Parts) -> Result<String> {
    let operations = samples(model.name).map(|sample| sample.operation);
    let router = Router::new(operations, model.unbuilt);
    match router.find(parts) {
        Some(Route::Built(operation)) => Ok(operation.name.to_owned()),
        Some(Route::Unbuilt(unbuilt)) => Err(format!("the router found {}", unbuilt.name)),
        None => Err(format!("no route for {} {}", parts.method, parts.uri)),
    }
}

fn encode(asked: &Json) -> Result<Json> {
    let sample = sample(text(asked, "service")?, text(asked, "operation")?)?;
    let protocol = protocol(sample.operation, text(asked, "protocol")?)?;
    let mut output = (sample.output)();
    canonical::fill(&mut *output, asked.get("output").ok_or("no output")?)?;
    if let Ok(frames) = text(asked, "events") {
        events(&mut *output, protocol, decoded(frames)?);
    }
    response(protocol.encode(sample.operation, &mut *output, REQUEST_ID))
}

/// Lets an output's events come from frames: they are read, and written again.
fn events(output: &mut dyn Shape, protocol: Protocol, frames: Vec<u8>) {
    let member = output.schema().members.iter().position(|member| matches!(member.ty, Ty::Events(_)));
    if let Some(Edit::Events(slot)) = member.map(|index| output.edit_member(index)) {
        slot.fill(EventReader::new(protocol, frames.into()));
    }
}

fn fault(asked: &Json) -> Result<Json> {
    let sample = sample(text(asked, "service")?, text(asked, "operation")?)?;
    let operation = sample.operation;
    let protocol = protocol(operation, text(asked, "protocol")?)?;
    let name = text(asked, "name")?;
    let common = [&common::INVALID_PARAMETER_VALUE, &common::INTERNAL_FAILURE];
    let mut kinds = operation.errors.iter().chain(&common);
    let kind = kinds.find(|kind| kind.name == name).ok_or_else(|| format!("no error {name}"))?;
    let mut fault = Fault::new(kind, text(asked, "message")?);
    if let Some(detailed) = DETAILED.iter().find(|detailed| std::ptr::eq(detailed.kind, *kind)) {
        let mut detail = (detailed.detail)();
        canonical::fill(&mut *detail, asked.get("detail").unwrap_or(&Json::Object(Vec::new())))?;
        fault = fault.with_boxed_detail(detail);
    }
    response(protocol.encode_fault(operation.model, Some(operation), &fault, REQUEST_ID))
}

fn response(response: Response<Body>) -> Result<Json> {
    let (parts, body) = response.into_parts();
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        Json::List(vec![name.as_str().into(), value.into()])
    });
    let headers = headers.collect();
    Ok(Json::from([
        ("status", Json::Int(parts.status.as_u16().into())),
        ("headers", Json::List(headers)),
        ("body", BASE64.encode(&whole(body)?).into()),
    ]))
}

/// Nothing here ever has to be waited for.
fn whole(mut body: Body) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        match body.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(Ok(more))) => bytes.extend_from_slice(&more),
            Poll::Ready(Some(Err(error))) => return Err(error.to_string()),
            Poll::Ready(None) => return Ok(bytes),
            Poll::Pending => return Err("the body makes us wait".to_owned()),
        }
    }
}

fn samples(service: &str) -> impl Iterator<Item = &'static Sample> {
    SAMPLES.iter().filter(move |sample| sample.operation.model.name == service)
}

fn sample(service: &str, operation: &str) -> Result<&'static Sample> {
    samples(service)
        .find(|sample| sample.operation.name == operation)
        .ok_or_else(|| format!("{service} has no sample of {operation}"))
}

fn model(service: &str) -> Result<&'static Model> {
    let mut samples = samples(service);
    Ok(samples.next().ok_or_else(|| format!("no samples of {service}"))?.operation.model)
}

fn protocol(operation: &Operation, name: &str) -> Result<Protocol> {
    let mut protocols = operation.model.protocols.iter().copied();
    protocols
        .find(|protocol| format!("{protocol:?}") == name)
        .ok_or_else(|| format!("the service does not speak {name}"))
}

fn text<'a>(json: &'a Json, key: &str) -> Result<&'a str> {
    json.get(key).and_then(Json::as_str).ok_or_else(|| format!("no {key}"))
}
