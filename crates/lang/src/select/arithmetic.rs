//! Numbers put together: integers stay integers, decimals are exact, and a float makes the result a float.

use super::{
    Operator, Result, Value,
    error::{division_by_zero, integer_overflow, invalid_data_type, number_format},
    value::Number,
};

/// `+ - * / %` of known values.
pub(super) fn compute(operator: Operator, left: &Value, right: &Value) -> Result<Number> {
    let (Some(left), Some(right)) = (left.number(), right.number()) else { return Err(invalid_data_type()) };
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => integers(operator, left, right).map(Number::Int),
        (Number::Float(_), _) | (_, Number::Float(_)) => {
            let (left, right) = (left.float(), right.float());
            let result = match operator {
                Operator::Add => left + right,
                Operator::Subtract => left - right,
                Operator::Multiply => left * right,
                Operator::Divide => left / right,
                _ => left % right,
            };
            match result.is_finite() {
                true => Ok(Number::Float(result)),
                false if right == 0.0 => Err(division_by_zero()),
                false => Err(number_format()),
            }
        }
        (left, right) => {
            let (left, right) = (left.decimal(), right.decimal());
            let divides = matches!(operator, Operator::Divide | Operator::Modulo);
            if divides && right.is_zero() {
                return Err(division_by_zero());
            }
            let result = match operator {
                Operator::Add => left.plus(right),
                Operator::Subtract => left.minus(right),
                Operator::Multiply => left.times(right),
                Operator::Divide => left.over(right),
                _ => left.remainder(right),
            };
            result.map(Number::Decimal).ok_or_else(number_format)
        }
    }
}

fn integers(operator: Operator, left: i64, right: i64) -> Result<i64> {
    match operator {
        Operator::Divide | Operator::Modulo if right == 0 => return Err(division_by_zero()),
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        _ => left.checked_rem(right),
    }
    .ok_or_else(integer_overflow)
}

pub(super) fn negate(value: &Value) -> Result<Number> {
    match value.number() {
        Some(Number::Int(value)) => value.checked_neg().map(Number::Int).ok_or_else(integer_overflow),
        Some(Number::Decimal(value)) => Ok(Number::Decimal(value.negated())),
        Some(Number::Float(value)) => Ok(Number::Float(-value)),
        None => Err(invalid_data_type()),
    }
}
