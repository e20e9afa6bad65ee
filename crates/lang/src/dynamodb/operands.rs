//! What operators and functions of a condition take: how many operands, of which types, and which that differ.

use super::{Comparator, Condition, Operand, Path, Type, Value, parser::Parser};
use std::cmp::Ordering;

/// The most operands of IN.
const MAX_IN: usize = 100;

/// What a function gives.
pub(super) enum Call<'a> {
    Condition(Condition<'a>),
    Operand(Operand<'a>),
    /// Nothing, for a reason that is told.
    Wrong,
}

/// No function takes more than two operands; the others are only counted.
#[derive(Default)]
pub(super) struct Arguments<'a> {
    first: Option<Operand<'a>>,
    second: Option<Operand<'a>>,
    pub count: usize,
}

impl<'a> Arguments<'a> {
    pub(super) fn push(&mut self, operand: Operand<'a>) {
        match self.count {
            0 => self.first = Some(operand),
            1 => self.second = Some(operand),
            _ => {}
        }
        self.count += 1;
    }
}

/// A function of conditions, by its name; the case of functions counts.
pub(super) fn boolean<'a>(parser: &mut Parser<'a, '_>, function: &str, arguments: Arguments<'a>) -> Call<'a> {
    let wanted = match function {
        "attribute_exists" | "attribute_not_exists" | "size" => 1,
        "attribute_type" | "begins_with" | "contains" => 2,
        "if_not_exists" | "list_append" => {
            parser.defer(format_args!("The function is not allowed in a condition expression; function: {function}"));
            return Call::Wrong;
        }
        _ => {
            parser.defer(format_args!("Invalid function name; function: {function}"));
            return Call::Wrong;
        }
    };
    if arguments.count != wanted {
        wrong_count(parser, function, arguments.count);
        return Call::Wrong;
    }
    match (function, arguments.first, arguments.second) {
        ("attribute_exists", Some(Operand::Path(path)), _) => Call::Condition(Condition::Exists(path)),
        ("attribute_not_exists", Some(Operand::Path(path)), _) => Call::Condition(Condition::NotExists(path)),
        ("attribute_type", Some(Operand::Path(path)), Some(wanted)) => attribute_type(parser, path, &wanted),
        ("attribute_exists" | "attribute_not_exists" | "attribute_type", ..) => {
            requires_path(parser, function);
            Call::Wrong
        }
        ("size", Some(operand), _) => {
            if matches!(operand.known_type(), Some(Type::N | Type::Bool | Type::Null)) {
                wrong_type(parser, function, &operand);
            }
            Call::Operand(Operand::Size(Box::new(operand)))
        }
        ("begins_with", Some(operand), Some(prefix)) => {
            distinct(parser, function, &operand, [&prefix]);
            for operand in [&operand, &prefix] {
                if !matches!(operand.known_type(), None | Some(Type::S | Type::B)) {
                    wrong_type(parser, function, operand);
                }
            }
            Call::Condition(Condition::BeginsWith(operand, prefix))
        }
        (_, Some(operand), Some(part)) => {
            distinct(parser, function, &operand, [&part]);
            // What holds nothing cannot be looked into; which types AWS refuses here is a guess.
            if matches!(operand.known_type(), Some(Type::N | Type::Bool | Type::Null | Type::M)) {
                wrong_type(parser, function, &operand);
            }
            Call::Condition(Condition::Contains(operand, part))
        }
        _ => Call::Wrong,
    }
}

fn attribute_type<'a>(parser: &mut Parser<'a, '_>, path: Path<'a>, wanted: &Operand<'a>) -> Call<'a> {
    match wanted {
        Operand::Value(value @ Value::S(name)) => match Type::parse(name) {
            Some(wanted) => return Call::Condition(Condition::AttributeType(path, wanted, value)),
            None => parser.defer(format_args!(
                "Invalid attribute type name found; type: {name}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"
            )),
        },
        Operand::Value(_) | Operand::Size(_) => wrong_type(parser, "attribute_type", wanted),
        // A name would be known only with the item; the sentence is a guess.
        Operand::Path(_) => parser
            .defer("Operator or function requires an expression attribute value; operator or function: attribute_type"),
    }
    Call::Wrong
}

pub(super) fn wrong_count(parser: &mut Parser, function: &str, count: usize) {
    parser.defer(format_args!(
        "Incorrect number of operands for operator or function; operator or function: {function}, number of operands: {count}"
    ));
}

pub(super) fn requires_path(parser: &mut Parser, function: &str) {
    parser.defer(format_args!("Operator or function requires a document path; operator or function: {function}"));
}

fn wrong_type(parser: &mut Parser, function: &str, operand: &Operand) {
    if let Some(found) = operand.known_type() {
        wrong_operand_type(parser, function, found);
    }
}

pub(super) fn wrong_operand_type(parser: &mut Parser, function: &str, found: Type) {
    parser.defer(format_args!(
        "Incorrect operand type for operator or function; operator or function: {function}, operand type: {found}"
    ));
}

/// A path is not compared with itself.
fn distinct<'o, 'a: 'o>(
    parser: &mut Parser,
    operator: &str,
    first: &Operand,
    others: impl IntoIterator<Item = &'o Operand<'a>>,
) {
    let Operand::Path(path) = first else { return };
    if others.into_iter().any(|other| matches!(other, Operand::Path(other) if other == path)) {
        parser.defer(format_args!(
            "The first operand must be distinct from the remaining operands for this operator or function; \
             operator: {operator}, first operand: {path}"
        ));
    }
}

/// Only strings, numbers and binaries have an order.
fn check_ordered(parser: &mut Parser, operator: &str, operand: &Operand) {
    if operand.known_type().is_some_and(|of| !of.is_scalar_key()) {
        wrong_type(parser, operator, operand);
    }
}

pub(super) fn check_comparison(parser: &mut Parser, comparator: Comparator, left: &Operand, right: &Operand) {
    if comparator.is_ordering() {
        check_ordered(parser, comparator.sign(), left);
        check_ordered(parser, comparator.sign(), right);
    }
    distinct(parser, comparator.sign(), left, [right]);
}

pub(super) fn check_between(parser: &mut Parser, operands: &[Operand; 3]) {
    let [value, low, high] = operands;
    for operand in operands {
        check_ordered(parser, "BETWEEN", operand);
    }
    distinct(parser, "BETWEEN", value, [low, high]);
    let (Operand::Value(lower), Operand::Value(upper)) = (low, high) else { return };
    let requires = match lower.compare(upper) {
        None => "same data type for lower and upper bounds",
        Some(Ordering::Greater) => "upper bound to be greater than or equal to lower bound",
        Some(_) => return,
    };
    parser.defer(format_args!(
        "The BETWEEN operator requires {requires}; lower bound operand: AttributeValue: {lower}, \
         upper bound operand: AttributeValue: {upper}"
    ));
}

pub(super) fn check_in(parser: &mut Parser, value: &Operand, list: &[Operand]) {
    if list.len() > MAX_IN {
        let count = list.len();
        parser.defer(format_args!("The IN operator is provided with too many operands; number of operands: {count}"));
    }
    distinct(parser, "IN", value, list);
}
