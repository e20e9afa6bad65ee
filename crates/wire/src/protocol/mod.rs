//! The protocols, and what a front needs of each: decode a request, encode an answer or a fault.

mod fault;
mod request;

use crate::{
    Body, Bytes, DecodeError, Edit, EventReader, Fault, Malformed, Model, Operation, Schema, Shape, Ty, Violation,
    cbor, common,
    events::{self, Encoder},
    json, query, rest,
    xml::{self, Dialect, Names},
};
pub(crate) use fault::body as fault_document;
use fault::{query_code, query_status};
use http::{HeaderName, HeaderValue, Response, header, request::Parts};
pub use request::{SMITHY_PROTOCOL, TARGET};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    Json10,
    Json11,
    Query,
    Ec2,
    RestJson,
    RestXml,
    Cbor,
}

impl Protocol {
    /// Fills `input` from a request. The body was read into one piece, unless [`Operation::streams_input`]: then it
    /// becomes the input's member as it is. Missing required members become violations.
    pub fn decode(
        self,
        operation: &Operation,
        parts: &Parts,
        body: Body,
        input: &mut dyn Shape,
        violations: &mut Vec<Violation>,
    ) -> Result<(), DecodeError> {
        if self.is_rest() {
            return rest::decode(self, operation, parts, body, input, violations);
        }
        if let Some(index) = events_member(operation.input) {
            // The other members would be in the stream's first event, which is still to come.
            if let Edit::Events(slot) = input.edit_member(index) {
                slot.fill(EventReader::new(self, body));
            }
            return Ok(());
        }
        let body = whole(body)?;
        match self {
            Protocol::Json10 | Protocol::Json11 => {
                let text = utf8(&body)?;
                let text = if text.trim_ascii().is_empty() { "{}" } else { text };
                json::read_shape(text, input, violations)
            }
            Protocol::Query | Protocol::Ec2 => {
                let query = parts.uri.query().unwrap_or_default();
                query::read_shape(query, utf8(&body)?, self == Protocol::Ec2, input, violations)
            }
            Protocol::Cbor if body.is_empty() => cbor::read_shape(&[0xa0], input, violations),
            Protocol::Cbor => cbor::read_shape(&body, input, violations),
            Protocol::RestJson | Protocol::RestXml => {
                rest::decode(self, operation, parts, body.into(), input, violations)
            }
        }
    }

    /// The answer to a call that succeeded. A streaming member is taken out of the output.
    pub fn encode(self, operation: &Operation, output: &mut dyn Shape, request_id: &str) -> Response<Body> {
        if self.is_rest() {
            return rest::encode(self, operation, output, request_id);
        }
        if let Some(body) = self.event_body(operation, output) {
            return self.respond(operation.model, 200, body, events::CONTENT_TYPE, request_id);
        }
        let body = match self {
            Protocol::Query | Protocol::Ec2 => self.xml_answer(operation, output, request_id),
            Protocol::Cbor => {
                let mut writer = cbor::Writer::default();
                cbor::write_shape(&mut writer, output);
                writer.into_bytes()
            }
            _ => {
                let mut writer = json::Writer::with_capacity(1024);
                match operation.model.query_compatible {
                    true => json::write_filled(&mut writer, output),
                    false => json::write_shape(&mut writer, output),
                }
                writer.into_bytes()
            }
        };
        self.respond(operation.model, 200, body.into(), self.content_type(), request_id)
    }

    /// `<XResponse xmlns><XResult>…</XResult><ResponseMetadata>…`; EC2's has the members at the top, behind `requestId`.
    fn xml_answer(self, operation: &Operation, output: &dyn Shape, request_id: &str) -> Vec<u8> {
        let mut xml = xml::Writer::new(self.dialect(operation.model));
        let root = format!("{}Response", operation.name);
        xml.open(&root, operation.model.xml_namespace);
        if self == Protocol::Ec2 {
            xml.leaf("requestId", request_id);
            xml.members(output);
        } else {
            if let Some(wrapper) = operation.result_wrapper {
                xml.shape(wrapper, None, output);
            }
            xml.open("ResponseMetadata", None);
            xml.leaf("RequestId", request_id);
            xml.close("ResponseMetadata");
        }
        xml.close(&root);
        xml.into_bytes()
    }

    /// The answer to a call that failed; `operation` is unknown where the request did not get that far.
    pub fn encode_fault(
        self,
        model: &Model,
        operation: Option<&Operation>,
        fault: &Fault,
        request_id: &str,
    ) -> Response<Body> {
        let kind = fault.kind();
        let body = match kind.status {
            // Not Modified has no body.
            304 => Vec::new(),
            _ => fault_document(self, model, operation, fault, request_id),
        };
        let left_query = model.query_compatible && !self.is_xml();
        let status = if left_query { query_status(fault) } else { kind.status };
        let mut response = self.respond(model, status, body.into(), self.content_type(), request_id);
        if let Some(detail) = fault.detail().filter(|_| self.is_rest()) {
            rest::fault_headers(detail, response.headers_mut());
        }
        if self == Protocol::RestJson
            && let Ok(name) = HeaderValue::from_str(kind.name)
        {
            response.headers_mut().insert("x-amzn-errortype", name);
        }
        if left_query {
            let blame = if kind.sender { "Sender" } else { "Receiver" };
            if let Ok(value) = HeaderValue::try_from(format!("{};{blame}", query_code(fault))) {
                response.headers_mut().insert("x-amzn-query-error", value);
            }
        }
        response
    }

    /// The fault for a request that does not follow this protocol.
    pub fn malformed(self, error: &DecodeError) -> Fault {
        let make = match (self, error.part) {
            (_, Malformed::Size) => common::request_entity_too_large,
            (Protocol::Query, Malformed::Body | Malformed::Parameter) => common::malformed_input,
            (Protocol::Ec2, Malformed::Body | Malformed::Parameter) => common::invalid_parameter_value,
            (Protocol::RestXml, Malformed::Body) => common::malformed_xml,
            (Protocol::RestXml, Malformed::Parameter) => common::invalid_argument,
            _ => common::serialization,
        };
        match self {
            // S3 says no more than this; what is wrong with it is for the log.
            Protocol::RestXml if error.part == Malformed::Body => make(MALFORMED_XML.to_owned()),
            _ => make(error.message.clone()),
        }
    }

    pub(crate) fn dialect(self, model: &Model) -> Dialect {
        Dialect {
            names: if self == Protocol::Query { Names::Query } else { Names::Wire },
            millis: self == Protocol::Ec2 || model.is_s3(),
            rest: self == Protocol::RestXml,
        }
    }

    /// The body of an answer whose output has events. They are taken out of it.
    pub(crate) fn event_body(self, operation: &Operation, output: &mut dyn Shape) -> Option<Body> {
        let index = events_member(output.schema())?;
        let Ty::Events(union) = output.schema().members[index].ty else { return None };
        let encoder = Encoder { protocol: self, model: operation.model, union };
        let first = (!self.is_rest()).then(|| encoder.initial_response(output));
        let events = match output.edit_member(index) {
            Edit::Events(slot) => slot.take(),
            _ => None,
        };
        Some(events::body(encoder, first, events))
    }

    /// A response with the headers that every answer has; no content type where it is empty.
    pub(crate) fn respond(
        self,
        model: &Model,
        status: u16,
        body: Body,
        content_type: &'static str,
        request_id: &str,
    ) -> Response<Body> {
        let mut response = Response::new(body);
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if !content_type.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        if self == Protocol::Cbor {
            headers.insert(SMITHY_PROTOCOL, HeaderValue::from_static("rpc-v2-cbor"));
        }
        if let Ok(value) = HeaderValue::from_str(request_id) {
            if model.is_s3() {
                headers.insert(HeaderName::from_static("x-amz-id-2"), value.clone());
                headers.insert(HeaderName::from_static("x-amz-request-id"), value);
            } else {
                headers.insert(const { HeaderName::from_static("x-amzn-requestid") }, value);
            }
        }
        response
    }

    fn is_rest(self) -> bool {
        matches!(self, Protocol::RestJson | Protocol::RestXml)
    }

    fn is_xml(self) -> bool {
        matches!(self, Protocol::Query | Protocol::Ec2 | Protocol::RestXml)
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Protocol::Json10 => "application/x-amz-json-1.0",
            Protocol::Json11 => "application/x-amz-json-1.1",
            // EC2 says its charset, the Query services do not.
            Protocol::Query => "text/xml",
            Protocol::Ec2 => "text/xml;charset=UTF-8",
            Protocol::RestJson => "application/json",
            Protocol::RestXml => "application/xml",
            Protocol::Cbor => "application/cbor",
        }
    }
}

/// S3's sentence for any fault of a body.
pub(crate) const MALFORMED_XML: &str =
    "The XML you provided was not well-formed or did not validate against our published schema";

fn events_member(schema: &Schema) -> Option<usize> {
    schema.members.iter().position(|member| matches!(member.ty, Ty::Events(_)))
}

pub(crate) fn utf8(body: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(body).map_err(|_| DecodeError::new("The body is not UTF-8"))
}

/// The bytes of a body that was read.
pub(crate) fn whole(body: Body) -> Result<Bytes, DecodeError> {
    match body {
        Body::Empty => Ok(Bytes::new()),
        Body::Full(bytes) => Ok(bytes),
        Body::Stream { .. } => Err(DecodeError::new("The body was not read")),
    }
}
