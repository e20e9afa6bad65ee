//! An operation with empty values of its input and output, for code that knows operations by name only.

use wire::{Input, Operation, Shape};

pub struct Sample {
    pub operation: &'static Operation,
    pub input: fn() -> Box<dyn Shape>,
    pub output: fn() -> Box<dyn Shape>,
}

impl Sample {
    pub(crate) const fn of<I: Input>() -> Sample {
        Sample {
            operation: I::OPERATION,
            input: || Box::new(I::default()),
            output: || Box::new(I::Output::default()),
        }
    }
}
