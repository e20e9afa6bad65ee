//! Just enough JSON to read a POST policy; nothing is written here, and nothing else is read.

/// Far deeper than a policy, which has three levels.
const MAX_DEPTH: usize = 8;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Text(String),
    /// As it was spelled.
    Number(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
    /// `true`, `false` and `null`, which mean nothing in a policy.
    Word,
}

pub(crate) fn read(text: &str) -> Option<Json> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.blank();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    /// Takes `mark` if it comes next.
    fn take(&mut self, mark: char) -> bool {
        self.blank();
        self.rest.strip_prefix(mark).is_some_and(|rest| {
            self.rest = rest;
            true
        })
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.take('{') {
            let mut members = Vec::new();
            self.sequence('}', |reader| {
                let name = reader.text()?;
                let value = reader.take(':').then(|| reader.value(depth + 1))??;
                members.push((name, value));
                Some(())
            })?;
            return Some(Json::Object(members));
        }
        if self.take('[') {
            let mut items = Vec::new();
            self.sequence(']', |reader| reader.value(depth + 1).map(|item| items.push(item)))?;
            return Some(Json::List(items));
        }
        if self.rest.starts_with('"') {
            return self.text().map(Json::Text);
        }
        let end = self.rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "true" | "false" | "null" => Some(Json::Word),
            _ if word.parse::<f64>().is_ok_and(f64::is_finite) => Some(Json::Number(word.to_owned())),
            _ => None,
        }
    }

    /// Comma-separated items up to `end`.
    fn sequence(&mut self, end: char, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if self.take(end) {
            return Some(());
        }
        loop {
            item(self)?;
            if self.take(end) {
                return Some(());
            }
            if !self.take(',') {
                return None;
            }
        }
    }

    fn text(&mut self) -> Option<String> {
        if !self.take('"') {
            return None;
        }
        let mut out = String::new();
        loop {
            let plain = self.rest.find(['"', '\\'])?;
            out.push_str(&self.rest[..plain]);
            let quoted = self.rest[plain..].starts_with('\\');
            self.rest = &self.rest[plain + 1..];
            if !quoted {
                return Some(out);
            }
            out.push(self.escape()?);
        }
    }

    /// What follows a backslash. `\$` is not JSON, but the S3 API reference has POST policies escape a dollar sign with it.
    fn escape(&mut self) -> Option<char> {
        let kind = self.rest.chars().next()?;
        self.rest = &self.rest[kind.len_utf8()..];
        Some(match kind {
            '"' | '\\' | '/' | '$' => kind,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'u' => {
                let unit = self.unit()?;
                if !(0xd800..0xdc00).contains(&unit) {
                    return char::from_u32(unit);
                }
                self.rest = self.rest.strip_prefix("\\u")?;
                let low = self.unit().filter(|low| (0xdc00..0xe000).contains(low))?;
                char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00))?
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        assert_eq!(read(r#" "a\n\u00e9\ud83d\ude00\$" "#), Some(Json::Text("a\né😀$".into())));
        assert_eq!(read("[1, -2.5e3,\n true]").unwrap(), {
            Json::List(vec![Json::Number("1".into()), Json::Number("-2.5e3".into()), Json::Word])
        });
        assert_eq!(read(r#"{"a": {}}"#), Some(Json::Object(vec![("a".into(), Json::Object(vec![]))])));
    }

    #[test]
    fn nonsense() {
        for text in ["", "{", "[1", "[1,]", "{\"a\"}", "{a:1}", "\"\\x\"", "\"\\ud800\"", "1 2", "nan", &"[".repeat(99)]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
