//! The bodies of errors, protocol by protocol.

use super::Protocol;
use crate::{Fault, Location, Model, Operation, cbor, json, xml};

pub(crate) fn body(
    protocol: Protocol,
    model: &Model,
    operation: Option<&Operation>,
    fault: &Fault,
    request_id: &str,
) -> Vec<u8> {
    match protocol {
        Protocol::Query | Protocol::Ec2 | Protocol::RestXml => xml_body(protocol, model, fault, request_id),
        Protocol::Cbor => cbor_body(model, operation, fault),
        _ => json_body(protocol, model, operation, fault),
    }
}

fn xml_body(protocol: Protocol, model: &Model, fault: &Fault, request_id: &str) -> Vec<u8> {
    let kind = fault.kind();
    let mut xml = xml::Writer::new(protocol.dialect(model));
    let code = |xml: &mut xml::Writer| {
        xml.leaf("Code", kind.code);
        xml.leaf("Message", fault.message());
    };
    if protocol == Protocol::Ec2 {
        xml.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>");
        code(&mut xml);
        xml.raw("</Error></Errors>");
        xml.leaf("RequestID", request_id);
        xml.raw("</Response>");
    } else if model.is_s3() {
        xml.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
        code(&mut xml);
        detail(&mut xml, fault);
        xml.leaf("RequestId", request_id);
        xml.leaf("HostId", request_id);
        xml.raw("</Error>");
    } else {
        xml.open("ErrorResponse", model.xml_namespace);
        xml.open("Error", None);
        xml.leaf("Type", if kind.sender { "Sender" } else { "Receiver" });
        code(&mut xml);
        detail(&mut xml, fault);
        xml.close("Error");
        xml.leaf("RequestId", request_id);
        xml.close("ErrorResponse");
    }
    xml.into_bytes()
}

/// The error's members beside its message.
fn detail(xml: &mut xml::Writer, fault: &Fault) {
    if let Some(detail) = fault.detail() {
        xml.members_except(detail, |member| is_message(member.name));
    }
}

fn is_message(name: &str) -> bool {
    name.eq_ignore_ascii_case("message")
}

fn json_body(protocol: Protocol, model: &Model, operation: Option<&Operation>, fault: &Fault) -> Vec<u8> {
    let mut writer = json::Writer::with_capacity(256);
    writer.byte(b'{');
    if protocol != Protocol::RestJson {
        writer.raw("\"__type\":");
        writer.string(&type_name(model, operation, fault));
        writer.byte(b',');
    }
    writer.string(fault.kind().message);
    writer.byte(b':');
    writer.string(fault.message());
    if let Some(detail) = fault.detail() {
        json::write_members(&mut writer, detail, false, |member| {
            member.location == Location::Body && !is_message(member.name)
        });
    }
    writer.byte(b'}');
    writer.into_bytes()
}

fn cbor_body(model: &Model, operation: Option<&Operation>, fault: &Fault) -> Vec<u8> {
    let mut writer = cbor::Writer::default();
    writer.open_map();
    writer.text("__type");
    writer.text(&type_name(model, operation, fault));
    writer.text(fault.kind().message);
    writer.text(fault.message());
    if let Some(detail) = fault.detail() {
        cbor::write_members(&mut writer, detail, |member| !is_message(member.name));
    }
    writer.end();
    writer.into_bytes()
}

/// Errors that the operation's model does not name are in the namespace of AWS's own framework.
fn type_name(model: &Model, operation: Option<&Operation>, fault: &Fault) -> String {
    let name = match fault.kind().name {
        name if !model.query_compatible => name,
        "AccessDenied" => "AccessDeniedException",
        "MissingParameter" => "MissingRequiredParameterException",
        name => name,
    };
    let named = operation.is_some_and(|operation| operation.errors.iter().any(|error| error.name == name));
    match model.error_namespace {
        None => name.to_owned(),
        Some(namespace) if named => format!("{namespace}#{name}"),
        Some(_) => format!("com.amazon.coral.service#{name}"),
    }
}

/// The status of a JSON error of a service that left the Query protocol: that protocol's.
pub(crate) fn query_status(fault: &Fault) -> u16 {
    match fault.kind().name {
        "UnrecognizedClientException" | "InvalidSignatureException" | "ExpiredTokenException" => 403,
        _ => fault.kind().status,
    }
}

/// The code that a service which left the Query protocol still tells in a header.
pub(crate) fn query_code(fault: &Fault) -> &'static str {
    match fault.kind().name {
        "UnknownOperationException" => "InvalidAction",
        "SerializationException" => "MalformedInput",
        "UnrecognizedClientException" => "InvalidClientTokenId",
        "InvalidSignatureException" => "SignatureDoesNotMatch",
        "IncompleteSignatureException" => "IncompleteSignature",
        "AccessDeniedException" => "AccessDenied",
        _ => fault.kind().code,
    }
}
