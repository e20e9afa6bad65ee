//! Safe reflection: a value shows itself as a [`View`] and lets itself be filled through an [`Edit`].

use crate::{Body, EventSlot, Events, Flags, Json, Schema, Timestamp, Ty};
use bytes::Bytes;
use std::{any::Any, collections::HashSet};

/// A structure or union of an api crate. Implemented by generated code only.
pub trait Shape: Any {
    fn schema(&self) -> &'static Schema;
    /// The member's value; `View::Unset` where it has none.
    fn get(&self, member: usize) -> View<'_>;
    /// The member, set to its type's default first where it had no value. For a union this chooses the variant.
    fn edit_member(&mut self, member: usize) -> Edit<'_>;
    /// Keeps the name of a union member that the model does not know; structures ignore it.
    fn set_unknown(&mut self, _name: &str) {}
}

/// Anything that may be a member, an item or a map's value.
pub trait Field: 'static {
    fn view(&self) -> View<'_>;
    fn edit(&mut self) -> Edit<'_>;
}

pub enum View<'a> {
    Unset,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Strings and enums.
    Str(&'a str),
    Blob(&'a Bytes),
    Time(Timestamp),
    List(&'a dyn List),
    Map(&'a dyn Map),
    Shape(&'a dyn Shape),
    Document(&'a Json),
    Body(&'a Body),
    /// A stream of events; only its owner can look into it.
    Events,
}

pub enum Edit<'a> {
    Bool(&'a mut bool),
    I32(&'a mut i32),
    I64(&'a mut i64),
    F32(&'a mut f32),
    F64(&'a mut f64),
    Str(&'a mut String),
    Enum(&'a mut dyn EnumValue),
    Blob(&'a mut Bytes),
    Time(&'a mut Timestamp),
    List(&'a mut dyn List),
    Map(&'a mut dyn Map),
    Shape(&'a mut dyn Shape),
    Document(&'a mut Json),
    Body(&'a mut Body),
    Events(&'a mut dyn EventSlot),
}

pub trait List {
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    fn at(&self, index: usize) -> View<'_>;
    /// Appends a default item.
    fn push(&mut self) -> Edit<'_>;
    /// Appends an item without a value, where the list may have such.
    fn push_unset(&mut self);
}

pub trait Map {
    fn len(&self) -> usize;
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    fn at(&self, index: usize) -> (&str, View<'_>);
    /// The key's value, a default one if it is new.
    fn slot(&mut self, key: &str) -> Edit<'_>;
    /// Appends a key without looking for it, for decoders, whose input decides how many there are; [`Map::settle`]
    /// follows.
    fn add(&mut self, key: &str) -> Edit<'_> {
        self.slot(key)
    }
    /// Appends a key without a value, where the map may have such.
    fn add_unset(&mut self, key: &str);
    /// Of keys that were added more than once, keeps the last.
    fn settle(&mut self) {}
}

/// A string with values known to the model; unknown ones are kept as they came, for the checker to name.
pub trait EnumValue {
    fn set(&mut self, value: &str);
}

macro_rules! scalars { ($($type:ty, $view:ident as $seen:ty, $edit:ident;)*) => {$(
    impl Field for $type {
        fn view(&self) -> View<'_> { View::$view(*self as $seen) }
        fn edit(&mut self) -> Edit<'_> { Edit::$edit(self) }
    }
)*} }
scalars! {
    bool, Bool as bool, Bool;
    i32, Int as i64, I32;
    i64, Int as i64, I64;
    f64, Float as f64, F64;
}

impl Field for f32 {
    fn view(&self) -> View<'_> {
        // By way of its decimal digits: 0.1 stays 0.1 instead of becoming 0.10000000149011612.
        View::Float(self.to_string().parse().unwrap_or(f64::from(*self)))
    }
    fn edit(&mut self) -> Edit<'_> {
        Edit::F32(self)
    }
}

macro_rules! values { ($($type:ty, $view:ident;)*) => {$(
    impl Field for $type {
        fn view(&self) -> View<'_> { View::$view(self) }
        fn edit(&mut self) -> Edit<'_> { Edit::$view(self) }
    }
)*} }
values! {
    String, Str;
    Bytes, Blob;
    Json, Document;
    Body, Body;
}

impl Field for Timestamp {
    fn view(&self) -> View<'_> {
        View::Time(*self)
    }
    fn edit(&mut self) -> Edit<'_> {
        Edit::Time(self)
    }
}

impl<T: Shape + Default> Field for Events<T> {
    fn view(&self) -> View<'_> {
        View::Events
    }
    fn edit(&mut self) -> Edit<'_> {
        Edit::Events(self)
    }
}

impl<T: Field + Default> Field for Option<T> {
    fn view(&self) -> View<'_> {
        match self {
            Some(value) => value.view(),
            None => View::Unset,
        }
    }
    fn edit(&mut self) -> Edit<'_> {
        self.get_or_insert_default().edit()
    }
}

impl<T: Field + Default> Field for Box<T> {
    fn view(&self) -> View<'_> {
        (**self).view()
    }
    fn edit(&mut self) -> Edit<'_> {
        (**self).edit()
    }
}

impl<T: Field + Default> Field for Vec<T> {
    fn view(&self) -> View<'_> {
        View::List(self)
    }
    fn edit(&mut self) -> Edit<'_> {
        Edit::List(self)
    }
}

impl<T: Field + Default> List for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }
    fn at(&self, index: usize) -> View<'_> {
        self[index].view()
    }
    fn push(&mut self) -> Edit<'_> {
        self.push(T::default());
        let last = self.len() - 1;
        self[last].edit()
    }
    fn push_unset(&mut self) {
        let item = T::default();
        if matches!(item.view(), View::Unset) {
            self.push(item);
        }
    }
}

/// A string-keyed map that keeps its order. AWS's maps are small, and a list costs the least code per value type.
#[derive(Clone, Debug, PartialEq)]
pub struct Dict<T>(pub Vec<(String, T)>);

impl<T> Default for Dict<T> {
    fn default() -> Self {
        Dict(Vec::new())
    }
}

impl<T> Dict<T> {
    pub fn get(&self, key: &str) -> Option<&T> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, value)| value)
    }

    pub fn insert(&mut self, key: impl Into<String>, value: T) {
        let key = key.into();
        match self.0.iter_mut().find(|(k, _)| *k == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key, value)),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, T> FromIterator<(K, T)> for Dict<T> {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(entries: I) -> Self {
        Dict(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}

impl<T: Field + Default> Field for Dict<T> {
    fn view(&self) -> View<'_> {
        View::Map(self)
    }
    fn edit(&mut self) -> Edit<'_> {
        Edit::Map(self)
    }
}

impl<T: Field + Default> Map for Dict<T> {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn at(&self, index: usize) -> (&str, View<'_>) {
        let (key, value) = &self.0[index];
        (key, value.view())
    }
    fn slot(&mut self, key: &str) -> Edit<'_> {
        let index = match self.0.iter().position(|(k, _)| k == key) {
            Some(index) => index,
            None => {
                self.0.push((key.to_owned(), T::default()));
                self.0.len() - 1
            }
        };
        self.0[index].1.edit()
    }
    fn add(&mut self, key: &str) -> Edit<'_> {
        self.0.push((key.to_owned(), T::default()));
        let last = self.0.len() - 1;
        self.0[last].1.edit()
    }
    fn add_unset(&mut self, key: &str) {
        let value = T::default();
        if matches!(value.view(), View::Unset) {
            self.0.push((key.to_owned(), value));
        }
    }
    fn settle(&mut self) {
        let doubled = match self.0.len() {
            0..=8 => (1..self.0.len()).any(|at| self.0[..at].iter().any(|(key, _)| *key == self.0[at].0)),
            _ => true,
        };
        if doubled {
            // From the end, so that the first one met is the one that stays.
            let mut seen = HashSet::with_capacity(self.0.len());
            let keep: Vec<bool> = self.0.iter().rev().map(|(key, _)| seen.insert(key.as_str())).collect();
            let mut keep = keep.into_iter().rev();
            self.0.retain(|_| keep.next().unwrap_or(true));
        }
    }
}

/// What the generated `Debug` of every shape calls: the set members, with sensitive ones hidden.
pub fn print(shape: &dyn Shape, f: &mut std::fmt::Formatter) -> std::fmt::Result {
    let schema = shape.schema();
    let mut out = f.debug_struct(schema.name);
    for (index, member) in schema.members.iter().enumerate() {
        let view = shape.get(index);
        if matches!(view, View::Unset) {
            continue;
        }
        if member.has(Flags::SENSITIVE) {
            out.field(member.name, &format_args!("***"));
        } else {
            out.field(member.name, &Printed(&view, member.ty));
        }
    }
    out.finish()
}

struct Printed<'a>(&'a View<'a>, &'static Ty);

impl std::fmt::Debug for Printed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match (self.0, self.1) {
            (View::Unset, _) => f.write_str("-"),
            (View::Bool(value), _) => value.fmt(f),
            (View::Int(value), _) => value.fmt(f),
            (View::Float(value), _) => value.fmt(f),
            (View::Str(value), _) => value.fmt(f),
            (View::Blob(value), _) => value.fmt(f),
            (View::Time(value), _) => value.fmt(f),
            (View::List(list), Ty::List(ty)) => {
                f.debug_list().entries((0..list.len()).map(|i| PrintedOwned(list.at(i), ty.item))).finish()
            }
            (View::Map(map), Ty::Map(ty)) => f
                .debug_map()
                .entries((0..map.len()).map(|i| {
                    let (key, value) = map.at(i);
                    (key, PrintedOwned(value, ty.value))
                }))
                .finish(),
            (View::Shape(shape), _) => print(*shape, f),
            (View::Document(json), _) => json.fmt(f),
            (View::Body(_), _) => f.write_str("<body>"),
            (View::Events, _) => f.write_str("<events>"),
            (View::List(_) | View::Map(_), _) => f.write_str("<mismatch>"),
        }
    }
}

struct PrintedOwned<'a>(View<'a>, &'static Ty);

impl std::fmt::Debug for PrintedOwned<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        Printed(&self.0, self.1).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_keeps_its_digits() {
        for value in [0.1_f32, -3.4e38, f32::MIN_POSITIVE, f32::INFINITY] {
            assert!(matches!(value.view(), View::Float(wide) if wide.to_string() == value.to_string()));
        }
        assert!(matches!(f32::NAN.view(), View::Float(wide) if wide.is_nan()));
    }

    #[test]
    fn settled_maps_keep_the_last_of_equal_keys() {
        for size in [3, 30] {
            let mut dict = Dict::<i64>::default();
            for n in 0..size {
                if let Edit::I64(value) = dict.add(&(n % (size / 2 + 1)).to_string()) {
                    *value = n;
                }
            }
            dict.settle();
            assert_eq!(dict.len() as i64, size / 2 + 1);
            assert_eq!(dict.get("0"), Some(&(size / 2 + 1)));
        }
    }
}
