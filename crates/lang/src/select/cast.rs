//! `CAST`: from one type to another. The reference names the types; what it leaves open follows PartiQL's rules.

use super::{Decimal, Result, Time, Type, Value, error::cast_failed};

pub(super) fn cast(value: Value<'_>, to: Type) -> Result<Value<'_>> {
    if !value.is_known() {
        return Ok(value);
    }
    match to {
        Type::Bool => to_bool(&value).map(Value::Bool),
        Type::Int => to_int(&value).map(Value::Int),
        Type::Float => to_float(&value).map(Value::Float),
        Type::Decimal => to_decimal(&value).map(Value::Decimal),
        Type::Str => match value {
            Value::Str(_) => return Ok(value),
            Value::Nested(_) => None,
            _ => Some(Value::Str(value.text().into_owned().into())),
        },
        Type::Timestamp => match &value {
            Value::Time(time) => Some(Value::Time(*time)),
            Value::Str(text) => Time::parse(text).map(Value::Time),
            _ => None,
        },
    }
    .ok_or_else(cast_failed)
}

fn to_bool(value: &Value) -> Option<bool> {
    Some(match value {
        Value::Bool(value) => *value,
        Value::Int(value) => *value != 0,
        Value::Float(value) => *value != 0.0,
        Value::Decimal(value) => !value.is_zero(),
        Value::Str(text) if text.eq_ignore_ascii_case("true") => true,
        Value::Str(text) if text.eq_ignore_ascii_case("false") => false,
        _ => return None,
    })
}

fn to_int(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(value) => Some((*value).into()),
        Value::Int(value) => Some(*value),
        Value::Float(value) => {
            // The bounds are the nearest floats that are not integers of 64 bits any more.
            let whole = value.trunc();
            (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&whole).then_some(whole as i64)
        }
        Value::Decimal(value) => value.to_i64(),
        Value::Str(text) => text.parse().ok(),
        _ => None,
    }
}

fn to_float(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        // Rust also reads `inf` and `nan`.
        Value::Str(text) if text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) => {
            text.parse().ok().filter(|value: &f64| value.is_finite())
        }
        _ => value.number().map(|number| number.float()),
    }
}

fn to_decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Bool(value) => Some(i64::from(*value).into()),
        Value::Str(text) => Decimal::parse(text),
        _ => value.number().map(|number| number.decimal()),
    }
}
