//! A pull reader over CBOR (RFC 8949): definite and indefinite lengths, tags, and floats of every size.

use crate::{DecodeError, Json};
use std::borrow::Cow;

/// As JSON's.
const MAX_DEPTH: u32 = 100;

const UNSIGNED: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;
/// The additional information of an indefinite length.
const INDEFINITE: u8 = 31;
const BREAK: u8 = 0xff;

type Result<T> = std::result::Result<T, DecodeError>;

pub struct Reader<'a> {
    bytes: &'a [u8],
    depth: u32,
}

/// An item's first byte in its two parts, and the number that follows: a value, length, tag, or a float's bits.
struct Head {
    major: u8,
    info: u8,
    number: u64,
}

fn truncated() -> DecodeError {
    DecodeError::new("Unexpected end of the CBOR data")
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, depth: 0 }
    }

    /// Nothing is left.
    pub fn end(&self) -> Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(DecodeError::new("Data after the end of the CBOR item")) }
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let length = usize::try_from(length).map_err(|_| truncated())?;
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(truncated)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// The next item's head, behind any tags.
    fn head(&mut self) -> Result<Head> {
        loop {
            let first = self.take(1)?[0];
            let (major, info) = (first >> 5, first & 31);
            let number = match info {
                0..24 => u64::from(info),
                24..=27 => self.take(1 << (info - 24))?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)),
                INDEFINITE if matches!(major, BYTES | TEXT | LIST | MAP) => 0,
                _ => return Err(DecodeError::new(format!("Invalid CBOR item {first:#04x}"))),
            };
            if major != TAG {
                return Ok(Head { major, info, number });
            }
        }
    }

    /// The kind of the next item, behind any tags, not consumed; `None` where there is none.
    fn major(&self) -> Option<u8> {
        let mut ahead = Reader { bytes: self.bytes, depth: 0 };
        ahead.head().ok().map(|head| head.major)
    }

    /// `null` or `undefined`, consumed, or false.
    pub fn null(&mut self) -> bool {
        match self.bytes.split_first() {
            Some((0xf6 | 0xf7, rest)) => {
                self.bytes = rest;
                true
            }
            _ => false,
        }
    }

    fn broken(&mut self) -> bool {
        match self.bytes.split_first() {
            Some((&BREAK, rest)) => {
                self.bytes = rest;
                true
            }
            _ => false,
        }
    }

    pub fn bool(&mut self) -> Result<bool> {
        match self.head()? {
            Head { major: SIMPLE, info: 20, .. } => Ok(false),
            Head { major: SIMPLE, info: 21, .. } => Ok(true),
            head => Err(mismatch(&head, "Boolean")),
        }
    }

    /// An integer, or a float without a fraction.
    pub fn int(&mut self, kind: &str) -> Result<i64> {
        let head = self.head()?;
        let value = match head.major {
            UNSIGNED => i64::try_from(head.number).ok(),
            NEGATIVE => i64::try_from(head.number).ok().map(|number| -1 - number),
            _ => float(&head).filter(|float| float.trunc() == *float && float.abs() < 9.2e18).map(|float| float as i64),
        };
        value.ok_or_else(|| mismatch(&head, kind))
    }

    pub fn float(&mut self) -> Result<f64> {
        let head = self.head()?;
        match head.major {
            UNSIGNED => Ok(head.number as f64),
            NEGATIVE => Ok(-1.0 - head.number as f64),
            _ => float(&head).ok_or_else(|| mismatch(&head, "Double")),
        }
    }

    pub fn bytes(&mut self) -> Result<Cow<'a, [u8]>> {
        let head = self.head()?;
        if head.major == BYTES { self.string(&head) } else { Err(mismatch(&head, "Blob")) }
    }

    pub fn text(&mut self) -> Result<Cow<'a, str>> {
        let head = self.head()?;
        if head.major != TEXT {
            return Err(mismatch(&head, "String"));
        }
        let invalid = |_| DecodeError::new("A CBOR text is not UTF-8");
        match self.string(&head)? {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(invalid),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).map_err(|error| invalid(error.utf8_error())),
        }
    }

    /// The bytes of a string, whose chunks are of the same kind where its length is indefinite.
    fn string(&mut self, head: &Head) -> Result<Cow<'a, [u8]>> {
        if head.info != INDEFINITE {
            return self.take(head.number).map(Cow::Borrowed);
        }
        let mut all = Vec::new();
        while !self.broken() {
            let chunk = self.head()?;
            if chunk.major != head.major || chunk.info == INDEFINITE {
                return Err(mismatch(&chunk, "a chunk of a string"));
            }
            all.extend_from_slice(self.take(chunk.number)?);
        }
        Ok(Cow::Owned(all))
    }

    /// Calls `item` at each item of a list.
    pub fn list(&mut self, item: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        let head = self.head()?;
        if head.major == LIST { self.items(&head, item) } else { Err(mismatch(&head, "List")) }
    }

    /// Calls `entry` with each key of a map, and the reader at its value.
    pub fn map(&mut self, mut entry: impl FnMut(&mut Self, Cow<'a, str>) -> Result<()>) -> Result<()> {
        let head = self.head()?;
        if head.major != MAP {
            return Err(mismatch(&head, "Structure"));
        }
        self.items(&head, |reader| {
            let key = reader.text()?;
            entry(reader, key)
        })
    }

    fn items(&mut self, head: &Head, mut item: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(DecodeError::new(format!("The CBOR is nested deeper than {MAX_DEPTH} levels")));
        }
        if head.info == INDEFINITE {
            while !self.broken() {
                item(self)?;
            }
        } else {
            // Each takes a byte at least: a length that lies ends with the data.
            for _ in 0..head.number {
                item(self)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Passes over one item of any kind.
    pub fn skip(&mut self) -> Result<()> {
        match self.major() {
            Some(BYTES) => self.bytes().map(drop),
            Some(TEXT) => self.text().map(drop),
            Some(LIST) => self.list(|reader| reader.skip()),
            Some(MAP) => {
                let head = self.head()?;
                self.items(&head, |reader| {
                    reader.skip()?;
                    reader.skip()
                })
            }
            _ => self.head().map(drop),
        }
    }

    /// One item of any kind, as JSON would have it.
    pub fn document(&mut self) -> Result<Json> {
        Ok(match self.major() {
            Some(UNSIGNED | NEGATIVE) => Json::Int(self.int("Long")?),
            Some(TEXT) => Json::Str(self.text()?.into_owned()),
            Some(LIST) => {
                let mut items = Vec::new();
                self.list(|reader| {
                    items.push(reader.document()?);
                    Ok(())
                })?;
                Json::List(items)
            }
            Some(MAP) => {
                let mut entries = Vec::new();
                self.map(|reader, key| {
                    entries.push((key.into_owned(), reader.document()?));
                    Ok(())
                })?;
                Json::Object(entries)
            }
            _ if self.null() => Json::Null,
            _ => match self.head()? {
                Head { major: SIMPLE, info: 20, .. } => Json::Bool(false),
                Head { major: SIMPLE, info: 21, .. } => Json::Bool(true),
                head => Json::Float(float(&head).ok_or_else(|| mismatch(&head, "Document"))?),
            },
        })
    }
}

fn mismatch(head: &Head, wanted: &str) -> DecodeError {
    let found = match head.major {
        UNSIGNED | NEGATIVE => "An integer",
        BYTES => "A byte string",
        TEXT => "A text",
        LIST => "A list",
        MAP => "A map",
        _ => "A simple value",
    };
    DecodeError::new(format!("{found} of the CBOR data cannot be converted to {wanted}"))
}

fn float(head: &Head) -> Option<f64> {
    match (head.major, head.info) {
        (SIMPLE, 25) => Some(half(head.number as u16)),
        (SIMPLE, 26) => Some(f32::from_bits(head.number as u32).into()),
        (SIMPLE, 27) => Some(f64::from_bits(head.number)),
        _ => None,
    }
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let magnitude = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}
