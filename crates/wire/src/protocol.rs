//! The protocols, and what a front needs of each: decode a request, encode an answer or a fault.

use crate::{Body, DecodeError, Fault, Model, Operation, Shape, Violation, json};
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
    /// Fills `input` from a request whose body was read. Missing required members become violations.
    pub fn decode(
        self,
        _operation: &Operation,
        _parts: &Parts,
        body: &[u8],
        input: &mut dyn Shape,
        violations: &mut Vec<Violation>,
    ) -> Result<(), DecodeError> {
        match self {
            Protocol::Json10 | Protocol::Json11 => {
                let text = std::str::from_utf8(body).map_err(|_| DecodeError::new("The body is not UTF-8"))?;
                let text = if text.trim_ascii().is_empty() { "{}" } else { text };
                json::read_shape(text, input, violations)
            }
            _ => Err(DecodeError::new("protocol not built")),
        }
    }

    pub fn of_request(model: &Model, parts: &Parts, _body: &[u8]) -> Option<(Protocol, String)> {
        let target = parts.headers.get("x-amz-target")?.to_str().ok()?;
        Some((*model.protocols.first()?, target.rsplit_once('.')?.1.to_owned()))
    }

    pub fn malformed(self, error: &DecodeError) -> Fault {
        crate::common::serialization(error.to_string())
    }

    /// The answer to a call that succeeded.
    pub fn encode(self, _operation: &Operation, output: &dyn Shape, request_id: &str) -> Response<Body> {
        let mut writer = json::Writer::with_capacity(256);
        json::write_shape(&mut writer, output);
        self.response(200, writer.into_bytes(), request_id)
    }

    /// The answer to a call that failed; `operation` is unknown where the request did not get that far.
    pub fn encode_fault(
        self,
        model: &Model,
        _operation: Option<&Operation>,
        fault: &Fault,
        request_id: &str,
    ) -> Response<Body> {
        let kind = fault.kind();
        let mut writer = json::Writer::with_capacity(256);
        writer.raw("{\"__type\":");
        match model.error_namespace {
            Some(namespace) => writer.string(&format!("{namespace}#{}", kind.name)),
            None => writer.string(kind.name),
        }
        writer.raw(",\"message\":");
        writer.string(fault.message());
        writer.byte(b'}');
        let mut response = self.response(kind.status, writer.into_bytes(), request_id);
        if model.query_compatible {
            let blame = if kind.sender { "Sender" } else { "Receiver" };
            if let Ok(value) = HeaderValue::try_from(format!("{};{blame}", kind.code)) {
                response.headers_mut().insert("x-amzn-query-error", value);
            }
        }
        response
    }

    fn response(self, status: u16, body: Vec<u8>, request_id: &str) -> Response<Body> {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type()));
        if let Ok(value) = HeaderValue::from_str(request_id) {
            headers.insert("x-amzn-requestid", value);
        }
        response
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Protocol::Json10 => "application/x-amz-json-1.0",
            Protocol::Json11 => "application/x-amz-json-1.1",
            Protocol::Query | Protocol::Ec2 => "text/xml",
            Protocol::RestJson => "application/json",
            Protocol::RestXml => "application/xml",
            Protocol::Cbor => "application/cbor",
        }
    }
}
