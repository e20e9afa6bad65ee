//! Appends CBOR to a buffer.

use crate::{Json, Timestamp};

#[derive(Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    fn head(&mut self, major: u8, number: u64) {
        let bytes = number.to_be_bytes();
        let (info, length) = match number {
            0..24 => (number as u8, 0),
            24..0x100 => (24, 1),
            0x100..0x1_0000 => (25, 2),
            0x1_0000..0x1_0000_0000 => (26, 4),
            _ => (27, 8),
        };
        self.out.push(major << 5 | info);
        self.out.extend_from_slice(&bytes[8 - length..]);
    }

    pub fn bool(&mut self, value: bool) {
        self.out.push(if value { 0xf5 } else { 0xf4 });
    }

    pub fn null(&mut self) {
        self.out.push(0xf6);
    }

    pub fn int(&mut self, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.head(0, value),
            Err(_) => self.head(1, value.unsigned_abs() - 1),
        }
    }

    pub fn float(&mut self, value: f64) {
        self.out.push(0xfb);
        self.out.extend_from_slice(&value.to_be_bytes());
    }

    pub fn text(&mut self, text: &str) {
        self.head(3, text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.head(2, bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    /// Tag 1: seconds since the epoch, whole or to the millisecond.
    pub fn time(&mut self, time: Timestamp) {
        self.head(6, 1);
        if time.millis() % 1_000 == 0 {
            self.int(time.secs());
        } else {
            self.float(time.millis() as f64 / 1e3);
        }
    }

    /// A list's head; its items follow.
    pub fn list(&mut self, length: usize) {
        self.head(4, length as u64);
    }

    /// A map's head; keys and values follow in turn.
    pub fn map(&mut self, length: usize) {
        self.head(5, length as u64);
    }

    /// A map whose length is not known yet; [`Writer::end`] closes it.
    pub fn open_map(&mut self) {
        self.out.push(0xbf);
    }

    pub fn end(&mut self) {
        self.out.push(0xff);
    }

    pub fn document(&mut self, value: &Json) {
        match value {
            Json::Null => self.null(),
            Json::Bool(value) => self.bool(*value),
            Json::Int(value) => self.int(*value),
            Json::Float(value) => self.float(*value),
            Json::Str(text) => self.text(text),
            Json::List(items) => {
                self.list(items.len());
                items.iter().for_each(|item| self.document(item));
            }
            Json::Object(entries) => {
                self.map(entries.len());
                for (key, value) in entries {
                    self.text(key);
                    self.document(value);
                }
            }
        }
    }
}
