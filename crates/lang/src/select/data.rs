//! Values as they are in an object: what JSON has, with exact numbers.

use super::{Decimal, Result, json};

#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    Null,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Str(String),
    List(Vec<Data>),
    /// In their order; a name may come twice.
    Struct(Vec<(String, Data)>),
}

impl Data {
    /// One JSON value, and nothing behind it but space.
    pub fn parse(text: &[u8]) -> Result<Data> {
        json::parse(text)
    }

    /// As JSON, without spaces.
    pub fn write(&self, out: &mut Vec<u8>) {
        json::write(self, out);
    }
}
