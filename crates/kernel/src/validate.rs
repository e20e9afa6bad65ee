//! Turns violations of the model's constraints into the fault that the service would answer.

use wire::{Constraint, ErrorKind, Fault, Model, Shape, View, Violation, common};

static MISSING_REQUIRED_PARAMETER: ErrorKind = ErrorKind {
    name: "MissingRequiredParameterException",
    code: "MissingParameter",
    status: 400,
    sender: true,
    message: "message",
};

pub(crate) fn fault(model: &Model, input: &dyn Shape, violations: &[Violation]) -> Option<Fault> {
    if model.query_compatible {
        return missing_number(input, violations);
    }
    match violations {
        [] => None,
        [Violation { path, constraint: Constraint::Required, .. }, ..] => {
            Some(common::missing_parameter(format!("The request must contain the parameter {path}.")))
        }
        _ => Some(common::validation(format!("{violations:?}"))),
    }
}

/// A service that left the Query protocol checks its values itself, and takes what is missing as what is empty. Only of a
/// number its handler cannot see that it is missing.
fn missing_number(input: &dyn Shape, violations: &[Violation]) -> Option<Fault> {
    let number = |violation: &&Violation| {
        let member = input.schema().index(&violation.path).map(|index| input.get(index));
        violation.constraint == Constraint::Required && matches!(member, Some(View::Int(_)))
    };
    let missing = violations.iter().find(number)?;
    let message = format!("The request must contain the parameter {}.", missing.path);
    Some(Fault::new(&MISSING_REQUIRED_PARAMETER, message))
}
