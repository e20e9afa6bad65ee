//! Answers: status, headers and body from where the model puts each member.

use super::header;
use crate::{Body, Edit, Flags, Location, Model, Operation, Protocol, Schema, Shape, View, events, json, xml};
use http::{HeaderMap, HeaderName, HeaderValue, Response};

pub(crate) fn encode(
    protocol: Protocol,
    operation: &Operation,
    output: &mut dyn Shape,
    request_id: &str,
) -> Response<Body> {
    let schema = output.schema();
    let (body, content_type) = match schema.payload {
        Some(index) => payload(protocol, operation, index, output),
        None if schema.members.iter().any(|member| member.location == Location::Body) => {
            (document(protocol, operation.model, schema.xml_name, output).into(), protocol.content_type())
        }
        None => (Body::Empty, ""),
    };
    let status = status(operation, output);
    let mut response = protocol.respond(operation.model, status, body, content_type, request_id);
    fault_headers(output, response.headers_mut());
    response
}

fn status(operation: &Operation, output: &dyn Shape) -> u16 {
    let member = output.schema().members.iter().position(|member| member.location == Location::Status);
    match member.map(|index| output.get(index)) {
        Some(View::Int(status)) => u16::try_from(status).unwrap_or(operation.status),
        _ => operation.status,
    }
}

/// Sets the headers that a shape's members are; errors have some, too.
pub(crate) fn fault_headers(shape: &dyn Shape, headers: &mut HeaderMap) {
    let mut set = |name: &str, value: String| {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    };
    for (index, member) in shape.schema().members.iter().enumerate() {
        match (member.location, shape.get(index)) {
            (_, View::Unset) => {}
            (Location::Header, view) => {
                if let Some(text) = header::text(member, &view) {
                    set(member.wire, text);
                }
            }
            (Location::PrefixHeaders, View::Map(map)) => {
                for at in 0..map.len() {
                    if let (key, View::Str(value)) = map.at(at) {
                        set(&[member.wire, key].concat(), value.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
}

/// The member that is the whole body, and its content type, which a header member may override.
fn payload(protocol: Protocol, operation: &Operation, index: usize, output: &mut dyn Shape) -> (Body, &'static str) {
    let model = operation.model;
    let schema = output.schema();
    let member = &schema.members[index];
    match output.get(index) {
        View::Shape(shape) => {
            // The member's own name counts where the model gives it one, then what the service says.
            let own = (member.wire != member.name).then_some(member.wire);
            let name = own.or(schema.xml_name).or(shape.schema().xml_name);
            (document(protocol, model, name, shape).into(), protocol.content_type())
        }
        View::Blob(bytes) => (bytes.clone().into(), "application/octet-stream"),
        View::Str(text) => (text.to_owned().into(), "text/plain"),
        View::Document(json) => (json.to_string().into(), "application/json"),
        View::Body(_) => match output.edit_member(index) {
            Edit::Body(body) => (std::mem::take(body), "application/octet-stream"),
            _ => (Body::Empty, ""),
        },
        View::Events => match protocol.event_body(operation, output) {
            Some(body) => (body, events::CONTENT_TYPE),
            None => (Body::Empty, ""),
        },
        _ => (Body::Empty, ""),
    }
}

/// A body of the protocol's own syntax.
fn document(protocol: Protocol, model: &Model, name: Option<&'static str>, shape: &dyn Shape) -> Vec<u8> {
    if protocol != Protocol::RestXml {
        let mut writer = json::Writer::with_capacity(256);
        json::write_shape(&mut writer, shape);
        return writer.into_bytes();
    }
    let schema = shape.schema();
    let mut writer = xml::Writer::new(protocol.dialect(model));
    writer.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let namespace = schema.xml_namespace.or(model.xml_namespace.map(|uri| ("", uri)));
    match unwrapped(schema) {
        Some(index) => writer.root_text(&schema.members[index], namespace, &shape.get(index)),
        None => writer.shape(name.unwrap_or(schema.name), namespace, shape),
    }
    writer.into_bytes()
}

/// The member whose element is the root itself (`GetBucketLocation`).
fn unwrapped(schema: &Schema) -> Option<usize> {
    schema.members.iter().position(|member| member.has(Flags::UNWRAPPED))
}
