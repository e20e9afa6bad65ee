//! Standard output, whose reader may have gone.

use std::{fmt::Display, io::Write, process::exit};
use wire::Json;

/// Prints a line. Where nobody reads any more, ends as SIGPIPE would.
pub fn say(line: impl Display) {
    print(format_args!("{line}\n"));
}

pub fn print(text: impl Display) {
    let mut stdout = std::io::stdout().lock();
    if write!(stdout, "{text}").and_then(|()| stdout.flush()).is_err() {
        exit(128 + 13);
    }
}

/// JSON as people keep it in files.
pub fn pretty(json: &Json) -> String {
    let mut out = String::new();
    indented(json, 0, &mut out);
    out
}

fn indented(json: &Json, depth: usize, out: &mut String) {
    let between = |out: &mut String, depth: usize, separator: &str| {
        out.push_str(separator);
        out.push('\n');
        out.push_str(&"    ".repeat(depth));
    };
    match json {
        Json::List(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                between(out, depth + 1, if at == 0 { "[" } else { "," });
                indented(item, depth + 1, out);
            }
            between(out, depth, "");
            out.push(']');
        }
        Json::Object(members) if !members.is_empty() => {
            for (at, (name, value)) in members.iter().enumerate() {
                between(out, depth + 1, if at == 0 { "{" } else { "," });
                out.push_str(&format!("{}: ", Json::from(name.as_str())));
                indented(value, depth + 1, out);
            }
            between(out, depth, "");
            out.push('}');
        }
        json => out.push_str(&json.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pretty_json_is_the_same_json_on_lines() {
        let text = r#"{"Version":"2012-10-17","Statement":[{"Action":["a:b","c:\"d"],"None":[],"Deep":{}}],"n":1}"#;
        let json = Json::parse(text).unwrap_or_default();
        let pretty = pretty(&json);
        assert_eq!(Json::parse(&pretty).unwrap_or_default(), json);
        assert_eq!(
            pretty,
            r#"{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Action": [
                "a:b",
                "c:\"d"
            ],
            "None": [],
            "Deep": {}
        }
    ],
    "n": 1
}"#
        );
    }
}
