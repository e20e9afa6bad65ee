//! Appends JSON text to a buffer.

use crate::Json;

#[derive(Default)]
pub struct Writer {
    out: Vec<u8>,
}

const HEX: &[u8; 16] = b"0123456789abcdef";

impl Writer {
    pub fn with_capacity(bytes: usize) -> Writer {
        Writer { out: Vec::with_capacity(bytes) }
    }

    pub fn len(&self) -> usize {
        self.out.len()
    }

    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Makes room for so many bytes more.
    pub fn reserve(&mut self, bytes: usize) {
        self.out.reserve(bytes);
    }

    pub fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    pub fn byte(&mut self, byte: u8) {
        self.out.push(byte);
    }

    pub fn bool(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    pub fn int(&mut self, value: i64) {
        self.raw(itoa::Buffer::new().format(value));
    }

    /// NaN and the infinities are strings, as in AWS's JSON protocols.
    pub fn float(&mut self, value: f64) {
        if value.is_finite() {
            self.raw(&float_text(value));
        } else {
            self.string(&float_text(value));
        }
    }

    pub fn string(&mut self, text: &str) {
        self.out.push(b'"');
        let bytes = text.as_bytes();
        // Most texts need no escape. A fold without an early exit: the compiler makes it a vector loop.
        if !bytes.iter().fold(false, |found, byte| found | (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\')) {
            self.out.extend_from_slice(bytes);
            self.out.push(b'"');
            return;
        }
        let mut clean_from = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let escape = match byte {
                b'"' | b'\\' => *byte,
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0..0x20 => b'u',
                _ => continue,
            };
            self.out.extend_from_slice(&bytes[clean_from..at]);
            self.out.extend_from_slice(&[b'\\', escape]);
            if escape == b'u' {
                self.out.extend_from_slice(&[b'0', b'0', HEX[(byte >> 4) as usize], HEX[(byte & 15) as usize]]);
            }
            clean_from = at + 1;
        }
        self.out.extend_from_slice(&bytes[clean_from..]);
        self.out.push(b'"');
    }

    pub fn document(&mut self, value: &Json) {
        match value {
            Json::Null => self.raw("null"),
            Json::Bool(value) => self.bool(*value),
            Json::Int(value) => self.int(*value),
            Json::Float(value) => self.float(*value),
            Json::Str(text) => self.string(text),
            Json::List(items) => self.separated(b'[', b']', items, |writer, item| writer.document(item)),
            Json::Object(entries) => self.separated(b'{', b'}', entries, |writer, (key, value)| {
                writer.string(key);
                writer.byte(b':');
                writer.document(value);
            }),
        }
    }

    fn separated<T>(&mut self, open: u8, close: u8, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.byte(open);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.byte(b',');
            }
            each(self, item);
        }
        self.byte(close);
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    pub fn into_string(self) -> String {
        // Only whole strings were appended.
        String::from_utf8(self.out).unwrap_or_default()
    }
}

/// A float as AWS's protocols write it: integral values without a fraction, exponents as JSON has them.
pub(crate) fn float_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if value != 0.0 && !(1e-5..1e17).contains(&value.abs()) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}
