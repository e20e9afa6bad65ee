//! How many bytes an item has (developer guide, "DynamoDB item sizes and formats"): against 400 KB, and for capacity.

use super::{Map, Value};

/// Of a list or map, whatever is in it.
const DOCUMENT: usize = 3;
/// Of each element of a list or map.
const ELEMENT: usize = 1;

impl Value {
    pub fn size(&self) -> usize {
        match self {
            Value::S(text) => text.len(),
            Value::N(number) => number.size(),
            Value::B(bytes) => bytes.len(),
            Value::Ss(set) => set.iter().map(String::len).sum(),
            Value::Ns(set) => set.iter().map(|number| number.size()).sum(),
            Value::Bs(set) => set.iter().map(Vec::len).sum(),
            Value::Bool(_) | Value::Null => 1,
            Value::L(list) => DOCUMENT + list.iter().map(|value| ELEMENT + value.size()).sum::<usize>(),
            Value::M(map) => DOCUMENT + map.len() * ELEMENT + map.size(),
        }
    }
}

impl Map {
    /// Of the names and values: the size of an item.
    pub fn size(&self) -> usize {
        self.iter().map(|(name, value)| name.len() + value.size()).sum()
    }
}
