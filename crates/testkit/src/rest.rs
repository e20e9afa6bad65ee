//! Requests of the REST protocols: members go into the path, the query string and headers, the rest into a JSON body.

use crate::runner::escape;
use wire::{Json, Location, Operation};

/// Path and query string, headers, and body.
type Parts = (String, Vec<(&'static str, String)>, String);

/// A request from the object of its members. Payloads that are a member by themselves are not known here.
pub fn request(operation: &Operation, members: &str) -> Result<Parts, String> {
    let members = Json::parse(members).map_err(|error| error.to_string())?;
    let (mut path, mut query, mut headers, mut body) = (operation.uri.to_owned(), Vec::new(), Vec::new(), Vec::new());
    for (name, value) in members.as_object().ok_or("members are an object")? {
        let known = operation.input.members.iter().find(|member| member.name == name);
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match known.map(|member| (member.location, member.wire)) {
            Some((Location::Uri, label)) => path = path.replace(&format!("{{{label}}}"), &escape(&text)),
            Some((Location::Query, parameter)) => query.push(format!("{parameter}={}", escape(&text))),
            Some((Location::Header, header)) => headers.push((header, text)),
            // What the model does not know goes into the body, as any client may send it.
            _ => body.push((known.map_or(name.clone(), |member| member.wire.to_owned()), value.clone())),
        }
    }
    if !query.is_empty() {
        let sign = if path.contains('?') { '&' } else { '?' };
        path = format!("{path}{sign}{}", query.join("&"));
    }
    Ok((path, headers, Json::Object(body).to_string()))
}
