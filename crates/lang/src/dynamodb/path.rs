//! Document paths: `a.b[0]`.

use super::{Map, Value};
use std::{
    fmt,
    ops::{Deref, DerefMut},
};

/// An attribute, and where to go from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path<'a> {
    /// The attribute of the item.
    pub name: &'a str,
    pub steps: Steps<'a>,
}

/// What follows an attribute's name. Most paths have nothing there, so that a path is three words and is cheap to move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps<'a>(Option<Box<Rest<'a>>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Rest<'a> {
    steps: Vec<Step<'a>>,
}

impl<'a> Steps<'a> {
    pub fn push(&mut self, step: Step<'a>) {
        self.0.get_or_insert_default().steps.push(step);
    }
}

impl<'a> Deref for Steps<'a> {
    type Target = [Step<'a>];

    fn deref(&self) -> &[Step<'a>] {
        self.0.as_ref().map_or(&[], |rest| &rest.steps)
    }
}

impl<'a> DerefMut for Steps<'a> {
    fn deref_mut(&mut self) -> &mut [Step<'a>] {
        self.0.as_mut().map_or(&mut [], |rest| &mut rest.steps)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step<'a> {
    /// Of a list, from 0.
    Index(u32),
    /// Of a map.
    Name(&'a str),
}

impl<'a> Path<'a> {
    /// A whole attribute.
    pub fn attribute(name: &'a str) -> Path<'a> {
        Path { name, steps: Steps::default() }
    }

    pub fn get<'i>(&self, item: &'i Map) -> Option<&'i Value> {
        let mut value = item.get(self.name)?;
        for step in self.steps.iter() {
            value = value.step(*step)?;
        }
        Some(value)
    }

    /// How many names and indexes it has.
    pub fn len(&self) -> usize {
        1 + self.steps.len()
    }

    /// A path has a name.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Whether one leads through the other, or to the same place.
    pub(super) fn overlaps(&self, other: &Path) -> bool {
        self.name == other.name && self.steps.iter().zip(other.steps.iter()).all(|(a, b)| a == b)
    }

    /// Whether both lead through one place, which cannot be a map and a list.
    pub(super) fn conflicts(&self, other: &Path) -> bool {
        let differ = self.steps.iter().zip(other.steps.iter()).find(|(a, b)| a != b);
        self.name == other.name
            && matches!(differ, Some((Step::Name(_), Step::Index(_)) | (Step::Index(_), Step::Name(_))))
    }
}

impl Value {
    pub(super) fn step(&self, step: Step) -> Option<&Value> {
        match (self, step) {
            (Value::M(map), Step::Name(name)) => map.get(name),
            (Value::L(list), Step::Index(index)) => list.get(index as usize),
            _ => None,
        }
    }

    pub(super) fn step_mut(&mut self, step: Step) -> Option<&mut Value> {
        match (self, step) {
            (Value::M(map), Step::Name(name)) => map.get_mut(name),
            (Value::L(list), Step::Index(index)) => list.get_mut(index as usize),
            _ => None,
        }
    }
}

/// As in sentences: `[a, b, [0]]`.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "[{}", self.name)?;
        for step in self.steps.iter() {
            match step {
                Step::Name(name) => write!(f, ", {name}")?,
                Step::Index(index) => write!(f, ", [{index}]")?,
            }
        }
        f.write_str("]")
    }
}
