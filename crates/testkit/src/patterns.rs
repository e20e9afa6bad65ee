//! The patterns that a model constrains texts with, for services that match them by hand.

use wire::{Operation, Ty};

/// The patterns in the inputs of operations.
pub fn patterns(operations: &[&Operation]) -> Vec<&'static str> {
    let mut found = Vec::new();
    for operation in operations {
        operation.input.members.iter().for_each(|member| look(member.ty, &mut found));
    }
    found
}

fn look(ty: &Ty, found: &mut Vec<&'static str>) {
    match ty {
        Ty::Str(text) => found.extend(text.pattern),
        Ty::List(list) => look(list.item, found),
        Ty::Shape(schema) => schema.members.iter().for_each(|member| look(member.ty, found)),
        _ => {}
    }
}
