//! Operations and errors with empty values of their types, for code that knows them by name only.

use wire::{ErrorKind, Input, Operation, Shape};

pub struct Sample {
    pub operation: &'static Operation,
    pub input: fn() -> Box<dyn Shape>,
    pub output: fn() -> Box<dyn Shape>,
}

/// An error that has members beside its message.
pub struct Detailed {
    pub kind: &'static ErrorKind,
    pub detail: fn() -> Box<dyn Shape>,
}

impl Sample {
    pub(crate) const fn of<I: Input>() -> Sample {
        Sample { operation: I::OPERATION, input: || Box::new(I::default()), output: || Box::new(I::Output::default()) }
    }
}

impl Detailed {
    pub(crate) const fn of<D: Shape + Default>(kind: &'static ErrorKind) -> Detailed {
        Detailed { kind, detail: || Box::new(D::default()) }
    }
}
