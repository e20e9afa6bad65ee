//! Turns violations of the model's constraints into the fault that the service would answer.

use wire::{Constraint, Fault, Model, Violation, common};

pub(crate) fn fault(_model: &Model, violations: &[Violation]) -> Fault {
    match violations {
        [Violation { path, constraint: Constraint::Required, .. }, ..] => {
            common::missing_parameter(format!("The request must contain the parameter {path}."))
        }
        _ => common::validation(format!("{violations:?}")),
    }
}
