//! What a query is given, and what it gives back.

use super::{Data, Result, Value};

/// Of a record that goes in or comes out, in bytes (S3 user guide, "Requirements and limits": 1 MB). No text that an expression
/// makes is longer.
pub const MAX_RECORD: usize = 1024 * 1024;

/// The fields of a record of CSV.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    text: String,
    ends: Vec<usize>,
}

impl Fields {
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Adds to the field that is being written.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Ends the field that is being written.
    pub fn end(&mut self) {
        self.ends.push(self.text.len());
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn get(&self, index: usize) -> Option<&str> {
        let from = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        self.text.get(from..*self.ends.get(index)?)
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

/// What a query is given.
#[derive(Clone, Copy)]
pub enum Record<'a> {
    Columns(&'a Fields),
    /// `None`: a path that led nowhere.
    Value(Option<&'a Data>),
}

/// How a column of a result is called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Label<'a> {
    Name(&'a str),
    /// `_1` and so on.
    Position(usize),
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Column<'a> {
    pub label: Label<'a>,
    pub value: Value<'a>,
}

/// Takes the columns of a result.
pub type Emit<'e> = &'e mut dyn FnMut(&[Column<'_>]) -> Result<()>;
