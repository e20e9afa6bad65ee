//! Functions of single values. Where an argument is null or missing, so is the result.

use super::{
    Function, Result, Side, Time, Value,
    error::{illegal_argument, value_parse_failure, wrong_type},
    format,
};

/// All but `COALESCE` and `NULLIF`, which look at unknown values.
pub(super) fn call<'a>(function: Function, arguments: &[Value<'a>], now: Time) -> Result<Value<'a>> {
    if arguments.contains(&Value::Missing) {
        return Ok(Value::Missing);
    }
    if arguments.contains(&Value::Null) {
        return Ok(Value::Null);
    }
    let text = |at: usize| match arguments.get(at) {
        Some(Value::Str(text)) => Ok(&**text),
        _ => Err(wrong_type()),
    };
    let time = |at: usize| match arguments.get(at) {
        Some(Value::Time(time)) => Ok(*time),
        _ => Err(wrong_type()),
    };
    let int = |at: usize| match arguments.get(at) {
        Some(Value::Int(value)) => Ok(*value),
        _ => Err(wrong_type()),
    };
    let string = |text: String| Ok(Value::Str(text.into()));
    match function {
        Function::CharLength => Ok(Value::Int(text(0)?.chars().count() as i64)),
        Function::Lower => string(text(0)?.to_lowercase()),
        Function::Upper => string(text(0)?.to_uppercase()),
        Function::Substring => {
            let length = if arguments.len() > 2 { Some(int(2)?) } else { None };
            string(substring(text(0)?, int(1)?, length)?)
        }
        Function::Trim(side) => {
            let characters = if arguments.len() > 1 { text(1)? } else { " " };
            string(trim(text(0)?, side, characters).to_owned())
        }
        Function::DateAdd(part) => time(1)?.add(part, int(0)?).map(Value::Time).ok_or_else(illegal_argument),
        Function::DateDiff(part) => Ok(Value::Int(time(0)?.until(time(1)?, part))),
        Function::Extract(part) => Ok(Value::Int(time(0)?.part(part))),
        Function::ToString => string(format::format(time(0)?, text(1)?)?),
        Function::ToTimestamp => Time::parse(text(0)?).map(Value::Time).ok_or_else(value_parse_failure),
        Function::UtcNow => Ok(Value::Time(now)),
        Function::Coalesce | Function::NullIf => Ok(Value::Null),
    }
}

/// The first character is number 1. What would be before it counts towards the length.
fn substring(text: &str, start: i64, length: Option<i64>) -> Result<String> {
    let Some(length) = length else {
        return Ok(text.chars().skip(usize::try_from(start.saturating_sub(1)).unwrap_or(0)).collect());
    };
    if length < 0 {
        return Err(illegal_argument());
    }
    let end = start.saturating_add(length).saturating_sub(1).max(0);
    let skipped = start.saturating_sub(1).max(0);
    let count = usize::try_from(end.saturating_sub(skipped)).unwrap_or(0);
    Ok(text.chars().skip(usize::try_from(skipped).unwrap_or(usize::MAX)).take(count).collect())
}

fn trim<'a>(text: &'a str, side: Side, characters: &str) -> &'a str {
    let is = |c: char| characters.contains(c);
    match side {
        Side::Both => text.trim_matches(is),
        Side::Leading => text.trim_start_matches(is),
        Side::Trailing => text.trim_end_matches(is),
    }
}
