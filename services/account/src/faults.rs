//! The faults of Account Management. AWS documents none of its sentences; those without a source are guesses.

use account_api::{fault, *};
use kernel::Cx;
use wire::Fault;

pub fn denied(message: impl Into<String>) -> Fault {
    fault::access_denied_exception(message, AccessDeniedException::default())
}

/// IAM's sentence, which AWS also answers where it is the organization that does not allow it, with the reason behind it.
pub fn not_authorized(cx: &Cx, action: &str, reason: &str) -> Fault {
    let user = cx.caller().arn(cx.region());
    let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    denied(format!("User: {user} is not authorized to perform: {action}{reason}"))
}

pub fn not_found(message: &str) -> Fault {
    fault::resource_not_found_exception(message, ResourceNotFoundException::default())
}

pub fn conflict(message: impl Into<String>) -> Fault {
    fault::conflict_exception(message, ConflictException::default())
}

pub fn too_many_requests(message: &str) -> Fault {
    fault::too_many_requests_exception(message, TooManyRequestsException::default())
}

/// One field that is wrong.
pub fn invalid(reason: ValidationExceptionReason, field: &str, message: impl Into<String>) -> Fault {
    let message = message.into();
    let field = ValidationExceptionField { name: field.to_owned(), message: message.clone() };
    fault::validation_exception(message, ValidationException { reason: Some(reason), field_list: Some(vec![field]) })
}
