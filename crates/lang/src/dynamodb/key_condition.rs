//! Which items a Query reads: `KeyConditionExpression`, and `KeyConditions`. What they say of keys that only the table knows
//! is in `key_range`.

use super::{Comparator, Condition, Operand, Parameter, Result, Substitutions, Value, parser::Parser};

/// Conditions on attributes, one on each, all of which hold.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyCondition<'a> {
    pub parts: Vec<(&'a str, KeyTest<'a>)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyTest<'a> {
    Equal(&'a Value),
    Less(&'a Value),
    LessOrEqual(&'a Value),
    Greater(&'a Value),
    GreaterOrEqual(&'a Value),
    /// Both bounds are in.
    Between(&'a Value, &'a Value),
    BeginsWith(&'a Value),
}

impl<'a> KeyTest<'a> {
    pub fn values(&self) -> impl Iterator<Item = &'a Value> {
        let (first, second) = match *self {
            KeyTest::Between(low, high) => (low, Some(high)),
            KeyTest::Equal(value)
            | KeyTest::Less(value)
            | KeyTest::LessOrEqual(value)
            | KeyTest::Greater(value)
            | KeyTest::GreaterOrEqual(value)
            | KeyTest::BeginsWith(value) => (value, None),
        };
        std::iter::once(first).chain(second)
    }
}

impl<'a> KeyCondition<'a> {
    /// A `KeyConditionExpression`.
    ///
    /// # Errors
    /// As [`Condition::parse`]; and what is no condition on keys: operators other than `=`, `<`, `<=`, `>`, `>=`, `BETWEEN`,
    /// `begins_with` and `AND`, parts of attributes, attributes compared with each other, two conditions on one.
    pub fn parse(text: &'a str, substitutions: &mut Substitutions<'a>) -> Result<KeyCondition<'a>> {
        let parameter = Parameter::KeyCondition;
        let condition = Parser::read(parameter, text, substitutions, Parser::condition)?;
        let mut parts = Vec::new();
        collect(condition, &mut parts).map_err(|detail| parameter.error(detail))?;
        for (at, (name, _)) in parts.iter().enumerate() {
            if parts[..at].iter().any(|(other, _)| other == name) {
                return Err(parameter.error("KeyConditionExpressions must only contain one condition per key"));
            }
        }
        Ok(KeyCondition { parts })
    }
}

type Detail<T> = std::result::Result<T, String>;

fn invalid_operator<T>(operator: &str) -> Detail<T> {
    // That the prefix is there is seen of the other sentences of key conditions; older answers had it on none of them.
    Err(format!("Invalid operator used in KeyConditionExpression: {operator}"))
}

fn collect<'a>(condition: Condition<'a>, parts: &mut Vec<(&'a str, KeyTest<'a>)>) -> Detail<()> {
    let part = match condition {
        Condition::And(conditions) => return conditions.into_iter().try_for_each(|part| collect(part, parts)),
        Condition::Compare(comparator, left, right) => comparison(comparator, left, right)?,
        Condition::Between(operands) => {
            let [value, low, high] = *operands;
            (attribute("BETWEEN", &value)?, KeyTest::Between(operand(&low)?, operand(&high)?))
        }
        Condition::BeginsWith(value, prefix) => {
            (attribute("begins_with", &value)?, KeyTest::BeginsWith(operand(&prefix)?))
        }
        Condition::Or(_) => return invalid_operator("OR"),
        Condition::Not(_) => return invalid_operator("NOT"),
        Condition::In(..) => return invalid_operator("IN"),
        Condition::Exists(_) => return invalid_operator("attribute_exists"),
        Condition::NotExists(_) => return invalid_operator("attribute_not_exists"),
        Condition::AttributeType(..) => return invalid_operator("attribute_type"),
        Condition::Contains(..) => return invalid_operator("contains"),
    };
    parts.push(part);
    Ok(())
}

fn comparison<'a>(comparator: Comparator, left: Operand<'a>, right: Operand<'a>) -> Detail<(&'a str, KeyTest<'a>)> {
    let (comparator, name, value) = match (&left, &right) {
        _ if comparator == Comparator::NotEqual => return invalid_operator("<>"),
        (Operand::Size(_), _) | (_, Operand::Size(_)) => {
            return Err("KeyConditionExpressions cannot contain nested operations".to_owned());
        }
        (Operand::Path(_), Operand::Path(_)) => {
            return Err("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
                .to_owned());
        }
        (Operand::Value(_), Operand::Value(_)) => {
            return Err("Invalid condition in KeyConditionExpression: No key attribute specified".to_owned());
        }
        (attribute, Operand::Value(value)) => (comparator, attribute, *value),
        (Operand::Value(value), attribute) => (comparator.reversed(), attribute, *value),
    };
    let test = match comparator {
        Comparator::Less => KeyTest::Less(value),
        Comparator::LessOrEqual => KeyTest::LessOrEqual(value),
        Comparator::Greater => KeyTest::Greater(value),
        Comparator::GreaterOrEqual => KeyTest::GreaterOrEqual(value),
        Comparator::Equal | Comparator::NotEqual => KeyTest::Equal(value),
    };
    Ok((attribute("", name)?, test))
}

/// A whole attribute.
fn attribute<'a>(operator: &str, operand: &Operand<'a>) -> Detail<&'a str> {
    match operand {
        Operand::Path(path) if path.steps.is_empty() => Ok(path.name),
        Operand::Path(_) => Err("KeyConditionExpressions cannot have conditions on nested attributes".to_owned()),
        Operand::Size(_) => Err("KeyConditionExpressions cannot contain nested operations".to_owned()),
        Operand::Value(_) => Err(format!(
            "Invalid condition in KeyConditionExpression: {operator} operator must have the key attribute as its first operand"
        )),
    }
}

fn operand<'a>(operand: &Operand<'a>) -> Detail<&'a Value> {
    match operand {
        Operand::Value(value) => Ok(value),
        Operand::Size(_) => Err("KeyConditionExpressions cannot contain nested operations".to_owned()),
        Operand::Path(_) => {
            Err("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
                .to_owned())
        }
    }
}
