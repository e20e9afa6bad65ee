//! What a key condition means for a table or an index: one partition, and a range of it.

use super::{Error, KeyCondition, KeyTest, Result, Type, Value};

/// The key of a table or an index. A table has one attribute for each part; a global secondary index may have up to four
/// (developer guide, "Multi-attribute keys").
#[derive(Clone, Copy, Debug)]
pub struct KeySchema<'s> {
    pub partition: &'s [(&'s str, Type)],
    /// Empty where there is no sort key.
    pub sort: &'s [(&'s str, Type)],
}

#[derive(Clone, Debug, PartialEq)]
pub struct KeyRange<'a> {
    /// One for each attribute of the partition key.
    pub partition: Vec<&'a Value>,
    /// For the first attributes of the sort key; none where there is no condition on them. All but the last are
    /// [`KeyTest::Equal`].
    pub sort: Vec<KeyTest<'a>>,
}

fn unsupported() -> Error {
    Error::table("Query key condition not supported")
}

fn missed(name: &str) -> Error {
    Error::table(format!("Query condition missed key schema element: {name}"))
}

impl<'a> KeyCondition<'a> {
    /// # Errors
    /// More conditions than key attributes, key attributes without the condition that they need, conditions on others, and
    /// values that cannot be in the key.
    pub fn range(&self, schema: &KeySchema) -> Result<KeyRange<'a>> {
        let (conditions, attributes) = (self.parts.len(), schema.partition.len() + schema.sort.len());
        if conditions > attributes {
            return Err(Error::table(format!(
                "The number of query conditions ({conditions}) exceeds the number of key attributes defined in the schema ({attributes})"
            )));
        }
        let test = |name: &str| self.parts.iter().find(|(other, _)| *other == name).map(|(_, test)| *test);
        let mut range = KeyRange { partition: Vec::with_capacity(1), sort: Vec::new() };
        for (name, of) in schema.partition {
            match test(name).ok_or_else(|| missed(name))? {
                KeyTest::Equal(value) => {
                    check(name, *of, value)?;
                    range.partition.push(value);
                }
                _ => return Err(unsupported()),
            }
        }
        let mut left = conditions - range.partition.len();
        for (name, of) in schema.sort {
            if left == 0 {
                break;
            }
            // Conditions go from the left without a gap, and only the last may be another than equality.
            let test = test(name).ok_or_else(|| missed(name))?;
            if matches!(range.sort.last(), Some(last) if !matches!(last, KeyTest::Equal(_))) {
                return Err(unsupported());
            }
            if matches!(test, KeyTest::BeginsWith(_)) && *of == Type::N {
                return Err(wrong_type());
            }
            test.values().try_for_each(|value| check(name, *of, value))?;
            range.sort.push(test);
            left -= 1;
        }
        match left {
            0 => Ok(range),
            _ => Err(unsupported()),
        }
    }
}

fn wrong_type() -> Error {
    Error::table("One or more parameter values were invalid: Condition parameter type does not match schema type")
}

fn check(name: &str, of: Type, value: &Value) -> Result<()> {
    let empty = match value {
        _ if value.type_of() != of => return Err(wrong_type()),
        Value::S(text) if text.is_empty() => "string",
        Value::B(bytes) if bytes.is_empty() => "binary",
        _ => return Ok(()),
    };
    Err(Error::table(format!(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {empty} value. Key: {name}"
    )))
}

impl KeyTest<'_> {
    /// Whether a value of the key is in the range.
    pub fn holds(&self, key: &Value) -> bool {
        let order = |value: &Value| key.compare(value);
        match self {
            KeyTest::Equal(value) => key == *value,
            KeyTest::Less(value) => order(value).is_some_and(|order| order.is_lt()),
            KeyTest::LessOrEqual(value) => order(value).is_some_and(|order| order.is_le()),
            KeyTest::Greater(value) => order(value).is_some_and(|order| order.is_gt()),
            KeyTest::GreaterOrEqual(value) => order(value).is_some_and(|order| order.is_ge()),
            KeyTest::Between(low, high) => {
                order(low).is_some_and(|order| order.is_ge()) && order(high).is_some_and(|order| order.is_le())
            }
            KeyTest::BeginsWith(prefix) => match (key, prefix) {
                (Value::S(text), Value::S(prefix)) => text.starts_with(prefix.as_str()),
                (Value::B(bytes), Value::B(prefix)) => bytes.starts_with(prefix),
                _ => false,
            },
        }
    }
}
