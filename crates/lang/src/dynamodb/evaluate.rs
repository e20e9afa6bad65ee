//! Conditions over an item.

use super::{Comparator, Condition, Map, Number, Operand, Value};
use std::cmp::Ordering;

/// What an operand is for one item.
#[derive(Clone, Copy)]
enum Found<'v> {
    Value(&'v Value),
    Number(Number),
    Missing,
}

impl Condition<'_> {
    pub(super) fn evaluate(&self, item: &Map) -> bool {
        match self {
            Condition::And(parts) => parts.iter().all(|part| part.evaluate(item)),
            Condition::Or(parts) => parts.iter().any(|part| part.evaluate(item)),
            Condition::Not(inner) => !inner.evaluate(item),
            Condition::Compare(comparator, left, right) => compare(*comparator, left.find(item), right.find(item)),
            Condition::Between(operands) => {
                let [value, low, high] = operands.as_ref();
                let value = value.find(item);
                compare(Comparator::GreaterOrEqual, value, low.find(item))
                    && compare(Comparator::LessOrEqual, value, high.find(item))
            }
            Condition::In(value, list) => {
                let value = value.find(item);
                list.iter().any(|operand| equal(value, operand.find(item)))
            }
            Condition::Exists(path) => path.get(item).is_some(),
            Condition::NotExists(path) => path.get(item).is_none(),
            Condition::AttributeType(path, wanted, _) => path.get(item).is_some_and(|value| value.type_of() == *wanted),
            Condition::BeginsWith(operand, prefix) => match (operand.find(item), prefix.find(item)) {
                (Found::Value(Value::S(text)), Found::Value(Value::S(prefix))) => text.starts_with(prefix.as_str()),
                (Found::Value(Value::B(bytes)), Found::Value(Value::B(prefix))) => bytes.starts_with(prefix),
                _ => false,
            },
            Condition::Contains(operand, part) => match operand.find(item) {
                Found::Value(value) => contains(value, part.find(item)),
                _ => false,
            },
        }
    }
}

impl Operand<'_> {
    fn find<'v>(&'v self, item: &'v Map) -> Found<'v> {
        match self {
            Operand::Path(path) => path.get(item).map_or(Found::Missing, Found::Value),
            Operand::Value(value) => Found::Value(value),
            Operand::Size(of) => match of.find(item) {
                Found::Value(value) => length(value).map_or(Found::Missing, Found::Number),
                _ => Found::Missing,
            },
        }
    }
}

/// Of strings in UTF-16, as AWS counts them; numbers, booleans and nulls have none.
fn length(value: &Value) -> Option<Number> {
    let length = match value {
        Value::S(text) if text.is_ascii() => text.len(),
        Value::S(text) => text.encode_utf16().count(),
        Value::B(bytes) => bytes.len(),
        Value::Ss(set) => set.len(),
        Value::Ns(set) => set.len(),
        Value::Bs(set) => set.len(),
        Value::L(list) => list.len(),
        Value::M(map) => map.len(),
        Value::N(_) | Value::Bool(_) | Value::Null => return None,
    };
    Some(Number::from(length as i64))
}

fn equal(left: Found, right: Found) -> bool {
    match (left, right) {
        (Found::Value(left), Found::Value(right)) => left == right,
        (Found::Number(number), Found::Value(Value::N(other)))
        | (Found::Value(Value::N(other)), Found::Number(number)) => number == *other,
        (Found::Number(left), Found::Number(right)) => left == right,
        _ => false,
    }
}

fn order(left: Found, right: Found) -> Option<Ordering> {
    match (left, right) {
        (Found::Value(left), Found::Value(right)) => left.compare(right),
        (Found::Number(left), Found::Value(Value::N(right))) => Some(left.cmp(right)),
        (Found::Value(Value::N(left)), Found::Number(right)) => Some(left.cmp(&right)),
        (Found::Number(left), Found::Number(right)) => Some(left.cmp(&right)),
        _ => None,
    }
}

/// What is missing, or of another type, is not equal, and neither less nor greater.
fn compare(comparator: Comparator, left: Found, right: Found) -> bool {
    match comparator {
        Comparator::Equal => equal(left, right),
        Comparator::NotEqual => !equal(left, right),
        Comparator::Less => order(left, right).is_some_and(Ordering::is_lt),
        Comparator::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
        Comparator::Greater => order(left, right).is_some_and(Ordering::is_gt),
        Comparator::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
    }
}

/// A part of a string or binary, or a member of a set or list.
fn contains(value: &Value, part: Found) -> bool {
    match (value, part) {
        (Value::L(list), part) => list.iter().any(|member| equal(Found::Value(member), part)),
        (Value::S(text), Found::Value(Value::S(part))) => text.contains(part.as_str()),
        (Value::B(bytes), Found::Value(Value::B(part))) => {
            part.is_empty() || bytes.windows(part.len()).any(|window| window == part.as_slice())
        }
        (Value::Ss(set), Found::Value(Value::S(member))) => set.binary_search(member).is_ok(),
        (Value::Ns(set), Found::Value(Value::N(member))) => set.binary_search(member).is_ok(),
        (Value::Ns(set), Found::Number(member)) => set.binary_search(&member).is_ok(),
        (Value::Bs(set), Found::Value(Value::B(member))) => set.binary_search(member).is_ok(),
        _ => false,
    }
}
