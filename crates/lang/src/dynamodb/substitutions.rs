//! What placeholders stand for: `ExpressionAttributeNames` and `ExpressionAttributeValues` of a request.

use super::{Error, Result, Value};

/// Of all names and values together, in bytes (developer guide, "Constraints").
pub const MAX_SUBSTITUTION_BYTES: usize = 2 * 1024 * 1024;

/// Shared by all expressions of a request; each use is remembered, because AWS refuses what is not used.
#[derive(Clone, Debug, Default)]
pub struct Substitutions<'a> {
    names: Table<'a, &'a str>,
    values: Table<'a, &'a Value>,
}

#[derive(Clone, Debug)]
struct Table<'a, T> {
    entries: Vec<Entry<'a, T>>,
    sorted: bool,
}

impl<T> Default for Table<'_, T> {
    fn default() -> Self {
        Table { entries: Vec::new(), sorted: false }
    }
}

#[derive(Clone, Debug)]
struct Entry<'a, T> {
    /// With its `#` or `:`.
    placeholder: &'a str,
    /// Its first bytes: where there are no others, or these differ, nothing else need be compared.
    head: u64,
    stands_for: T,
    used: bool,
}

/// Up to this many are looked through one by one.
const FEW: usize = 16;

/// How many bytes of a placeholder are in its head.
const HEAD: usize = 8;

fn head(placeholder: &str) -> u64 {
    placeholder.bytes().take(HEAD).fold(0, |head, byte| head << 8 | u64::from(byte))
}

impl<'a, T: Copy> Table<'a, T> {
    fn of(entries: impl Iterator<Item = (&'a str, T)>) -> Table<'a, T> {
        let entry = |(placeholder, stands_for)| Entry { placeholder, head: head(placeholder), stands_for, used: false };
        let mut entries: Vec<_> = entries.map(entry).collect();
        let sorted = entries.len() > FEW;
        if sorted {
            entries.sort_unstable_by_key(|entry| entry.placeholder);
        }
        Table { entries, sorted }
    }

    fn find(&mut self, placeholder: &str) -> Option<T> {
        let entry = match self.sorted {
            false => {
                let (head, length) = (head(placeholder), placeholder.len());
                self.entries.iter_mut().find(|entry| {
                    entry.head == head
                        && entry.placeholder.len() == length
                        && (length <= HEAD || entry.placeholder == placeholder)
                })?
            }
            true => {
                let at = self.entries.binary_search_by(|entry| entry.placeholder.cmp(placeholder)).ok()?;
                &mut self.entries[at]
            }
        };
        entry.used = true;
        Some(entry.stands_for)
    }

    /// AWS's order is that of a hash table; here it is by name.
    fn check_used(&self, parameter: &str) -> Result<()> {
        let mut unused: Vec<_> =
            self.entries.iter().filter(|entry| !entry.used).map(|entry| entry.placeholder).collect();
        if unused.is_empty() {
            return Ok(());
        }
        unused.sort_unstable();
        let keys = unused.join(", ");
        Err(Error::request(format!("Value provided in {parameter} unused in expressions: keys: {{{keys}}}")))
    }
}

/// A sign, then letters, digits and underscores.
fn is_placeholder(text: &str, sign: char) -> bool {
    let rest = text.strip_prefix(sign).unwrap_or_default();
    !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

const NAMES: &str = "ExpressionAttributeNames";
const VALUES: &str = "ExpressionAttributeValues";

impl<'a> Substitutions<'a> {
    /// Placeholders with what they stand for; `None` where the request does not have the parameter at all.
    ///
    /// # Errors
    /// An empty parameter, a placeholder that is none, and more than [`MAX_SUBSTITUTION_BYTES`].
    pub fn new(
        names: Option<impl IntoIterator<Item = (&'a str, &'a str)>>,
        values: Option<impl IntoIterator<Item = (&'a str, &'a Value)>>,
    ) -> Result<Substitutions<'a>> {
        let (has_names, has_values) = (names.is_some(), values.is_some());
        let substitutions = Substitutions {
            names: Table::of(names.into_iter().flatten()),
            values: Table::of(values.into_iter().flatten()),
        };
        let (names, values) = (&substitutions.names.entries, &substitutions.values.entries);
        let names_keys = names.iter().map(|entry| entry.placeholder);
        let values_keys = values.iter().map(|entry| entry.placeholder);
        check(NAMES, has_names, '#', names_keys)?;
        check(VALUES, has_values, ':', values_keys)?;
        let bytes = names.iter().map(|entry| entry.placeholder.len() + entry.stands_for.len()).sum::<usize>()
            + values.iter().map(|entry| entry.placeholder.len() + entry.stands_for.size()).sum::<usize>();
        if bytes > MAX_SUBSTITUTION_BYTES {
            // The bound is documented, the sentence is a guess.
            return Err(Error::request(format!(
                "{NAMES} and {VALUES} have exceeded the maximum allowed size; size: {bytes}"
            )));
        }
        Ok(substitutions)
    }

    /// Without any.
    pub fn none() -> Substitutions<'a> {
        Substitutions::default()
    }

    /// Of a request that has no expression.
    ///
    /// # Errors
    /// Where there is something to substitute.
    pub fn without_expressions(&self) -> Result<()> {
        let refuse =
            |parameter| Err(Error::request(format!("{parameter} can only be specified when using expressions")));
        match (self.names.entries.is_empty(), self.values.entries.is_empty()) {
            (false, _) => refuse(NAMES),
            (_, false) => refuse(VALUES),
            _ => Ok(()),
        }
    }

    /// After all expressions of the request are read.
    ///
    /// # Errors
    /// What none of them used.
    pub fn check_used(&self) -> Result<()> {
        self.names.check_used(NAMES)?;
        self.values.check_used(VALUES)
    }

    /// `#n`.
    pub(super) fn name(&mut self, placeholder: &str) -> Option<&'a str> {
        self.names.find(placeholder)
    }

    /// `:v`.
    pub(super) fn value(&mut self, placeholder: &str) -> Option<&'a Value> {
        self.values.find(placeholder)
    }
}

fn check<'a>(parameter: &str, given: bool, sign: char, mut keys: impl Iterator<Item = &'a str>) -> Result<()> {
    let Some(first) = keys.next() else {
        return match given {
            true => Err(Error::request(format!("{parameter} must not be empty"))),
            false => Ok(()),
        };
    };
    match std::iter::once(first).chain(keys).find(|key| !is_placeholder(key, sign)) {
        None => Ok(()),
        Some(key) => Err(Error::request(format!("{parameter} contains invalid key: Syntax error; key: \"{key}\""))),
    }
}
