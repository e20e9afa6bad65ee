//! A pull reader over XML text: elements by local name. No document types, hence no entities beyond XML's own five.

use crate::DecodeError;
use std::borrow::Cow;

/// The deepest nesting taken; no request of AWS comes near.
const MAX_DEPTH: usize = 64;

type Result<T> = std::result::Result<T, DecodeError>;

pub struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// Full names of the elements that are open.
    open: Vec<&'a str>,
}

/// A start tag.
#[derive(Clone, Copy)]
pub struct Tag<'a> {
    /// Without its prefix.
    pub name: &'a str,
    attributes: &'a str,
    empty: bool,
}

enum Token<'a> {
    Start(Tag<'a>),
    Text(Cow<'a, str>),
    End,
}

fn malformed(what: &str) -> DecodeError {
    DecodeError::new(format!("The XML is not well-formed: {what}"))
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Reader<'a> {
        Reader { text: text.strip_prefix('\u{feff}').unwrap_or(text), at: 0, open: Vec::new() }
    }

    /// The outermost element.
    pub fn root(&mut self) -> Result<Tag<'a>> {
        match self.next()? {
            Some(Token::Start(tag)) => Ok(tag),
            _ => Err(malformed("no root element")),
        }
    }

    /// Nothing but comments and white space is left.
    pub fn end(&mut self) -> Result<()> {
        match self.next()? {
            None => Ok(()),
            Some(_) => Err(malformed("content after the root element")),
        }
    }

    /// Calls `child` with every element directly inside; it has to read that element to its end.
    pub fn children(&mut self, tag: Tag<'a>, mut child: impl FnMut(&mut Self, Tag<'a>) -> Result<()>) -> Result<()> {
        if tag.empty {
            return Ok(());
        }
        loop {
            match self.inside()? {
                Token::Start(tag) => child(self, tag)?,
                Token::Text(_) => {}
                Token::End => return Ok(()),
            }
        }
    }

    /// The text of an element; elements inside do not count.
    pub fn text(&mut self, tag: Tag<'a>) -> Result<Cow<'a, str>> {
        let mut text = Cow::Borrowed("");
        if tag.empty {
            return Ok(text);
        }
        loop {
            match self.inside()? {
                Token::Start(tag) => self.skip(tag)?,
                Token::Text(piece) if text.is_empty() => text = piece,
                Token::Text(piece) => text.to_mut().push_str(&piece),
                Token::End => return Ok(text),
            }
        }
    }

    /// Passes over an element.
    pub fn skip(&mut self, tag: Tag<'a>) -> Result<()> {
        self.children(tag, |reader, tag| reader.skip(tag))
    }

    fn inside(&mut self) -> Result<Token<'a>> {
        self.next()?.ok_or_else(|| malformed("it ends inside an element"))
    }

    /// `None` at the end of the document.
    fn next(&mut self) -> Result<Option<Token<'a>>> {
        loop {
            let rest = self.text.get(self.at..).unwrap_or("");
            if rest.is_empty() {
                return if self.open.is_empty() { Ok(None) } else { Err(malformed("it ends inside an element")) };
            }
            let Some(markup) = rest.strip_prefix('<') else {
                let length = memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
                self.at += length;
                let text = &rest[..length];
                if !self.open.is_empty() {
                    return unescape(text).map(|text| Some(Token::Text(text)));
                }
                if !text.trim_ascii().is_empty() {
                    return Err(malformed("text outside of the root element"));
                }
                continue;
            };
            if let Some(comment) = markup.strip_prefix("!--") {
                self.at += 4 + until(comment, "-->")?.len() + 3;
            } else if let Some(instruction) = markup.strip_prefix('?') {
                self.at += 2 + until(instruction, "?>")?.len() + 2;
            } else if let Some(data) = markup.strip_prefix("![CDATA[") {
                let data = until(data, "]]>")?;
                self.at += 9 + data.len() + 3;
                if self.open.is_empty() {
                    return Err(malformed("text outside of the root element"));
                }
                return Ok(Some(Token::Text(lines(data))));
            } else if markup.starts_with('!') {
                return Err(DecodeError::new("The XML has a document type, which is not taken"));
            } else if let Some(name) = markup.strip_prefix('/') {
                let name = until(name, ">")?;
                self.at += 2 + name.len() + 1;
                if self.open.pop() != Some(name.trim_ascii_end()) {
                    return Err(malformed("an end tag without its start tag"));
                }
                return Ok(Some(Token::End));
            } else {
                return self.start(markup).map(|tag| Some(Token::Start(tag)));
            }
        }
    }

    fn start(&mut self, markup: &'a str) -> Result<Tag<'a>> {
        let length = tag_length(markup)?;
        self.at += 1 + length + 1;
        let inner = &markup[..length];
        let (inner, empty) = inner.strip_suffix('/').map_or((inner, false), |inner| (inner, true));
        let (full, attributes) = inner.split_at(inner.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inner.len()));
        if !full.starts_with(|c: char| c.is_alphabetic() || c == '_') || full.contains(['"', '\'', '=', '&', '/']) {
            return Err(malformed("a tag without a name"));
        }
        // Checked here, so that malformed attributes never pass unseen.
        for attribute in Attributes(attributes) {
            attribute?;
        }
        if self.open.len() == MAX_DEPTH {
            return Err(DecodeError::new(format!("The XML is nested deeper than {MAX_DEPTH} levels")));
        }
        if !empty {
            self.open.push(full);
        }
        Ok(Tag { name: local(full), attributes, empty })
    }
}

impl<'a> Tag<'a> {
    /// The value of an attribute, by its local name.
    pub fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        Attributes(self.attributes)
            .filter_map(Result::ok)
            .find(|(found, _)| local(found) == name)
            .map(|(_, value)| value)
    }
}

struct Attributes<'a>(&'a str);

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<(&'a str, Cow<'a, str>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_ascii_start();
        if rest.is_empty() {
            return None;
        }
        self.0 = "";
        let parsed = || {
            let (name, value) = rest.split_once('=')?;
            let value = value.trim_ascii_start();
            let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let (value, after) = value[1..].split_once(quote)?;
            let name = name.trim_ascii_end();
            let valid = !name.is_empty() && !name.contains(|c: char| c.is_ascii_whitespace() || c == '"' || c == '\'');
            valid.then_some((name, value, after))
        };
        let Some((name, value, after)) = parsed() else {
            return Some(Err(malformed("an attribute without a value")));
        };
        self.0 = after;
        Some(unescape(value).map(|value| (name, value)))
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The length of a tag's inside: up to a `>` that is in no attribute's value.
fn tag_length(markup: &str) -> Result<usize> {
    let bytes = markup.as_bytes();
    let mut at = 0;
    while let Some(offset) = memchr::memchr3(b'>', b'"', b'\'', bytes.get(at..).unwrap_or_default()) {
        at += offset;
        match bytes[at] {
            b'>' => return Ok(at),
            quote => match memchr::memchr2(quote, b'<', &bytes[at + 1..]) {
                Some(length) if bytes[at + 1 + length] == quote => at += length + 2,
                _ => break,
            },
        }
    }
    Err(malformed("a tag does not end"))
}

fn until<'a>(text: &'a str, end: &str) -> Result<&'a str> {
    text.find(end).map(|length| &text[..length]).ok_or_else(|| malformed("markup does not end"))
}

/// XML's line ends: `\r\n` and a lone `\r` are `\n`.
fn lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) }
}

fn unescape(text: &str) -> Result<Cow<'_, str>> {
    let text = lines(text);
    if !text.contains('&') {
        return Ok(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some((clean, reference)) = rest.split_once('&') {
        out.push_str(clean);
        // The longest is `&#x10FFFF;`.
        let end = reference.bytes().take(12).position(|byte| byte == b';').ok_or_else(|| malformed("a bare &"))?;
        out.push(match &reference[..end] {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            number => character(number).ok_or_else(|| malformed("an unknown entity"))?,
        });
        rest = &reference[end + 1..];
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

fn character(number: &str) -> Option<char> {
    let digits = number.strip_prefix('#')?;
    let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |digits| (digits, 16));
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, radix).ok()?).filter(|c| *c != '\0')
}
