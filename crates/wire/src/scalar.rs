//! Scalars as text: form parameters, header values, labels of paths, and the text of XML elements.

use crate::{DecodeError, Edit, TimeFormat, Timestamp, View, json::float_text};
use data_encoding::{BASE64, BASE64_MIME_PERMISSIVE};

type Result<T> = std::result::Result<T, DecodeError>;

/// The text of a scalar; `None` for lists, maps, structures and the like.
pub(crate) fn text(view: &View, time: TimeFormat) -> Option<String> {
    Some(match view {
        View::Bool(value) => value.to_string(),
        View::Int(value) => value.to_string(),
        View::Float(value) => float_text(*value),
        View::Str(value) => (*value).to_owned(),
        View::Blob(value) => BASE64.encode(value),
        View::Time(value) => value.format(time),
        _ => return None,
    })
}

/// Fills a scalar from its text; anything else is left as it is.
pub(crate) fn parse(text: &str, edit: Edit) -> Result<()> {
    match edit {
        Edit::Bool(value) => *value = bool(text)?,
        Edit::I32(value) => *value = number(text, "Integer")?,
        Edit::I64(value) => *value = number(text, "Long")?,
        Edit::F32(value) => *value = float(text)? as f32,
        Edit::F64(value) => *value = float(text)?,
        Edit::Str(value) => text.clone_into(value),
        Edit::Enum(value) => value.set(text),
        Edit::Blob(value) => *value = base64(text)?.into(),
        Edit::Time(value) => *value = Timestamp::parse(text).ok_or_else(|| unconvertible(text, "Timestamp"))?,
        _ => {}
    }
    Ok(())
}

fn bool(text: &str) -> Result<bool> {
    // Python clients of the first hour sent `True`; AWS takes any case, and the digits of XML's xs:boolean.
    match text.trim() {
        "1" => Ok(true),
        "0" => Ok(false),
        word if word.eq_ignore_ascii_case("true") => Ok(true),
        word if word.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(unconvertible(text, "Boolean")),
    }
}

fn number<T: std::str::FromStr>(text: &str, kind: &str) -> Result<T> {
    text.trim().parse().map_err(|_| unconvertible(text, kind))
}

fn float(text: &str) -> Result<f64> {
    match text.trim() {
        "NaN" => Ok(f64::NAN),
        "Infinity" => Ok(f64::INFINITY),
        "-Infinity" => Ok(f64::NEG_INFINITY),
        // Rust also reads `inf` and `nan`, which AWS does not.
        digits if digits.bytes().any(|b| b.is_ascii_digit()) => number(digits, "Double"),
        _ => Err(unconvertible(text, "Double")),
    }
}

pub(crate) fn base64(text: &str) -> Result<Vec<u8>> {
    BASE64
        .decode(text.as_bytes())
        .or_else(|_| BASE64_MIME_PERMISSIVE.decode(text.as_bytes()))
        .map_err(|_| DecodeError::new("STRING_VALUE is not valid base64"))
}

fn unconvertible(text: &str, kind: &str) -> DecodeError {
    let shown: String = text.chars().take(100).collect();
    DecodeError::parameter(format!("'{shown}' cannot be converted to {kind}"))
}
