//! Timestamps as text by a pattern (S3 user guide, `TO_STRING`).

use super::{Result, SelectError, Time};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn format(time: Time, pattern: &str) -> Result<String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = quoted(&rest[1..], &mut out)?;
            continue;
        }
        let length = rest.find(|c| c != first).unwrap_or(rest.len());
        let token = &rest[..length];
        rest = &rest[length..];
        match first.is_ascii_alphabetic() {
            true => out.push_str(&field(time, first, token)?),
            false => out.push_str(token),
        }
    }
    Ok(out)
}

/// Text up to the mark that ends it; two marks are one.
fn quoted<'a>(rest: &'a str, out: &mut String) -> Result<&'a str> {
    if let Some(rest) = rest.strip_prefix('\'') {
        out.push('\'');
        return Ok(rest);
    }
    let mut rest = rest;
    loop {
        let Some(end) = rest.find('\'') else {
            return Err(SelectError::new(
                "EvaluatorUnterminatedTimestampFormatPatternToken",
                "The timestamp format pattern contains an unterminated token in the SQL expression.",
            ));
        };
        out.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Ok(rest),
        }
    }
}

fn field(time: Time, symbol: char, token: &str) -> Result<String> {
    let fields = time.fields();
    let month = MONTHS[(fields.month - 1).clamp(0, 11) as usize];
    let twelve = (fields.hour + 11) % 12 + 1;
    let number = |value: i64, width: usize| Ok(format!("{value:0width$}"));
    match token {
        "yy" => number(fields.year % 100, 2),
        // AWS shows four digits for one letter, too.
        "y" => number(fields.year, 1),
        "yyyy" => number(fields.year, 4),
        "M" | "MM" => number(fields.month, token.len()),
        "MMM" => Ok(month[..3].to_owned()),
        "MMMM" => Ok(month.to_owned()),
        "MMMMM" => Ok(month[..1].to_owned()),
        "d" | "dd" => number(fields.day, token.len()),
        "a" => Ok(if fields.hour < 12 { "AM" } else { "PM" }.to_owned()),
        "h" | "hh" => number(twelve, token.len()),
        "H" | "HH" => number(fields.hour, token.len()),
        "m" | "mm" => number(fields.minute, token.len()),
        "s" | "ss" => number(fields.second, token.len()),
        "n" => number(time.nanos().into(), 1),
        _ if symbol == 'S' && token.len() <= 9 => Ok(format!("{:09}", time.nanos())[..token.len()].to_owned()),
        _ if symbol.eq_ignore_ascii_case(&'x') && token.len() <= 5 => Ok(offset(time, symbol, token.len())),
        _ if "yMdahHmsSnXx".contains(symbol) => Err(SelectError::new(
            "EvaluatorInvalidTimestampFormatPatternToken",
            format!("The timestamp format pattern contains a token in the SQL expression that is not valid: {token}."),
        )),
        _ => Err(SelectError::new(
            "EvaluatorInvalidTimestampFormatPatternSymbol",
            format!(
                "The timestamp format pattern contains a symbol in the SQL expression that is not valid: {symbol}."
            ),
        )),
    }
}

/// `X`: `Z` where there is none. One letter: hours; two or four: with minutes; three or five: with a colon.
fn offset(time: Time, symbol: char, length: usize) -> String {
    let offset = time.offset().unwrap_or_default();
    if offset == 0 && symbol == 'X' {
        return "Z".to_owned();
    }
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
    match length {
        1 => format!("{sign}{hours:02}"),
        2 | 4 => format!("{sign}{hours:02}{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}"),
    }
}
