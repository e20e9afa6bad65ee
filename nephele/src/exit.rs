//! Exit statuses that scripts can tell apart.

use std::process::ExitCode;

/// No cloud answers where one was looked for.
pub const NO_CLOUD: u8 = 3;
/// The address or the data directory is in use.
pub const IN_USE: u8 = 4;

/// An error with a status of its own; any other one ends with 1.
#[derive(Debug)]
pub struct Exit {
    pub status: u8,
    pub message: String,
}

impl Exit {
    pub fn new(status: u8, message: impl Into<String>) -> Exit {
        Exit { status, message: message.into() }
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Exit {}

pub fn status(error: &anyhow::Error) -> ExitCode {
    ExitCode::from(error.downcast_ref::<Exit>().map_or(1, |exit| exit.status))
}
