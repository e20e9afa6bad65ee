//! JSON text to values and back.

use super::{Data, Decimal, Result, SelectError, error::number_format};

/// How deep values may be nested.
const MAX_DEPTH: usize = 128;

pub(super) fn parse(text: &[u8]) -> Result<Data> {
    let text = std::str::from_utf8(text).map_err(|error| {
        let at = error.valid_up_to();
        SelectError::new(
            "InvalidTextEncoding",
            format!("UTF-8 encoding is required. The text encoding error was found near byte {at}."),
        )
    })?;
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0 };
    let value = reader.value(0)?;
    reader.space();
    if reader.at < reader.bytes.len() {
        return Err(reader.error("something follows the value"));
    }
    Ok(value)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn error(&self, what: &str) -> SelectError {
        SelectError::new(
            "JSONParsingError",
            format!("Encountered an error parsing the JSON file: {what} at byte {} of the record.", self.at),
        )
    }

    fn space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(is);
        is
    }

    fn value(&mut self, depth: usize) -> Result<Data> {
        self.space();
        match self.bytes.get(self.at) {
            None => Err(self.error("a value is missing")),
            Some(b'"') => Ok(Data::Str(self.string()?)),
            Some(b'{' | b'[') if depth >= MAX_DEPTH => Err(self.error("values are nested too deep")),
            Some(b'{') => self.members(depth),
            Some(b'[') => self.items(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => {
                let words = [("null", Data::Null), ("true", Data::Bool(true)), ("false", Data::Bool(false))];
                for (word, value) in words {
                    if self.bytes[self.at..].starts_with(word.as_bytes()) {
                        self.at += word.len();
                        return Ok(value);
                    }
                }
                Err(self.error("no value begins"))
            }
        }
    }

    fn members(&mut self, depth: usize) -> Result<Data> {
        self.at += 1;
        let mut members = Vec::new();
        self.space();
        if self.take(b'}') {
            return Ok(Data::Struct(members));
        }
        loop {
            self.space();
            if self.bytes.get(self.at) != Some(&b'"') {
                return Err(self.error("a name is missing"));
            }
            let name = self.string()?;
            self.space();
            if !self.take(b':') {
                return Err(self.error("a colon is missing"));
            }
            members.push((name, self.value(depth + 1)?));
            self.space();
            if self.take(b'}') {
                return Ok(Data::Struct(members));
            }
            if !self.take(b',') {
                return Err(self.error("a comma is missing"));
            }
        }
    }

    fn items(&mut self, depth: usize) -> Result<Data> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.take(b']') {
            return Ok(Data::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take(b']') {
                return Ok(Data::List(items));
            }
            if !self.take(b',') {
                return Err(self.error("a comma is missing"));
            }
        }
    }

    fn number(&mut self) -> Result<Data> {
        let from = self.at;
        let digits = |reader: &mut Self| {
            let from = reader.at;
            while matches!(reader.bytes.get(reader.at), Some(b'0'..=b'9')) {
                reader.at += 1;
            }
            reader.at > from
        };
        self.take(b'-');
        let mut valid = digits(self);
        if self.take(b'.') {
            valid &= digits(self);
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            valid &= digits(self);
        }
        if !valid {
            return Err(self.error("a number is malformed"));
        }
        let number = &self.text[from..self.at];
        if let Ok(int) = number.parse() {
            // A zero with a sign is no integer of its own.
            return Ok(Data::Int(int));
        }
        Decimal::parse(number).map(Data::Decimal).ok_or_else(number_format)
    }

    fn string(&mut self) -> Result<String> {
        self.at += 1;
        let mut value = String::new();
        loop {
            let rest = &self.bytes[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let Some(plain) = plain else { return Err(self.error("a string does not end")) };
            value.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain + 1;
            match rest[plain] {
                b'"' => return Ok(value),
                b'\\' => value.push(self.escape()?),
                _ => return Err(self.error("a string has a control character")),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let escape = self.bytes.get(self.at).copied();
        self.at += 1;
        Ok(match escape {
            Some(mark @ (b'"' | b'\\' | b'/')) => mark.into(),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.unit()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                if !self.bytes[self.at..].starts_with(b"\\u") {
                    return Ok(char::REPLACEMENT_CHARACTER);
                }
                self.at += 2;
                let second = self.unit()?;
                let pair = (0xdc00..0xe000).contains(&second);
                let code = pair.then(|| 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
                code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(self.error("a string has an unknown escape")),
        })
    }

    fn unit(&mut self) -> Result<u32> {
        let digits = self.bytes.get(self.at..self.at + 4).and_then(|digits| std::str::from_utf8(digits).ok());
        let unit = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = unit.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match unit {
            Some(unit) => {
                self.at += 4;
                Ok(unit)
            }
            None => Err(self.error("a string has a malformed escape")),
        }
    }
}

pub(super) fn write(data: &Data, out: &mut Vec<u8>) {
    match data {
        Data::Null => out.extend_from_slice(b"null"),
        Data::Bool(true) => out.extend_from_slice(b"true"),
        Data::Bool(false) => out.extend_from_slice(b"false"),
        Data::Int(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Data::Decimal(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Data::Str(text) => write_string(text, out),
        Data::List(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Data::Struct(members) => {
            out.push(b'{');
            for (at, (name, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_string(name, out);
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
    }
}

pub(super) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..=0x1f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
