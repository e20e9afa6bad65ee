//! The condition keys of a simulation: what the caller gives, held against the types it says they have.

use data_encoding::BASE64;
use iam_api::{ContextEntry, ContextKeyTypeEnum as Type, fault};
use kernel::Result;
use lang::policy::ContextKeys;
use std::net::IpAddr;
use wire::Timestamp;

/// Adds the entries to the keys that are known already.
pub fn add(keys: &mut ContextKeys, entries: Vec<ContextEntry>) -> Result<()> {
    for entry in entries {
        let name = entry.context_key_name.unwrap_or_default();
        let values = entry.context_key_values.unwrap_or_default();
        let (list, valid) = rule(entry.context_key_type.as_ref());
        // The sentences are guesses: no report of AWS's was found.
        if let Some(value) = values.iter().find(|value| !valid(value)) {
            let kind = entry.context_key_type.as_ref().map_or("string", Type::as_str);
            return Err(fault::invalid_input_exception(format!(
                "Invalid value {value} of the context key {name}: its type is {kind}."
            )));
        }
        if list {
            keys.set_many(name, values);
        } else {
            let [value] = <[String; 1]>::try_from(values).map_err(|values| {
                fault::invalid_input_exception(format!("The context key {name} has {} values, not one.", values.len()))
            })?;
            keys.set(name, value);
        }
    }
    Ok(())
}

/// Whether a type is of lists, and what its values are like. Without a type a key is text.
fn rule(of: Option<&Type>) -> (bool, fn(&str) -> bool) {
    let number = |value: &str| value.parse::<f64>().is_ok_and(f64::is_finite);
    let boolean = |value: &str| value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
    let address = |value: &str| {
        let (address, bits) = value.split_once('/').unwrap_or((value, "0"));
        address.parse::<IpAddr>().is_ok() && bits.parse::<u8>().is_ok_and(|bits| bits <= 128)
    };
    let binary = |value: &str| BASE64.decode(value.as_bytes()).is_ok();
    let date = |value: &str| Timestamp::parse(value).is_some();
    match of {
        Some(Type::Numeric) => (false, number),
        Some(Type::NumericList) => (true, number),
        Some(Type::Boolean) => (false, boolean),
        Some(Type::BooleanList) => (true, boolean),
        Some(Type::Ip) => (false, address),
        Some(Type::IpList) => (true, address),
        Some(Type::Binary) => (false, binary),
        Some(Type::BinaryList) => (true, binary),
        Some(Type::Date) => (false, date),
        Some(Type::DateList) => (true, date),
        Some(Type::StringList) => (true, |_| true),
        Some(Type::String | Type::Unknown(_)) | None => (false, |_| true),
    }
}
