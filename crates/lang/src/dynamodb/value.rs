//! Attribute values.

use super::{Error, Map, Number, Result};
use data_encoding::BASE64;
use std::{cmp::Ordering, fmt};

/// How deep documents may be nested: a scalar is one level, what holds it one more (developer guide, "Constraints").
pub const MAX_DEPTH: usize = 32;

/// Sets are sorted and have no duplicates, so that equality does not see an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    S(String),
    N(Number),
    B(Vec<u8>),
    Ss(Vec<String>),
    Ns(Vec<Number>),
    Bs(Vec<Vec<u8>>),
    M(Map),
    L(Vec<Value>),
    Bool(bool),
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    S,
    N,
    B,
    Ss,
    Ns,
    Bs,
    M,
    L,
    Bool,
    Null,
}

impl Type {
    pub(super) const ALL: [(Type, &str, &str); 10] = [
        (Type::S, "S", "STRING"),
        (Type::N, "N", "NUMBER"),
        (Type::B, "B", "BINARY"),
        (Type::Ss, "SS", "STRING_SET"),
        (Type::Ns, "NS", "NUMBER_SET"),
        (Type::Bs, "BS", "BINARY_SET"),
        (Type::M, "M", "MAP"),
        (Type::L, "L", "LIST"),
        (Type::Bool, "BOOL", "BOOLEAN"),
        (Type::Null, "NULL", "NULL"),
    ];

    /// `S`, `BOOL`, …
    pub fn parse(name: &str) -> Option<Type> {
        Type::ALL.iter().find(|(_, short, _)| *short == name).map(|(of, ..)| *of)
    }

    pub fn name(self) -> &'static str {
        Type::ALL[self as usize].1
    }

    /// As some sentences say it: `STRING`.
    pub(super) fn long_name(self) -> &'static str {
        Type::ALL[self as usize].2
    }

    /// What has an order, and can be a key: S, N and B.
    pub fn is_scalar_key(self) -> bool {
        matches!(self, Type::S | Type::N | Type::B)
    }

    pub fn is_set(self) -> bool {
        matches!(self, Type::Ss | Type::Ns | Type::Bs)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Members that are sorted up to where one came again, then that one, then the others as they were sent. That is how the
/// sentences list them; what is sorted is kept.
fn sorted<T: Ord + Clone>(members: Vec<T>) -> std::result::Result<Vec<T>, Vec<T>> {
    let mut sorted: Vec<T> = Vec::with_capacity(members.len());
    for at in 0..members.len() {
        match sorted.last() {
            Some(last) if *last >= members[at] => match sorted.binary_search(&members[at]) {
                Ok(_) => {
                    sorted.extend_from_slice(&members[at..]);
                    return Err(sorted);
                }
                Err(place) => sorted.insert(place, members[at].clone()),
            },
            _ => sorted.push(members[at].clone()),
        }
    }
    Ok(sorted)
}

fn joined(members: impl Iterator<Item = String>, between: &str) -> String {
    members.collect::<Vec<_>>().join(between)
}

impl Value {
    /// # Errors
    /// An empty set, and duplicates.
    pub fn string_set(members: Vec<String>) -> Result<Value> {
        if members.is_empty() {
            return Err(Error::invalid("An string set  may not be empty"));
        }
        let as_sent = members.clone();
        sorted(members).map(Value::Ss).map_err(|found| {
            let found = joined(found.iter().map(|member| format!("\"{member}\"")), ", ");
            Error::invalid(format_args!("Input collection [{found}] contains duplicates.")).with_older(format!(
                "One or more parameter values were invalid: Input collection [{}] contains duplicates.",
                as_sent.join(", ")
            ))
        })
    }

    /// # Errors
    /// As [`Value::string_set`].
    pub fn number_set(members: Vec<Number>) -> Result<Value> {
        if members.is_empty() {
            return Err(Error::invalid("An number set  may not be empty"));
        }
        sorted(members).map(Value::Ns).map_err(|_| {
            Error::invalid("Input collection contains duplicates.").with_older("Input collection contains duplicates")
        })
    }

    /// # Errors
    /// As [`Value::string_set`].
    pub fn binary_set(members: Vec<Vec<u8>>) -> Result<Value> {
        if members.is_empty() {
            return Err(Error::invalid("Binary sets should not be empty"));
        }
        let as_sent = joined(members.iter().map(|member| BASE64.encode(member)), ", ");
        sorted(members).map(Value::Bs).map_err(|found| {
            let found = joined(found.iter().map(|member| format!("\"{}\"", BASE64.encode(member))), ",");
            // AWS has no space before "of" either.
            Error::invalid(format_args!("Input collection [{found}]of type BS contains duplicates.")).with_older(format!(
                "One or more parameter values were invalid: Input collection [{as_sent}]of type BS contains duplicates."
            ))
        })
    }

    /// # Errors
    /// `false`: a NULL says that it is one.
    pub fn null(is: bool) -> Result<Value> {
        match is {
            true => Ok(Value::Null),
            false => Err(Error::invalid("Null attribute value types must have the value of true")),
        }
    }

    /// Of how many types a value of a request claims to be: it has one member.
    ///
    /// # Errors
    /// Any other number.
    pub fn check_types(count: usize) -> Result<()> {
        match count {
            1 => Ok(()),
            0 => Err(Error::request(
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
            )),
            _ => Err(Error::request(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
            )),
        }
    }

    pub fn type_of(&self) -> Type {
        match self {
            Value::S(_) => Type::S,
            Value::N(_) => Type::N,
            Value::B(_) => Type::B,
            Value::Ss(_) => Type::Ss,
            Value::Ns(_) => Type::Ns,
            Value::Bs(_) => Type::Bs,
            Value::M(_) => Type::M,
            Value::L(_) => Type::L,
            Value::Bool(_) => Type::Bool,
            Value::Null => Type::Null,
        }
    }

    /// Of two strings, numbers or binaries: strings by their UTF-8 bytes, binaries by unsigned bytes. Nothing else has an
    /// order.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::S(a), Value::S(b)) => Some(a.cmp(b)),
            (Value::N(a), Value::N(b)) => Some(a.cmp(b)),
            (Value::B(a), Value::B(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// Levels of nesting: 1 for what holds nothing.
    pub fn depth(&self) -> usize {
        match self {
            Value::M(map) => 1 + map.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            Value::L(list) => 1 + list.iter().map(Value::depth).max().unwrap_or(0),
            _ => 1,
        }
    }

    /// # Errors
    /// More than [`MAX_DEPTH`] levels.
    pub fn check_depth(&self) -> Result<()> {
        match self.depth() <= MAX_DEPTH {
            true => Ok(()),
            false => Err(Error::request(
                "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit",
            )),
        }
    }
}

/// As in sentences: `{N:5}`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fn list<T>(f: &mut fmt::Formatter, items: &[T], show: impl Fn(&T) -> String) -> fmt::Result {
            write!(f, "[{}]", joined(items.iter().map(show), ","))
        }
        write!(f, "{{{}:", self.type_of())?;
        match self {
            Value::S(text) => f.write_str(text)?,
            Value::N(number) => write!(f, "{number}")?,
            Value::B(bytes) => f.write_str(&BASE64.encode(bytes))?,
            Value::Ss(set) => list(f, set, String::clone)?,
            Value::Ns(set) => list(f, set, Number::to_string)?,
            Value::Bs(set) => list(f, set, |member| BASE64.encode(member))?,
            Value::L(values) => list(f, values, Value::to_string)?,
            Value::M(map) => {
                let entries = map.iter().map(|(name, value)| format!("{name}={value}"));
                write!(f, "{{{}}}", joined(entries, ","))?;
            }
            Value::Bool(value) => write!(f, "{value}")?,
            Value::Null => f.write_str("true")?,
        }
        f.write_str("}")
    }
}
