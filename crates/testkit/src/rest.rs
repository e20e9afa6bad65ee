//! Requests of the REST protocols: members go into the path, the query string and headers, the rest into a JSON body.

use crate::runner::escape;
use wire::{Json, Location, Schema};

/// Path and query string, headers, and body.
type Parts = (String, Vec<(&'static str, String)>, String);

/// A request from the object of its members. Payloads that are a member by themselves are not known here.
pub fn request(uri: &str, input: &Schema, members: &str) -> Result<Parts, String> {
    let members = Json::parse(members).map_err(|error| error.to_string())?;
    let (mut path, mut query, mut headers, mut body) = (uri.to_owned(), Vec::new(), Vec::new(), Vec::new());
    for (name, value) in members.as_object().ok_or("members are an object")? {
        let known = input.members.iter().find(|member| member.name == name);
        match known.map(|member| (member.location, member.wire)) {
            Some((Location::Uri, label)) => path = path.replace(&format!("{{{label}}}"), &escape(&text(value))),
            Some((Location::Query, parameter)) => match value {
                Json::List(items) => query.extend(items.iter().map(|item| pair(parameter, item))),
                Json::Object(entries) => query.extend(entries.iter().map(|(key, value)| pair(key, value))),
                value => query.push(pair(parameter, value)),
            },
            Some((Location::Header, header)) => headers.push((header, text(value))),
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

fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn pair(name: &str, value: &Json) -> String {
    format!("{}={}", escape(name), escape(&text(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::{Member, ty};

    static INPUT: Schema = Schema {
        name: "Input",
        members: &[
            Member::new("Name", &ty::STRING).wire("name").at(Location::Uri),
            Member::new("Keys", &ty::STRING).wire("key").at(Location::Query),
            Member::new("Most", &ty::STRING).wire("max").at(Location::Query),
            Member::new("Type", &ty::STRING).wire("x-type").at(Location::Header),
            Member::new("Rest", &ty::STRING).wire("rest"),
        ],
        ..Schema::EMPTY
    };

    #[test]
    fn members_go_where_the_model_puts_them() {
        let members = r#"{"Name": "a b", "Keys": ["x", "y&"], "Most": 5, "Type": "t", "Rest": {"R": 1}, "More": 2}"#;
        let parts = request("/things/{name}?op", &INPUT, members).unwrap();
        let body = r#"{"rest":{"R":1},"More":2}"#.to_owned();
        assert_eq!(parts, ("/things/a%20b?op&key=x&key=y%26&max=5".to_owned(), vec![("x-type", "t".to_owned())], body));
    }
}
