//! Values as canonical JSON: members by their names in the model, blobs as base64, instants as microseconds, floats as
//! numbers or as `NaN`, `Infinity`, `-Infinity`.

use data_encoding::BASE64;
use wire::{Body, Edit, Json, Shape, Timestamp, View};

/// Unset members are left out.
pub fn show(shape: &dyn Shape) -> Json {
    let members = shape.schema().members.iter().enumerate();
    let set = members.map(|(index, member)| (member.name, shape.get(index)));
    let set = set.filter(|(_, view)| !matches!(view, View::Unset | View::Events | View::Body(Body::Empty)));
    Json::Object(set.map(|(name, view)| (name.to_owned(), value(&view))).collect())
}

fn value(view: &View) -> Json {
    match view {
        View::Unset | View::Events => Json::Null,
        View::Bool(value) => Json::Bool(*value),
        View::Int(value) => Json::Int(*value),
        View::Float(value) if value.is_nan() => "NaN".into(),
        View::Float(value) if value.is_infinite() => if *value > 0.0 { "Infinity" } else { "-Infinity" }.into(),
        View::Float(value) => Json::Float(*value),
        View::Str(value) => (*value).into(),
        View::Blob(value) => BASE64.encode(value).into(),
        View::Time(value) => Json::Int(value.0),
        View::List(list) => Json::List((0..list.len()).map(|at| value(&list.at(at))).collect()),
        View::Map(map) => {
            let entries = (0..map.len()).map(|at| map.at(at));
            Json::Object(entries.map(|(key, view)| (key.to_owned(), value(&view))).collect())
        }
        View::Shape(shape) => show(*shape),
        View::Document(json) => (*json).clone(),
        View::Body(Body::Full(bytes)) => BASE64.encode(bytes).into(),
        View::Body(_) => Json::Null,
    }
}

/// The opposite of [`show`].
pub fn fill(shape: &mut dyn Shape, json: &Json) -> Result<(), String> {
    for (name, json) in json.as_object().ok_or("a structure is not an object")? {
        let index = shape.schema().index(name).ok_or_else(|| format!("{} has no {name}", shape.schema().name))?;
        set(shape.edit_member(index), json).map_err(|problem| format!("{name}: {problem}"))?;
    }
    Ok(())
}

fn set(edit: Edit, json: &Json) -> Result<(), String> {
    match (edit, json) {
        (Edit::Bool(slot), Json::Bool(value)) => *slot = *value,
        (Edit::I32(slot), Json::Int(value)) => *slot = i32::try_from(*value).map_err(|error| error.to_string())?,
        (Edit::I64(slot), Json::Int(value)) => *slot = *value,
        (Edit::F32(slot), json) => *slot = float(json)? as f32,
        (Edit::F64(slot), json) => *slot = float(json)?,
        (Edit::Str(slot), Json::Str(value)) => slot.clone_from(value),
        (Edit::Enum(slot), Json::Str(value)) => slot.set(value),
        (Edit::Blob(slot), Json::Str(value)) => *slot = bytes(value)?.into(),
        (Edit::Body(slot), Json::Str(value)) => *slot = bytes(value)?.into(),
        (Edit::Time(slot), Json::Int(value)) => *slot = Timestamp(*value),
        (Edit::Document(slot), json) => *slot = json.clone(),
        (Edit::Shape(shape), json) => fill(shape, json)?,
        (Edit::List(list), Json::List(items)) => {
            for item in items {
                match item {
                    Json::Null => list.push_unset(),
                    item => set(list.push(), item)?,
                }
            }
        }
        (Edit::Map(map), Json::Object(entries)) => {
            for (key, json) in entries {
                match json {
                    Json::Null => map.add_unset(key),
                    json => set(map.slot(key), json)?,
                }
            }
        }
        (_, json) => return Err(format!("{json} does not fit")),
    }
    Ok(())
}

fn float(json: &Json) -> Result<f64, String> {
    match json {
        Json::Int(value) => Ok(*value as f64),
        Json::Float(value) => Ok(*value),
        Json::Str(text) => text.parse().map_err(|_| format!("{text} is not a number")),
        json => Err(format!("{json} is not a number")),
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, String> {
    BASE64.decode(text.as_bytes()).map_err(|error| error.to_string())
}
