//! What is wrong with a value, an expression or its use, as DynamoDB says it.

use std::fmt;

/// The message of a `ValidationException`.
///
/// AWS puts `1 validation error detected: ` before what a request alone shows to be wrong ([`Stage::Request`]) in PutItem,
/// UpdateItem and DeleteItem, and in more operations and regions as time goes by; that envelope is the service's to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Found>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
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
    fn new(message: impl Into<String>, stage: Stage) -> Error {
        Error(Box::new(Found { message: message.into(), stage, older: None }))
    }

    pub(super) fn request(message: impl Into<String>) -> Error {
        Error::new(message, Stage::Request)
    }

    pub(super) fn table(message: impl Into<String>) -> Error {
        Error::new(message, Stage::Table)
    }

    pub(super) fn item(message: impl Into<String>) -> Error {
        Error::new(message, Stage::Item)
    }

    /// `One or more parameter values were invalid: …`
    pub(super) fn invalid(detail: impl fmt::Display) -> Error {
        Error::request(format!("One or more parameter values were invalid: {detail}"))
    }

    /// With what [`Error::older`] says.
    pub(super) fn with_older(mut self, message: impl Into<String>) -> Error {
        self.0.older = Some(message.into());
        self
    }

    pub(super) fn at(mut self, stage: Stage) -> Error {
        self.0.stage = stage;
        self
    }

    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The message as BatchWriteItem, TransactWriteItems, TransactGetItems and Scan have it: they check values in an older
    /// layer. The same as [`Error::message`] for most.
    pub fn older(&self) -> &str {
        self.0.older.as_deref().unwrap_or(&self.0.message)
    }

    pub fn stage(&self) -> Stage {
        self.0.stage
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}
