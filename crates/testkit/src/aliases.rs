//! Short names for what differs from run to run, or would be hard to read: ids, handles, tokens.

use std::collections::HashMap;

/// Names and the values they stand for: `$receipt-1`, or what a transcript set itself.
#[derive(Default)]
pub struct Aliases {
    /// In the order they came.
    known: Vec<(String, String)>,
    counts: HashMap<&'static str, usize>,
}

impl Aliases {
    pub fn set(&mut self, name: &str, value: String) {
        self.known.retain(|(known, _)| known != name);
        self.known.push((name.to_owned(), value));
    }

    /// The value's name, given now if it has none.
    pub fn name(&mut self, kind: &'static str, value: &str) -> String {
        if let Some((name, _)) = self.known.iter().find(|(_, known)| known == value) {
            return format!("${name}");
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let name = format!("{kind}-{count}");
        self.known.push((name.clone(), value.to_owned()));
        format!("${name}")
    }

    /// Puts names for the long values in a text that were given names here.
    pub fn shorten(&self, text: &mut String) {
        for (name, value) in &self.known {
            let given = self.counts.keys().any(|kind| name.strip_prefix(kind).is_some_and(|n| n.starts_with('-')));
            if given && value.len() >= 16 && text.contains(value.as_str()) {
                *text = text.replace(value.as_str(), &format!("${name}"));
            }
        }
    }

    /// Puts values for names; a `$` before no known name stands for itself.
    pub fn expand(&self, text: &str) -> String {
        self.put_values(text, str::to_owned)
    }

    /// The same in the text of a JSON document, whose strings the values stand in.
    pub fn expand_json(&self, text: &str) -> String {
        let escape = |value: &str| {
            let quoted = wire::Json::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        };
        self.put_values(text, escape)
    }

    fn put_values(&self, text: &str, write: impl Fn(&str) -> String) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let plain = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
            let end = after.find(plain).unwrap_or(after.len());
            match self.known.iter().find(|(name, _)| *name == after[..end]) {
                Some((_, value)) => {
                    out.push_str(&write(value));
                    rest = &after[end..];
                }
                None => {
                    out.push('$');
                    rest = after;
                }
            }
        }
        out + rest
    }
}
