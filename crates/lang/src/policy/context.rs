//! The request context: where the values of condition keys come from.

use std::borrow::Cow;

/// The values of one key. Whether a key is multivalued is the key's nature, not the number of values in this request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values<'a> {
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
}

impl<'a> Values<'a> {
    pub fn one(value: &'a str) -> Values<'a> {
        Values::One(Cow::Borrowed(value))
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let values = match self {
            Values::One(value) => std::slice::from_ref(value),
            Values::Many(values) => values.as_slice(),
        };
        values.iter().map(AsRef::as_ref)
    }

    /// No value, or nothing but empty ones: "a null data set, such as an empty string", in the words of the IAM user guide.
    pub(super) fn is_null(&self) -> bool {
        self.iter().all(str::is_empty)
    }
}

/// What a request tells of itself. Asked only for the keys that a policy names, each time it does.
pub trait Context {
    /// The key as the policy spells it, which may differ in case from the usual spelling (`AWS:sourceip`, also in the part after
    /// the slash of `aws:PrincipalTag/Team`). `None`: the key is not in this request.
    fn get(&self, key: &str) -> Option<Values<'_>>;
}

/// A context with everything in it beforehand.
#[derive(Clone, Debug, Default)]
pub struct ContextKeys {
    keys: Vec<(Cow<'static, str>, Values<'static>)>,
}

impl ContextKeys {
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) -> &mut ContextKeys {
        self.put(key.into(), value.into())
    }

    /// As `set`, without copying what lives for ever.
    pub fn put(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> &mut ContextKeys {
        self.keys.push((key.into(), Values::One(value.into())));
        self
    }

    pub fn set_many<T: Into<String>>(
        &mut self,
        key: impl Into<String>,
        values: impl IntoIterator<Item = T>,
    ) -> &mut ContextKeys {
        let values = values.into_iter().map(|value| Cow::Owned(value.into())).collect();
        self.keys.push((Cow::Owned(key.into()), Values::Many(values)));
        self
    }
}

impl Context for ContextKeys {
    fn get(&self, key: &str) -> Option<Values<'_>> {
        let (_, values) = self.keys.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(key))?;
        Some(match values {
            Values::One(value) => Values::One(Cow::Borrowed(value)),
            Values::Many(values) => Values::Many(values.iter().map(|value| Cow::Borrowed(value.as_ref())).collect()),
        })
    }
}
