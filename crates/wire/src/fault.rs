//! Errors as clients see them.

use crate::Shape;
use std::fmt;

/// An error that a service's model names, or one that every service may answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorKind {
    /// The shape's name, the code in JSON protocols: `QueueDoesNotExist`.
    pub name: &'static str,
    /// The code in Query and XML protocols: `AWS.SimpleQueueService.NonExistentQueue`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The caller is to blame, not the service.
    pub sender: bool,
    /// What the model calls the message's member: `message` or `Message`.
    pub message: &'static str,
}

impl ErrorKind {
    /// An error of this kind.
    pub fn fault(self, message: impl Into<String>) -> Fault {
        Fault::new(&self, message)
    }
}

/// A failed call.
pub struct Fault(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    detail: Option<Box<dyn Shape>>,
}

impl Fault {
    pub fn new(kind: &ErrorKind, message: impl Into<String>) -> Fault {
        Fault(Box::new(Inner { kind: *kind, message: message.into(), detail: None }))
    }

    /// With the members that the model gives this error beside its message.
    #[must_use]
    pub fn with_detail(self, detail: impl Shape) -> Fault {
        self.with_boxed_detail(Box::new(detail))
    }

    #[must_use]
    pub fn with_boxed_detail(mut self, detail: Box<dyn Shape>) -> Fault {
        self.0.detail = Some(detail);
        self
    }

    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub fn detail(&self) -> Option<&dyn Shape> {
        self.0.detail.as_deref()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind.code, self.0.message)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Fault {}

/// A request that does not follow its protocol. What it is called on the wire depends on the protocol: see
/// [`Protocol::malformed`](crate::Protocol::malformed).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    pub part: Malformed,
    pub message: String,
}

/// What of a request is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The body's text.
    Body,
    /// A value in a form, query string, header or path.
    Parameter,
    /// Something is more than this cloud takes.
    Size,
}

impl DecodeError {
    pub fn new(message: impl Into<String>) -> DecodeError {
        DecodeError { part: Malformed::Body, message: message.into() }
    }

    pub fn parameter(message: impl Into<String>) -> DecodeError {
        DecodeError { part: Malformed::Parameter, message: message.into() }
    }

    pub fn too_large(message: impl Into<String>) -> DecodeError {
        DecodeError { part: Malformed::Size, message: message.into() }
    }
}

/// Errors that belong to no single service. AWS documents them as "Common Errors" of each service.
pub mod common {
    use super::{ErrorKind, Fault};

    macro_rules! common { ($($(#[$doc:meta])* $kind:ident, $make:ident = $name:literal $status:literal $sender:literal;)*) => {$(
        pub static $kind: ErrorKind = ErrorKind { name: $name, code: $name, status: $status, sender: $sender, message: "message" };
        $(#[$doc])*
        pub fn $make(message: impl Into<String>) -> Fault { Fault::new(&$kind, message) }
    )*} }

    /// JSON calls it by the name that AWS's framework has for it.
    pub static MISSING_PARAMETER: ErrorKind = ErrorKind {
        name: "MissingRequiredParameterException",
        code: "MissingParameter",
        status: 400,
        sender: true,
        message: "message",
    };

    common! {
        ACCESS_DENIED, access_denied = "AccessDenied" 403 true;
        /// JSON services say it with the suffix.
        ACCESS_DENIED_EXCEPTION, access_denied_exception = "AccessDeniedException" 400 true;
        /// Something of ours broke; the message is for the log, not for the caller's logic.
        INTERNAL_FAILURE, internal_failure = "InternalFailure" 500 false;
        INVALID_ACTION, invalid_action = "InvalidAction" 400 true;
        UNKNOWN_OPERATION, unknown_operation = "UnknownOperationException" 400 true;
        SERIALIZATION, serialization = "SerializationException" 400 true;
        VALIDATION, validation = "ValidationException" 400 true;
        VALIDATION_ERROR, validation_error = "ValidationError" 400 true;
        /// What REST-JSON services of API Gateway's kind answer instead of a ValidationException.
        BAD_REQUEST_EXCEPTION, bad_request_exception = "BadRequestException" 400 true;
        INVALID_PARAMETER_VALUE, invalid_parameter_value = "InvalidParameterValue" 400 true;
        MALFORMED_QUERY_STRING, malformed_query_string = "MalformedQueryString" 400 true;
        MALFORMED_INPUT, malformed_input = "MalformedInput" 400 true;
        /// S3's, for a header or query parameter that does not parse.
        INVALID_ARGUMENT, invalid_argument = "InvalidArgument" 400 true;
        MALFORMED_XML, malformed_xml = "MalformedXML" 400 true;
        REQUEST_ENTITY_TOO_LARGE, request_entity_too_large = "RequestEntityTooLarge" 413 true;
        SERVICE_UNAVAILABLE, service_unavailable = "ServiceUnavailable" 503 false;
        THROTTLING, throttling = "ThrottlingException" 400 true;
        /// The operation, service or member exists on AWS and not here; the message names it.
        NOT_IMPLEMENTED, not_implemented = "NotImplemented" 501 false;
    }
}
