//! What is wrong with a value, an expression or its use, as DynamoDB says it.

use std::fmt;

/// The message of a `ValidationException`.
///
/// AWS puts `1 validation error detected: ` before what a request alone shows to be wrong ([`Stage::Request`]) in PutItem,
/// UpdateItem and DeleteItem, and in more operations and regions as time goes by; that envelope is the service's to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    message: String,
    stage: Stage,
    older: Option<String>,
}

/// What must be known to find an error, which is also when AWS finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The request.
    Request,
    /// The table: the names and types of its keys.
    Table,
    /// The item.
    Item,
}

impl Error {
    pub(super) fn request(message: impl Into<String>) -> Error {
        Error { message: message.into(), stage: Stage::Request, older: None }
    }

    pub(super) fn table(message: impl Into<String>) -> Error {
        Error { message: message.into(), stage: Stage::Table, older: None }
    }

    pub(super) fn item(message: impl Into<String>) -> Error {
        Error { message: message.into(), stage: Stage::Item, older: None }
    }

    /// `One or more parameter values were invalid: …`
    pub(super) fn invalid(detail: impl fmt::Display) -> Error {
        Error::request(format!("One or more parameter values were invalid: {detail}"))
    }

    /// With what [`Error::older`] says.
    pub(super) fn with_older(self, message: impl Into<String>) -> Error {
        Error { older: Some(message.into()), ..self }
    }

    pub(super) fn at(self, stage: Stage) -> Error {
        Error { stage, ..self }
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    /// The message as BatchWriteItem, TransactWriteItems, TransactGetItems and Scan have it: they check values in an older
    /// layer. The same as [`Error::message`] for most.
    pub fn older(&self) -> &str {
        self.older.as_deref().unwrap_or(&self.message)
    }

    pub fn stage(&self) -> Stage {
        self.stage
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
