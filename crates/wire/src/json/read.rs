//! A pull reader over JSON text. Strings without escapes are borrowed.

use crate::{DecodeError, Json};
use std::borrow::Cow;

/// The deepest nesting taken; DynamoDB allows 32 levels of document, each two levels of JSON.
const MAX_DEPTH: u32 = 100;

pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

type Result<T> = std::result::Result<T, DecodeError>;

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Reader<'a> {
        Reader { text, at: 0, depth: 0 }
    }

    /// The next byte that is not white space, not consumed; 0 at the end.
    #[inline]
    pub fn peek(&mut self) -> u8 {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                _ => return *byte,
            }
        }
        0
    }

    /// Consumes the byte if it comes next.
    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.eat(byte) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Nothing but white space is left.
    pub fn end(&mut self) -> Result<()> {
        if self.peek() == 0 && self.at >= self.text.len() { Ok(()) } else { Err(self.unexpected()) }
    }

    pub fn unexpected(&mut self) -> DecodeError {
        self.peek();
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            None => DecodeError::new("Unexpected end of the JSON text"),
            Some(found) => {
                DecodeError::new(format!("Unexpected character {found:?} at offset {} of the JSON", self.at))
            }
        }
    }

    /// `null`, consumed, or false.
    pub fn null(&mut self) -> bool {
        let found = self.peek() == b'n' && self.text[self.at..].starts_with("null");
        self.at += if found { 4 } else { 0 };
        found
    }

    /// What kind of token comes next, as AWS's messages call it.
    pub fn kind(&mut self) -> &'static str {
        match self.peek() {
            b'"' => "STRING_VALUE",
            b't' => "TRUE_VALUE",
            b'f' => "FALSE_VALUE",
            b'-' | b'0'..=b'9' => "NUMBER_VALUE",
            b'{' => "START_OBJECT",
            b'[' => "START_ARRAY",
            b'n' => "NULL_VALUE",
            _ => "END",
        }
    }

    /// The error for a token of another kind than the shape's member has.
    pub fn mismatch(&mut self, wanted: &str) -> DecodeError {
        match self.kind() {
            "END" => self.unexpected(),
            // The sentences of AWS's JSON front ends (seen from DynamoDB and SQS).
            "START_OBJECT" => DecodeError::new("Start of structure or map found where not expected."),
            "START_ARRAY" => DecodeError::new("Start of list found where not expected"),
            kind => DecodeError::new(format!("{kind} cannot be converted to {wanted}")),
        }
    }

    pub fn bool(&mut self) -> Result<bool> {
        let value = match self.peek() {
            b't' if self.text[self.at..].starts_with("true") => true,
            b'f' if self.text[self.at..].starts_with("false") => false,
            _ => return Err(self.mismatch("Boolean")),
        };
        self.at += if value { 4 } else { 5 };
        Ok(value)
    }

    /// The text of a number, by JSON's grammar.
    pub fn number(&mut self) -> Result<&'a str> {
        self.peek();
        let bytes = self.text.as_bytes();
        let start = self.at;
        let digits = |at: &mut usize| {
            let from = *at;
            while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
                *at += 1;
            }
            *at > from
        };
        let mut at = start + usize::from(bytes.get(start) == Some(&b'-'));
        let leading_zero = bytes.get(at) == Some(&b'0') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        let mut valid = digits(&mut at) && !leading_zero;
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            valid &= digits(&mut at);
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            at += 1;
            at += usize::from(matches!(bytes.get(at), Some(b'+' | b'-')));
            valid &= digits(&mut at);
        }
        if !valid {
            return Err(self.unexpected());
        }
        self.at = at;
        Ok(&self.text[start..at])
    }

    /// A string, borrowed where it has no escapes.
    pub fn string(&mut self) -> Result<Cow<'a, str>> {
        if !self.eat(b'"') {
            return Err(self.mismatch("String"));
        }
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let Some(length) = memchr::memchr2(b'"', b'\\', rest) else {
            return Err(DecodeError::new("Unexpected end of the JSON text"));
        };
        reject_control(&rest[..length])?;
        self.at += length;
        if rest[length] == b'"' {
            self.at += 1;
            return Ok(Cow::Borrowed(&self.text[start..start + length]));
        }
        self.escaped(start).map(Cow::Owned)
    }

    /// The rest of a string from its first escape on.
    fn escaped(&mut self, start: usize) -> Result<String> {
        let mut out = String::with_capacity(self.at - start + 16);
        out.push_str(&self.text[start..self.at]);
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let Some(length) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(DecodeError::new("Unexpected end of the JSON text"));
            };
            reject_control(&rest[..length])?;
            out.push_str(&self.text[self.at..self.at + length]);
            self.at += length + 1;
            if rest[length] == b'"' {
                return Ok(out);
            }
            let escape = self.text.as_bytes().get(self.at).copied().unwrap_or(0);
            self.at += 1;
            out.push(match escape {
                b'"' | b'\\' | b'/' => escape as char,
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                b'u' => self.unicode()?,
                _ => return Err(DecodeError::new("Invalid escape in a JSON string")),
            });
        }
    }

    /// The character of a `\u` escape, or of two that form a surrogate pair.
    fn unicode(&mut self) -> Result<char> {
        let invalid = || DecodeError::new("Invalid \\u escape in a JSON string");
        let first = self.hex4().ok_or_else(invalid)?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or_else(invalid);
        }
        if self.text.get(self.at..self.at + 2) != Some("\\u") {
            return Err(invalid());
        }
        self.at += 2;
        let second = self.hex4().filter(|s| (0xdc00..0xe000).contains(s)).ok_or_else(invalid)?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or_else(invalid)
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
    }

    /// Reads `{`, then calls `member` with each key and the reader at its value, then `}`.
    pub fn object(&mut self, mut member: impl FnMut(&mut Self, Cow<'a, str>) -> Result<()>) -> Result<()> {
        if !self.eat(b'{') {
            return Err(self.mismatch("Structure"));
        }
        self.enter()?;
        if !self.eat(b'}') {
            loop {
                let key = self.string()?;
                self.expect(b':')?;
                member(self, key)?;
                if !self.eat(b',') {
                    self.expect(b'}')?;
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads `[`, then calls `item` at each item, then `]`.
    pub fn list(&mut self, mut item: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        if !self.eat(b'[') {
            return Err(self.mismatch("List"));
        }
        self.enter()?;
        if !self.eat(b']') {
            loop {
                item(self)?;
                if !self.eat(b',') {
                    self.expect(b']')?;
                    break;
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(DecodeError::new(format!("The JSON is nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    /// Passes over one value of any kind.
    pub fn skip(&mut self) -> Result<()> {
        match self.peek() {
            b'{' => self.object(|reader, _| reader.skip()),
            b'[' => self.list(|reader| reader.skip()),
            b'"' => self.string().map(drop),
            b't' | b'f' => self.bool().map(drop),
            b'n' if self.null() => Ok(()),
            b'-' | b'0'..=b'9' => self.number().map(drop),
            _ => Err(self.unexpected()),
        }
    }

    /// One value of any kind.
    pub fn document(&mut self) -> Result<Json> {
        Ok(match self.peek() {
            b'{' => {
                let mut entries = Vec::new();
                self.object(|reader, key| {
                    entries.push((key.into_owned(), reader.document()?));
                    Ok(())
                })?;
                Json::Object(entries)
            }
            b'[' => {
                let mut items = Vec::new();
                self.list(|reader| {
                    items.push(reader.document()?);
                    Ok(())
                })?;
                Json::List(items)
            }
            b'"' => Json::Str(self.string()?.into_owned()),
            b't' | b'f' => Json::Bool(self.bool()?),
            b'n' if self.null() => Json::Null,
            b'-' | b'0'..=b'9' => {
                let text = self.number()?;
                match text.parse() {
                    Ok(int) => Json::Int(int),
                    Err(_) => Json::Float(text.parse().map_err(|_| self.unexpected())?),
                }
            }
            _ => return Err(self.unexpected()),
        })
    }
}

fn reject_control(bytes: &[u8]) -> Result<()> {
    // A fold without an early exit: the compiler makes it a vector loop.
    if bytes.iter().fold(false, |found, byte| found | (*byte < 0x20)) {
        return Err(DecodeError::new("Illegal unescaped control character in a JSON string"));
    }
    Ok(())
}
