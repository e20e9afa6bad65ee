//! What expressions compute with.

use super::{Data, Decimal, Time, json};
use std::{borrow::Cow, cmp::Ordering};

#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// There is nothing at all: a member that an object does not have.
    Missing,
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Decimal(Decimal),
    Str(Cow<'a, str>),
    Time(Time),
    /// A list or a struct of the record.
    Nested(&'a Data),
}

impl<'a> Value<'a> {
    pub(super) fn of(data: &'a Data) -> Value<'a> {
        match data {
            Data::Null => Value::Null,
            Data::Bool(value) => Value::Bool(*value),
            Data::Int(value) => Value::Int(*value),
            Data::Decimal(value) => Value::Decimal(*value),
            Data::Str(text) => Value::Str(text.into()),
            Data::List(_) | Data::Struct(_) => Value::Nested(data),
        }
    }

    /// Neither null nor missing.
    pub(super) fn is_known(&self) -> bool {
        !matches!(self, Value::Missing | Value::Null)
    }

    /// As text without marks around it; nothing where there is nothing.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Str(text) => Cow::Borrowed(text),
            Value::Missing | Value::Null => Cow::Borrowed(""),
            Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Value::Int(value) => value.to_string().into(),
            Value::Float(value) => format!("{value:?}").into(),
            Value::Decimal(value) => value.to_string().into(),
            Value::Time(time) => time.to_string().into(),
            Value::Nested(data) => {
                let mut out = Vec::new();
                data.write(&mut out);
                String::from_utf8_lossy(&out).into_owned().into()
            }
        }
    }

    /// As JSON.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Value::Missing | Value::Null => out.extend_from_slice(b"null"),
            Value::Str(text) => json::write_string(text, out),
            Value::Time(time) => json::write_string(&time.to_string(), out),
            Value::Nested(data) => data.write(out),
            other => out.extend_from_slice(other.text().as_bytes()),
        }
    }

    pub(super) fn number(&self) -> Option<Number> {
        Some(match self {
            Value::Int(value) => Number::Int(*value),
            Value::Float(value) => Number::Float(*value),
            Value::Decimal(value) => Number::Decimal(*value),
            _ => return None,
        })
    }

    /// How known values are ordered; `None` for those of different types, and those without an order.
    pub(super) fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
            (Value::Str(left), Value::Str(right)) => Some(left.cmp(right)),
            (Value::Time(left), Value::Time(right)) => Some(left.instant().cmp(&right.instant())),
            (left, right) => left.number()?.compare(right.number()?),
        }
    }

    /// Whether known values are the same; of different types they never are.
    pub(super) fn equals(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Nested(left), Value::Nested(right)) => left == right,
            (left, right) => left.compare(right) == Some(Ordering::Equal),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Int(i64),
    Decimal(Decimal),
    Float(f64),
}

impl Number {
    fn compare(self, other: Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Int(left), Number::Int(right)) => Some(left.cmp(&right)),
            (Number::Float(_), _) | (_, Number::Float(_)) => self.float().partial_cmp(&other.float()),
            (left, right) => Some(left.decimal().compare(right.decimal())),
        }
    }

    pub(super) fn float(self) -> f64 {
        match self {
            Number::Int(value) => value as f64,
            Number::Decimal(value) => value.to_f64(),
            Number::Float(value) => value,
        }
    }

    /// Of a float, the number it is nearest to.
    pub(super) fn decimal(self) -> Decimal {
        match self {
            Number::Int(value) => value.into(),
            Number::Decimal(value) => value,
            Number::Float(value) => Decimal::from_f64(value).unwrap_or(Decimal::from(0)),
        }
    }
}

impl From<Number> for Value<'_> {
    fn from(number: Number) -> Self {
        match number {
            Number::Int(value) => Value::Int(value),
            Number::Decimal(value) => Value::Decimal(value),
            Number::Float(value) => Value::Float(value),
        }
    }
}
