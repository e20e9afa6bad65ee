//! The value of an expression for a record. Logic is of three values: what depends on something unknown is unknown.

use super::{
    Expr, Is, Literal, MAX_RECORD, Operator, Record, Result, Time, Value, arithmetic, cast,
    error::{invalid_data_type, invalid_like, over_max_record_size},
    functions,
    like::like,
    resolve,
};
use std::cmp::Ordering;

/// What an expression can see.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub record: Record<'a>,
    pub now: Time,
    /// The results of the aggregates, where all records were read.
    pub aggregates: &'a [Value<'static>],
}

pub(super) fn evaluate<'a>(expr: &'a Expr, scope: &Scope<'a>) -> Result<Value<'a>> {
    match expr {
        Expr::Literal(literal) => Ok(constant(literal)),
        Expr::Column(index) => Ok(match scope.record {
            Record::Columns(fields) => fields.get(*index).map_or(Value::Missing, |field| Value::Str(field.into())),
            Record::Value(_) => Value::Missing,
        }),
        Expr::Row(steps) => match scope.record {
            Record::Value(data) => Ok(resolve::walk(data, steps)?.map_or(Value::Missing, Value::of)),
            Record::Columns(_) => Ok(Value::Missing),
        },
        // Every path was resolved to one of these before.
        Expr::Path(_) => Ok(Value::Missing),
        Expr::Aggregate { slot, .. } => Ok(scope.aggregates.get(*slot).cloned().unwrap_or(Value::Null)),
        Expr::Binary(operator, left, right) => binary(*operator, left, right, scope),
        Expr::And(parts) => junction(parts, false, scope),
        Expr::Or(parts) => junction(parts, true, scope),
        Expr::Not(expr) => Ok(match truth(evaluate(expr, scope)?)? {
            Some(value) => Value::Bool(!value),
            None => Value::Null,
        }),
        Expr::Negative(_) | Expr::Positive(_) => signed(expr, scope),
        Expr::Is { value, what, negated } => {
            let value = evaluate(value, scope)?;
            let is = match what {
                Is::Missing => value == Value::Missing,
                Is::Null => !value.is_known(),
            };
            Ok(Value::Bool(is != *negated))
        }
        Expr::Between { .. } | Expr::In { .. } | Expr::Like { .. } => predicate(expr, scope),
        Expr::Case { operand, arms, otherwise } => case(operand.as_deref(), arms, otherwise.as_deref(), scope),
        Expr::Cast(expr, to) => cast::cast(evaluate(expr, scope)?, *to),
        Expr::Call(function, arguments) => call(*function, arguments, scope),
    }
}

fn constant(literal: &Literal) -> Value<'_> {
    match literal {
        Literal::Null => Value::Null,
        Literal::Missing => Value::Missing,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Decimal(value) => Value::Decimal(*value),
        Literal::Float(value) => Value::Float(*value),
        Literal::Str(text) => Value::Str(text.into()),
        Literal::Time(time) => Value::Time(*time),
    }
}

/// `None` where it is unknown.
pub(super) fn truth(value: Value) -> Result<Option<bool>> {
    match value {
        Value::Bool(value) => Ok(Some(value)),
        Value::Null | Value::Missing => Ok(None),
        _ => Err(invalid_data_type()),
    }
}

fn of_truth(truth: Option<bool>) -> Value<'static> {
    truth.map_or(Value::Null, Value::Bool)
}

/// `AND` ends with the first that is false, `OR` with the first that is true: with the first that is `decides`.
fn junction<'a>(parts: &'a [Expr], decides: bool, scope: &Scope<'a>) -> Result<Value<'a>> {
    let mut result = Some(!decides);
    for part in parts {
        match truth(evaluate(part, scope)?)? {
            Some(value) if value == decides => return Ok(Value::Bool(decides)),
            Some(_) => {}
            None => result = None,
        }
    }
    Ok(of_truth(result))
}

/// What an operation on these gives without looking at more: nothing known comes of what is not known.
fn unknown(values: &[&Value]) -> Option<Value<'static>> {
    match () {
        () if values.contains(&&Value::Missing) => Some(Value::Missing),
        () if values.contains(&&Value::Null) => Some(Value::Null),
        () => None,
    }
}

fn signed<'a>(expr: &'a Expr, scope: &Scope<'a>) -> Result<Value<'a>> {
    let (Expr::Negative(inner) | Expr::Positive(inner)) = expr else { return Ok(Value::Missing) };
    let value = evaluate(inner, scope)?;
    match expr {
        _ if !value.is_known() => Ok(value),
        Expr::Negative(_) => Ok(arithmetic::negate(&value)?.into()),
        _ => value.number().map(Value::from).ok_or_else(invalid_data_type),
    }
}

fn binary<'a>(operator: Operator, left: &'a Expr, right: &'a Expr, scope: &Scope<'a>) -> Result<Value<'a>> {
    let (left, right) = (evaluate(left, scope)?, evaluate(right, scope)?);
    if let Some(unknown) = unknown(&[&left, &right]) {
        return Ok(unknown);
    }
    match operator {
        Operator::Equal => Ok(Value::Bool(left.equals(&right))),
        Operator::NotEqual => Ok(Value::Bool(!left.equals(&right))),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            Ok(of_truth(ordered(operator, &left, &right)))
        }
        Operator::Concatenate => match (left, right) {
            (Value::Str(left), Value::Str(right)) if left.len() + right.len() > MAX_RECORD => {
                Err(over_max_record_size())
            }
            (Value::Str(left), Value::Str(right)) => Ok(Value::Str(left + right)),
            _ => Err(invalid_data_type()),
        },
        _ => Ok(arithmetic::compute(operator, &left, &right)?.into()),
    }
}

/// Values of different types are not ordered. The reference does not say so: it says that columns of CSV are text until they
/// are cast, so a number is neither less nor greater than one.
fn ordered(operator: Operator, left: &Value, right: &Value) -> Option<bool> {
    let order = left.compare(right)?;
    Some(match operator {
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

fn predicate<'a>(expr: &'a Expr, scope: &Scope<'a>) -> Result<Value<'a>> {
    let (holds, negated) = match expr {
        Expr::Between { value, low, high, negated } => {
            let value = evaluate(value, scope)?;
            let (low, high) = (evaluate(low, scope)?, evaluate(high, scope)?);
            let above = unknown(&[&value, &low]).is_none().then(|| ordered(Operator::GreaterOrEqual, &value, &low));
            let below = unknown(&[&value, &high]).is_none().then(|| ordered(Operator::LessOrEqual, &value, &high));
            let holds = match (above.flatten(), below.flatten()) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
            (holds, *negated)
        }
        Expr::In { value, list, negated } => (within(value, list, scope)?, *negated),
        Expr::Like { value, pattern, escape, negated } => {
            let value = evaluate(value, scope)?;
            let pattern = evaluate(pattern, scope)?;
            let escape = escape.as_ref().map(|escape| evaluate(escape, scope)).transpose()?;
            let values: Vec<&Value> = [Some(&value), Some(&pattern), escape.as_ref()].into_iter().flatten().collect();
            let holds = match (unknown(&values), &value, &pattern, &escape) {
                (Some(_), ..) => None,
                (None, Value::Str(value), Value::Str(pattern), None) => Some(like(value, pattern, None)?),
                (None, Value::Str(value), Value::Str(pattern), Some(Value::Str(escape))) => {
                    Some(like(value, pattern, Some(escape))?)
                }
                _ => return Err(invalid_like()),
            };
            (holds, *negated)
        }
        _ => (None, false),
    };
    Ok(of_truth(holds.map(|holds| holds != negated)))
}

fn within<'a>(value: &'a Expr, list: &'a [Expr], scope: &Scope<'a>) -> Result<Option<bool>> {
    let value = evaluate(value, scope)?;
    if !value.is_known() {
        return Ok(None);
    }
    let mut result = Some(false);
    for item in list {
        let item = evaluate(item, scope)?;
        match item.is_known() {
            true if value.equals(&item) => return Ok(Some(true)),
            true => {}
            false => result = None,
        }
    }
    Ok(result)
}

fn case<'a>(
    operand: Option<&'a Expr>,
    arms: &'a [(Expr, Expr)],
    otherwise: Option<&'a Expr>,
    scope: &Scope<'a>,
) -> Result<Value<'a>> {
    let operand = operand.map(|operand| evaluate(operand, scope)).transpose()?;
    for (when, then) in arms {
        let when = evaluate(when, scope)?;
        let holds = match &operand {
            Some(operand) => operand.is_known() && when.is_known() && operand.equals(&when),
            None => truth(when)? == Some(true),
        };
        if holds {
            return evaluate(then, scope);
        }
    }
    otherwise.map_or(Ok(Value::Null), |otherwise| evaluate(otherwise, scope))
}

fn call<'a>(function: super::Function, arguments: &'a [Expr], scope: &Scope<'a>) -> Result<Value<'a>> {
    if function == super::Function::Coalesce {
        for argument in arguments {
            let value = evaluate(argument, scope)?;
            if value.is_known() {
                return Ok(value);
            }
        }
        return Ok(Value::Null);
    }
    let mut values = Vec::with_capacity(arguments.len());
    for argument in arguments {
        values.push(evaluate(argument, scope)?);
    }
    match (function, values.as_slice()) {
        (super::Function::NullIf, [left, right]) => {
            let same = left.is_known() && right.is_known() && left.equals(right);
            Ok(if same { Value::Null } else { values.swap_remove(0) })
        }
        _ => functions::call(function, &values, scope.now),
    }
}
