//! Requests: each member from where the model puts it.

use super::{header, template};
use crate::{
    Body, DecodeError, Edit, EventReader, Json, Location, Member, Operation, Protocol, Shape, Ty, Violation,
    check::{Path, Seen},
    json,
    protocol::{utf8, whole},
    query::{Form, unescape},
    scalar, xml,
};
use http::{HeaderMap, request::Parts};

type Result<T> = std::result::Result<T, DecodeError>;

pub(crate) fn decode(
    protocol: Protocol,
    operation: &Operation,
    parts: &Parts,
    body: Body,
    input: &mut dyn Shape,
    violations: &mut Vec<Violation>,
) -> Result<()> {
    let schema = input.schema();
    let mut seen = Seen::default();
    let mut query = Form::default();
    query.read(parts.uri.query().unwrap_or_default())?;
    let labels = template::labels(operation.uri, parts.uri.path());
    // There are few headers: comparing their names with all members' is quicker than hashing each member's.
    let headers: Vec<_> = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    for (index, member) in schema.members.iter().enumerate() {
        let found = match member.location {
            Location::Uri => label(member, &labels, input, index)?,
            Location::Query => parameter(operation, member, &query, input, index)?,
            Location::Header => lines(member, &headers, input, index)?,
            Location::PrefixHeaders => prefixed(member, &parts.headers, input, index),
            Location::Body | Location::Status => false,
        };
        if found {
            seen.set(index);
        }
    }
    match schema.payload {
        Some(index) => {
            let found = payload(protocol, body, index, input, violations)?;
            if found {
                seen.set(index);
            }
        }
        None if schema.members.iter().any(|member| member.location == Location::Body) => {
            document(protocol, &whole(body)?, input, violations)?;
        }
        None => {}
    }
    // Of the body's members, its own decoder said what is missing.
    let elsewhere = |member: &Member| {
        let payload = schema.payload.is_some_and(|index| std::ptr::eq(member, &schema.members[index]));
        payload || !matches!(member.location, Location::Body | Location::Status)
    };
    seen.missing(schema, elsewhere, &Path::default(), violations);
    Ok(())
}

fn label(member: &Member, labels: &[(&str, &str)], input: &mut dyn Shape, index: usize) -> Result<bool> {
    let Some((_, value)) = labels.iter().find(|(name, value)| *name == member.wire && !value.is_empty()) else {
        return Ok(false);
    };
    scalar::parse(&unescape(value, false)?, input.edit_member(index))?;
    Ok(true)
}

/// A map stands for all parameters that no other member and no part of the template names.
fn parameter(
    operation: &Operation,
    member: &Member,
    query: &Form,
    input: &mut dyn Shape,
    index: usize,
) -> Result<bool> {
    let schema = input.schema();
    if let Ty::Map(ty) = member.ty
        && let Edit::Map(map) = input.edit_member(index)
    {
        let named = |name: &str| {
            schema.members.iter().any(|other| other.location == Location::Query && other.wire == name)
                || template::split(operation.uri).1.into_iter().any(|(literal, _)| literal == name)
        };
        // Sorted by name, so that a map of any size is filled in one pass.
        let mut others: Vec<_> = query.0.iter().filter(|(name, _)| !named(name)).collect();
        others.sort_by_key(|(name, _)| name);
        for values in others.chunk_by(|(a, _), (b, _)| a == b) {
            match (map.add(&values[0].0), ty.value) {
                (Edit::List(list), Ty::List(_)) => {
                    values.iter().try_for_each(|(_, value)| scalar::parse(value, list.push()))?;
                }
                (edit, _) => scalar::parse(&values[0].1, edit)?,
            }
        }
        return Ok(true);
    }
    let mut values = query.0.iter().filter(|(name, _)| name == member.wire).map(|(_, value)| value).peekable();
    if values.peek().is_none() {
        return Ok(false);
    }
    match input.edit_member(index) {
        Edit::List(list) => values.try_for_each(|value| scalar::parse(value, list.push()))?,
        edit => scalar::parse(values.next().map_or("", |value| value), edit)?,
    }
    Ok(true)
}

fn lines(member: &Member, headers: &[(&str, &[u8])], input: &mut dyn Shape, index: usize) -> Result<bool> {
    let named = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(member.wire));
    let values = named.map(|(_, value)| std::str::from_utf8(value));
    let values: std::result::Result<Vec<&str>, _> = values.collect();
    let values = values.map_err(|_| DecodeError::parameter(format!("The header {} is not UTF-8", member.wire)))?;
    // An empty number or instant counts as none; an empty text is one.
    let text = matches!(member.ty, Ty::Str(_) | Ty::Enum(_) | Ty::List(_));
    if values.is_empty() || !text && values[0].is_empty() {
        return Ok(false);
    }
    header::parse(member, &values, input.edit_member(index))?;
    Ok(true)
}

fn prefixed(member: &Member, headers: &HeaderMap, input: &mut dyn Shape, index: usize) -> bool {
    let prefix = member.wire.to_ascii_lowercase();
    let mut found = false;
    for name in headers.keys() {
        let Some(key) = name.as_str().strip_prefix(&*prefix) else { continue };
        // Several lines of one name are one value, as in HTTP.
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        if let Edit::Map(map) = input.edit_member(index)
            && let Edit::Str(value) = map.add(key)
        {
            *value = values.collect::<Vec<_>>().join(",");
            found = true;
        }
    }
    found
}

/// The member that is the whole body. Whether there was one.
fn payload(
    protocol: Protocol,
    body: Body,
    index: usize,
    input: &mut dyn Shape,
    violations: &mut Vec<Violation>,
) -> Result<bool> {
    if matches!(body, Body::Empty) {
        return Ok(false);
    }
    // A member has a value from when it is edited, so not before there is one.
    match input.schema().members[index].ty {
        Ty::Body => {
            if let Edit::Body(slot) = input.edit_member(index) {
                *slot = body;
            }
            return Ok(true);
        }
        Ty::Events(_) => {
            if let Edit::Events(slot) = input.edit_member(index) {
                slot.fill(EventReader::new(protocol, body));
            }
            return Ok(true);
        }
        _ => {}
    }
    let bytes = whole(body)?;
    if bytes.is_empty() {
        return Ok(false);
    }
    let name = input.schema().members[index].name;
    match input.edit_member(index) {
        Edit::Shape(shape) => {
            let before = violations.len();
            document(protocol, &bytes, shape, violations)?;
            violations[before..].iter_mut().for_each(|violation| violation.within(name));
        }
        Edit::Blob(value) => *value = bytes,
        Edit::Str(value) => utf8(&bytes)?.clone_into(value),
        Edit::Enum(value) => value.set(utf8(&bytes)?),
        Edit::Document(value) => *value = Json::parse(utf8(&bytes)?)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// A body of the protocol's own syntax.
fn document(protocol: Protocol, body: &[u8], shape: &mut dyn Shape, violations: &mut Vec<Violation>) -> Result<()> {
    let text = utf8(body)?;
    match protocol {
        // An empty body has no member, and says so in the same way as a document without.
        Protocol::RestXml if text.trim_ascii().is_empty() => xml::read_shape("<_/>", shape, violations),
        Protocol::RestXml => xml::read_shape(text, shape, violations),
        _ if text.trim_ascii().is_empty() => json::read_shape("{}", shape, violations),
        _ => json::read_shape(text, shape, violations),
    }
}
