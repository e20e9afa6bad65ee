//! The protocols, and what a front needs of each: decode a request, encode an answer or a fault.

mod fault;
mod request;

use crate::{
    Body, DecodeError, Fault, Malformed, Model, Operation, Shape, Violation, common, json, query,
    xml::{self, Dialect, Names},
};
use http::{HeaderValue, Response, header, request::Parts};

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
        _operation: &Operation,
        parts: &Parts,
        body: Body,
        input: &mut dyn Shape,
        violations: &mut Vec<Violation>,
    ) -> Result<(), DecodeError> {
        let body = match &body {
            Body::Empty => &[][..],
            Body::Full(bytes) => bytes,
            Body::Stream { .. } => return Err(DecodeError::new("The body was not read")),
        };
        match self {
            Protocol::Json10 | Protocol::Json11 => {
                let text = utf8(body)?;
                let text = if text.trim_ascii().is_empty() { "{}" } else { text };
                json::read_shape(text, input, violations)
            }
            Protocol::Query | Protocol::Ec2 => {
                let query = parts.uri.query().unwrap_or_default();
                query::read_shape(query, utf8(body)?, self == Protocol::Ec2, input, violations)
            }
            _ => Err(DecodeError::new("protocol not built")),
        }
    }

    /// The answer to a call that succeeded. A streaming member is taken out of the output.
    pub fn encode(self, operation: &Operation, output: &mut dyn Shape, request_id: &str) -> Response<Body> {
        let body = match self {
            Protocol::Query | Protocol::Ec2 => self.xml_answer(operation, output, request_id),
            _ => {
                let mut writer = json::Writer::with_capacity(256);
                json::write_shape(&mut writer, output);
                writer.into_bytes()
            }
        };
        self.response(operation.model, 200, body, request_id)
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
        _operation: Option<&Operation>,
        fault: &Fault,
        request_id: &str,
    ) -> Response<Body> {
        let body = fault::body(self, model, fault, request_id);
        let kind = fault.kind();
        let mut response = self.response(model, kind.status, body, request_id);
        if model.query_compatible && !self.is_xml() {
            let blame = if kind.sender { "Sender" } else { "Receiver" };
            if let Ok(value) = HeaderValue::try_from(format!("{};{blame}", kind.code)) {
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
        make(error.message.as_str())
    }

    fn response(self, model: &Model, status: u16, body: Vec<u8>, request_id: &str) -> Response<Body> {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type()));
        if let Ok(value) = HeaderValue::from_str(request_id) {
            if model.is_s3() {
                headers.insert("x-amz-id-2", value.clone());
            }
            headers.insert(if model.is_s3() { "x-amz-request-id" } else { "x-amzn-requestid" }, value);
        }
        response
    }

    fn dialect(self, model: &Model) -> Dialect {
        Dialect {
            names: if self == Protocol::Query { Names::Query } else { Names::Wire },
            millis: self == Protocol::Ec2 || model.is_s3(),
            rest: self == Protocol::RestXml,
        }
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

fn utf8(body: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(body).map_err(|_| DecodeError::new("The body is not UTF-8"))
}
