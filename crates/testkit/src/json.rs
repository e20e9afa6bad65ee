//! JSON as people lay it out: on one line where it fits, else one member a line.

use wire::Json;

const WIDTH: usize = 116;
/// Longer strings are cut, and their length told.
const LONG: usize = 1_000;

/// Lays out a value whose first line begins at column `indent`.
pub fn lay_out(value: &Json, indent: usize) -> String {
    let mut out = String::new();
    write(&mut out, value, indent, indent);
    out
}

fn write(out: &mut String, value: &Json, indent: usize, column: usize) {
    let line = flat(value);
    if column + line.chars().count() <= WIDTH {
        out.push_str(&line);
        return;
    }
    let (open, close) = match value {
        Json::List(_) => ('[', ']'),
        Json::Object(_) => ('{', '}'),
        _ => return out.push_str(&line),
    };
    let mut first = true;
    let inner = indent + 2;
    let mut begin = |out: &mut String| {
        out.push(if std::mem::take(&mut first) { open } else { ',' });
        out.push('\n');
        out.push_str(&" ".repeat(inner));
    };
    match value {
        Json::List(items) => {
            for item in items {
                begin(out);
                write(out, item, inner, inner + 1);
            }
        }
        Json::Object(members) => {
            for (name, member) in members {
                begin(out);
                let name = format!("{}: ", Json::Str(name.clone()));
                out.push_str(&name);
                write(out, member, inner, inner + name.chars().count() + 1);
            }
        }
        _ => {}
    }
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    out.push(close);
}

fn flat(value: &Json) -> String {
    match value {
        Json::List(items) => format!("[{}]", items.iter().map(flat).collect::<Vec<_>>().join(", ")),
        Json::Object(members) => {
            let member = |(name, member): &(String, Json)| format!("{}: {}", Json::Str(name.clone()), flat(member));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Json::Str(text) => Json::Str(cut(text)).to_string(),
        other => other.to_string(),
    }
}

/// The beginning of a long text.
pub fn cut(text: &str) -> String {
    match text.len() > LONG {
        true => format!("{}… ({} bytes)", text.chars().take(20).collect::<String>(), text.len()),
        false => text.to_owned(),
    }
}

/// The value at a path such as `Messages.0.Body`.
pub fn at<'a>(value: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(value, |value, step| match step.parse::<usize>() {
        Ok(index) if value.as_list().is_some() => value.as_list()?.get(index),
        _ => value.get(step),
    })
}

/// Changes every string, told the member's name it stands under.
pub fn each_string(value: &mut Json, under: &str, change: &mut dyn FnMut(&str, &mut String)) {
    match value {
        Json::Str(text) => change(under, text),
        Json::List(items) => items.iter_mut().for_each(|item| each_string(item, under, change)),
        Json::Object(members) => {
            for (name, member) in members {
                let name = name.clone();
                each_string(member, &name, change);
            }
        }
        _ => {}
    }
}
