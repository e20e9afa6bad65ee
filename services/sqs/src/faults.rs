//! Faults that SQS answers and its model does not name, and the sentences that several operations share.

use sqs_api::fault;
use wire::{ErrorKind, Fault};

static INVALID_PARAMETER_VALUE: ErrorKind = ErrorKind {
    name: "InvalidParameterValueException",
    code: "InvalidParameterValue",
    status: 400,
    sender: true,
    message: "message",
};
static MISSING_PARAMETER: ErrorKind = ErrorKind {
    name: "MissingRequiredParameterException",
    code: "MissingParameter",
    status: 400,
    sender: true,
    message: "message",
};

pub fn invalid_parameter(message: impl Into<String>) -> Fault {
    Fault::new(&INVALID_PARAMETER_VALUE, message)
}

/// AWS's frame around a reason.
pub fn invalid_value(value: impl std::fmt::Display, parameter: &str, reason: &str) -> Fault {
    invalid_parameter(format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}"))
}

pub fn missing_parameter(name: &str) -> Fault {
    Fault::new(&MISSING_PARAMETER, format!("The request must contain the parameter {name}."))
}

pub fn no_such_queue() -> Fault {
    fault::queue_does_not_exist("The specified queue does not exist.")
}

/// Of a FIFO message whose visibility timeout is over, or that was received again.
pub fn expired_receipt_handle(handle: &str) -> Fault {
    invalid_value(handle, "ReceiptHandle", "The receipt handle has expired.")
}

pub fn invalid_receipt_handle(handle: &str) -> Fault {
    fault::receipt_handle_is_invalid(format!("The input receipt handle \"{handle}\" is not a valid receipt handle."))
}
