//! Values as the tables write them: JSON, with `{"$SS": […]}`, `{"$NS": […]}`, `{"$BS": […]}` and `{"$B": "base64"}`.

use data_encoding::BASE64;
use lang::{
    dynamodb::{Map, Number, Substitutions, Value},
    select::Data,
};

pub fn cases(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(" => ").unwrap_or_else(|| panic!("no case: {line}")))
}

pub fn value(text: &str) -> Value {
    of(&Data::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")))
}

pub fn item(text: &str) -> Map {
    match value(text) {
        Value::M(map) => map,
        other => panic!("no item: {other}"),
    }
}

fn text(data: &Data) -> String {
    match data {
        Data::Str(text) => text.clone(),
        Data::Int(number) => number.to_string(),
        Data::Decimal(number) => format!("{}e{}", number.unscaled(), -number.scale()),
        other => panic!("no scalar: {other:?}"),
    }
}

fn bytes(data: &Data) -> Vec<u8> {
    BASE64.decode(text(data).as_bytes()).unwrap()
}

fn number(data: &Data) -> Number {
    Number::parse(&text(data)).unwrap()
}

fn of(data: &Data) -> Value {
    match data {
        Data::Null => Value::Null,
        Data::Bool(value) => Value::Bool(*value),
        Data::Int(_) | Data::Decimal(_) => Value::N(number(data)),
        Data::Str(text) => Value::S(text.clone()),
        Data::List(list) => Value::L(list.iter().map(of).collect()),
        Data::Struct(members) => {
            if let [(name, inner)] = members.as_slice() {
                let list = || match inner {
                    Data::List(list) => list.as_slice(),
                    other => panic!("no set: {other:?}"),
                };
                match name.as_str() {
                    "$SS" => return Value::string_set(list().iter().map(text).collect()).unwrap(),
                    "$NS" => return Value::number_set(list().iter().map(number).collect()).unwrap(),
                    "$BS" => return Value::binary_set(list().iter().map(bytes).collect()).unwrap(),
                    "$B" => return Value::B(bytes(inner)),
                    _ => {}
                }
            }
            Value::M(members.iter().map(|(name, member)| (name.as_str(), of(member))).collect())
        }
    }
}

fn listed<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(","))
}

pub fn show(value: &Value) -> String {
    match value {
        Value::S(text) => format!("\"{text}\""),
        Value::N(number) => number.to_string(),
        Value::B(bytes) => format!("{{\"$B\":\"{}\"}}", BASE64.encode(bytes)),
        Value::Ss(set) => format!("{{\"$SS\":{}}}", listed(set, |member| format!("\"{member}\""))),
        Value::Ns(set) => format!("{{\"$NS\":{}}}", listed(set, Number::to_string)),
        Value::Bs(set) => format!("{{\"$BS\":{}}}", listed(set, |member| format!("\"{}\"", BASE64.encode(member)))),
        Value::M(map) => show_item(map),
        Value::L(list) => listed(list, show),
        Value::Bool(value) => value.to_string(),
        Value::Null => "null".to_owned(),
    }
}

pub fn show_item(item: &Map) -> String {
    let members: Vec<_> = item.iter().map(|(name, value)| format!("\"{name}\":{}", show(value))).collect();
    format!("{{{}}}", members.join(","))
}

/// What expressions of the tables may name: `#a` to `#e` and `#data`, `#dot`, and a value for each placeholder.
pub struct Universe {
    names: Vec<(&'static str, &'static str)>,
    values: Vec<(&'static str, Value)>,
}

impl Universe {
    pub fn new() -> Universe {
        let names = vec![
            ("#a", "a"),
            ("#b", "b"),
            ("#c", "c"),
            ("#data", "data"),
            ("#dot", "x.y"),
            ("#pk", "pk"),
            ("#sk", "sk"),
        ];
        let values = [
            (":s", "\"x\""),
            (":t", "\"y\""),
            (":empty", "\"\""),
            (":xy", "\"xyz\""),
            (":S", "\"S\""),
            (":NS", "\"NS\""),
            (":n", "1"),
            (":two", "2"),
            (":five", "5"),
            (":max", "9.9999999999999999999999999999999999999E+125"),
            (":tiny", "1e-30"),
            (":bin", "{\"$B\":\"AAE=\"}"),
            (":ss", "{\"$SS\":[\"x\",\"y\"]}"),
            (":sx", "{\"$SS\":[\"x\"]}"),
            (":ns", "{\"$NS\":[1,2]}"),
            (":bs", "{\"$BS\":[\"AAE=\"]}"),
            (":l", "[\"x\",1]"),
            (":m", "{\"k\":1}"),
            (":true", "true"),
            (":null", "null"),
        ];
        Universe { names, values: values.into_iter().map(|(name, text)| (name, value(text))).collect() }
    }

    pub fn substitutions(&self) -> Substitutions<'_> {
        let values = self.values.iter().map(|(name, value)| (*name, value));
        Substitutions::new(Some(self.names.iter().copied()), Some(values)).unwrap()
    }
}
