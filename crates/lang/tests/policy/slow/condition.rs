//! The Condition element. IAM user guide, "Condition operators", "Single-valued vs. multivalued context keys", "Policy variables
//! with no value".

use super::{
    Case,
    text::{Glyph, glyphs, lower, matches},
    texts,
};
use std::{cmp::Ordering, net::IpAddr};
use wire::Json;

/// "If your policy has multiple condition operators or multiple keys, the conditions are evaluated using a logical AND."
pub fn hold(block: Option<&Json>, variables: bool, case: &Case) -> bool {
    let operators = block.and_then(Json::as_object).unwrap_or_default();
    operators.iter().all(|(operator, keys)| {
        let keys = keys.as_object().unwrap_or_default();
        keys.iter().all(|(key, values)| holds(operator, key, &texts(Some(values)), variables, case))
    })
}

fn holds(operator: &str, key: &str, wanted: &[String], variables: bool, case: &Case) -> bool {
    let found = case.key(key);
    // "check if the key exists and its value is not empty"
    let is_null = found.is_none_or(|key| key.values.iter().all(String::is_empty));
    if operator == "Null" {
        return wanted.iter().any(|wanted| lower(wanted) == is_null.to_string());
    }
    let (set, operator) = operator.split_once(':').unwrap_or(("", operator));
    let (if_exists, operator) = match operator.strip_suffix("IfExists") {
        Some(operator) => (true, operator),
        None => (false, operator),
    };
    let negated = operator.contains("Not");
    let operator = operator.replace("Not", "");
    // "If the key is not present, evaluate the condition element as true."
    if found.is_none() && if_exists {
        return true;
    }
    // Several values of the policy: "a logical OR", and for negated operators "a logical NOR".
    let passes = |value: &String| {
        let matched = wanted.iter().any(|wanted| compare(&operator, value, wanted, variables, case));
        matched != negated
    };
    match (set, found) {
        // "It also returns true if there are no context keys in the request or if the context key value resolves to a null dataset."
        ("ForAllValues", _) if is_null => true,
        ("ForAllValues", Some(key)) => key.values.iter().all(passes),
        // "For no matching context key or if the context key value resolves to a null dataset, the condition returns false."
        ("ForAnyValue", _) if is_null => false,
        ("ForAnyValue", Some(key)) => key.values.iter().any(passes),
        // "If the key that you specify in a policy condition is not present in the request context, the values do not match", so
        // what must not match holds.
        (_, None) => negated,
        (_, Some(key)) if negated => key.values.iter().all(passes),
        (_, Some(key)) => key.values.iter().any(passes),
    }
}

/// One value of the request against one of the policy, without the Not. What cannot be read is like nothing.
fn compare(operator: &str, value: &str, wanted: &str, variables: bool, case: &Case) -> bool {
    let chars: Vec<char> = value.chars().collect();
    // "There is no equal or like value" to a variable that has none.
    let text = |wildcards| glyphs(wanted, wildcards, variables, case);
    match operator {
        "StringEquals" => text(false).is_some_and(|wanted| matches(&wanted, &chars)),
        "StringEqualsIgnoreCase" | "Bool" => text(false).is_some_and(|wanted| {
            let wanted: String = wanted.iter().map(|glyph| if let Glyph::Is(c) = glyph { *c } else { ' ' }).collect();
            lower(&wanted) == lower(value)
        }),
        "StringLike" => text(true).is_some_and(|wanted| matches(&wanted, &chars)),
        "ArnEquals" | "ArnLike" => text(true).is_some_and(|wanted| arn(&wanted, value)),
        "BinaryEquals" => base64(wanted).is_some_and(|wanted| base64(value) == Some(wanted)),
        "IpAddress" => within(value, wanted).unwrap_or(false),
        _ => match (operator.strip_prefix("Numeric"), operator.strip_prefix("Date")) {
            (Some(relation), _) => related(relation, number(value), number(wanted)),
            (_, Some(relation)) => related(relation, seconds(value), seconds(wanted)),
            _ => panic!("no operator {operator}"),
        },
    }
}

fn related(relation: &str, value: Option<f64>, wanted: Option<f64>) -> bool {
    let (Some(value), Some(wanted)) = (value, wanted) else { return false };
    match (relation, value.partial_cmp(&wanted)) {
        ("Equals", ordering) => ordering == Some(Ordering::Equal),
        ("LessThan", ordering) => ordering == Some(Ordering::Less),
        ("LessThanEquals", ordering) => ordering != Some(Ordering::Greater),
        ("GreaterThan", ordering) => ordering == Some(Ordering::Greater),
        ("GreaterThanEquals", ordering) => ordering != Some(Ordering::Less),
        _ => panic!("no relation {relation}"),
    }
}

fn number(text: &str) -> Option<f64> {
    if text.contains(|c: char| c.is_alphabetic() && c != 'e') { None } else { text.parse().ok() }
}

/// Seconds since 1970, by counting the days.
fn seconds(text: &str) -> Option<f64> {
    if !text.contains('-') {
        return number(text).filter(|_| !text.contains('e'));
    }
    // Years before our era: long ago, whichever.
    if text.starts_with('-') {
        return Some(f64::MIN);
    }
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let fields: Vec<u32> = date.split('-').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [year, month, day] = match fields[..] {
        [year, month] => [year, month, 1],
        [year, month, day] => [year, month, day],
        _ => return None,
    };
    let leap = |year: u32| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut days = f64::from(day) - 1.0;
    for year in 1970..year {
        days += if leap(year) { 366.0 } else { 365.0 };
    }
    for month in 1..month {
        days += match month {
            2 if leap(year) => 29.0,
            2 => 28.0,
            4 | 6 | 9 | 11 => 30.0,
            _ => 31.0,
        };
    }
    let (time, ahead) = match time.split_once('+') {
        Some((time, ahead)) => (time, ahead),
        None => (time.strip_suffix('Z')?, "00:00"),
    };
    let clock = |text: &str| -> Option<f64> {
        let mut worth = 3_600.0;
        text.split(':').try_fold(0.0, |sum, field| {
            let sum = sum + field.parse::<f64>().ok()? * worth;
            worth /= 60.0;
            Some(sum)
        })
    };
    Some(days * 86_400.0 + clock(time)? - clock(ahead)?)
}

/// The bits of an address, as text.
fn bits(address: &str) -> Option<String> {
    let address: IpAddr = address.parse().ok()?;
    let bytes = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    Some(bytes.iter().map(|byte| format!("{byte:08b}")).collect())
}

/// "If you don't specify a prefix, the default is /32", and of the longer addresses /128.
fn within(address: &str, range: &str) -> Option<bool> {
    let (network, prefix) = range.split_once('/').map_or((range, None), |(network, prefix)| (network, Some(prefix)));
    let (address, network) = (bits(address)?, bits(network)?);
    let prefix = prefix.map_or(Some(network.len()), |prefix| prefix.parse().ok())?;
    Some(address.len() == network.len() && address.get(..prefix)? == network.get(..prefix)?)
}

/// The bits that a base64 text stands for.
fn base64(text: &str) -> Option<String> {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if !text.len().is_multiple_of(4) {
        return None;
    }
    text.trim_end_matches('=').chars().map(|c| DIGITS.find(c).map(|digit| format!("{digit:06b}"))).collect()
}

/// "Each of the six colon-delimited components of the ARN is checked separately."
fn arn(wanted: &[Glyph], value: &str) -> bool {
    if wanted == [Glyph::Many] {
        return true;
    }
    let wanted: Vec<&[Glyph]> = wanted.splitn(6, |glyph| *glyph == Glyph::Is(':')).collect();
    let value: Vec<Vec<char>> = value.splitn(6, ':').map(|part| part.chars().collect()).collect();
    wanted.len() == value.len() && wanted.iter().zip(&value).all(|(wanted, part)| matches(wanted, part))
}
