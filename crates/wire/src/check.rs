//! Constraints of the model: which values a shape's members may have, and the violations found.

use crate::{Flags, ListTy, MapTy, Member, Schema, Shape, StrTy, Ty, View};

/// More than this of a hostile input's violations nobody reads.
const MAX_VIOLATIONS: usize = 1_000;

/// Where in the input a value is, as AWS writes it: `entries.2.member.id`.
#[derive(Clone, Debug, Default)]
pub struct Path(String);

impl Path {
    /// Each step answers the length to truncate to afterwards.
    pub(crate) fn member(&mut self, name: &str) -> usize {
        self.step(name)
    }

    pub(crate) fn key(&mut self, key: &str) -> usize {
        self.step(key)
    }

    /// An item by its number, counted from 1.
    pub(crate) fn index(&mut self, number: usize) -> usize {
        let depth = self.step(&number.to_string());
        self.0.push_str(".member");
        depth
    }

    pub(crate) fn truncate(&mut self, depth: usize) {
        self.0.truncate(depth);
    }

    fn step(&mut self, name: &str) -> usize {
        let depth = self.0.len();
        if depth > 0 {
            self.0.push('.');
        }
        self.0.push_str(name);
        depth
    }
}

/// A value that breaks a constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Model names from the input's top: `Entries.2.member.Id`.
    pub path: String,
    /// The value as text; `None` where it is missing or must not be shown.
    pub value: Option<String>,
    pub constraint: Constraint,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    Required,
    MinLength(u64),
    MaxLength(u64),
    MinValue(i64),
    MaxValue(i64),
    Pattern(&'static str),
    OneOf(&'static [&'static str]),
    /// A union with no member set, or with one that the model does not know.
    UnknownUnionMember,
}

impl Violation {
    pub(crate) fn missing(path: &Path, member: &str) -> Violation {
        let mut path = path.clone();
        path.member(member);
        Violation { path: path.0, value: None, constraint: Constraint::Required }
    }
}

/// Which members of a structure came.
#[derive(Default)]
pub(crate) struct Seen {
    first: u128,
    /// Structures of more than 128 members are rare; theirs beyond that are noted here.
    more: Vec<usize>,
}

impl Seen {
    pub(crate) fn set(&mut self, index: usize) {
        match index {
            0..128 => self.first |= 1 << index,
            _ => self.more.push(index),
        }
    }

    pub(crate) fn has(&self, index: usize) -> bool {
        match index {
            0..128 => self.first >> index & 1 == 1,
            _ => self.more.contains(&index),
        }
    }

    /// Adds a violation for every required member that the codec was to read and that did not come.
    pub(crate) fn missing(
        &self,
        schema: &'static Schema,
        read_here: impl Fn(&Member) -> bool,
        path: &Path,
        violations: &mut Vec<Violation>,
    ) {
        for (index, member) in schema.members.iter().enumerate() {
            if member.has(Flags::REQUIRED) && !self.has(index) && read_here(member) && violations.len() < MAX_VIOLATIONS
            {
                violations.push(Violation::missing(path, member.name));
            }
        }
    }
}

/// Whether a text matches a pattern of the model. Patterns are Java's; whoever compiles them is outside this crate.
pub type Matches<'a> = &'a dyn Fn(&'static str, &str) -> bool;

/// Checks lengths, ranges, enum values and, where `matches` is given, patterns of everything below a shape.
pub fn check(shape: &dyn Shape, matches: Option<Matches>, violations: &mut Vec<Violation>) {
    Check { path: Path::default(), matches, violations }.shape(shape);
}

struct Check<'a> {
    path: Path,
    matches: Option<Matches<'a>>,
    violations: &'a mut Vec<Violation>,
}

impl Check<'_> {
    fn shape(&mut self, shape: &dyn Shape) {
        let schema = shape.schema();
        let mut set = 0;
        for (index, member) in schema.members.iter().enumerate() {
            let view = shape.get(index);
            if matches!(view, View::Unset) {
                continue;
            }
            set += 1;
            let depth = self.path.member(member.name);
            self.value(member.ty, &view, member.has(Flags::SENSITIVE));
            self.path.truncate(depth);
        }
        if schema.union && set != 1 {
            self.fail(None, Constraint::UnknownUnionMember);
        }
    }

    fn value(&mut self, ty: &'static Ty, view: &View, sensitive: bool) {
        let shown = |text: &str| (!sensitive).then(|| text.to_owned());
        match (view, ty) {
            (View::Str(text), Ty::Str(StrTy { min, max, pattern })) => {
                // Counting characters is only worth it where there is a bound.
                if *min > 0 || *max < u64::MAX {
                    self.length(text.chars().count() as u64, *min, *max, || shown(text));
                }
                if let (Some(pattern), Some(matches)) = (pattern, self.matches)
                    && !matches(pattern, text)
                {
                    self.fail(shown(text), Constraint::Pattern(pattern));
                }
            }
            (View::Str(text), Ty::Enum(values)) if !values.contains(text) => {
                self.fail(shown(text), Constraint::OneOf(values));
            }
            (View::Int(value), Ty::Int { min, max }) => {
                if value < min {
                    self.fail(shown(&value.to_string()), Constraint::MinValue(*min));
                }
                if value > max {
                    self.fail(shown(&value.to_string()), Constraint::MaxValue(*max));
                }
            }
            (View::Blob(bytes), Ty::Blob { min, max }) => {
                self.length(bytes.len() as u64, *min, *max, || Some("java.nio.HeapByteBuffer".to_owned()));
            }
            (View::List(list), Ty::List(ListTy { item, min, max, .. })) => {
                self.length(list.len() as u64, *min, *max, || Some("[...]".to_owned()));
                if constrained(item) {
                    for index in 0..list.len() {
                        let depth = self.path.index(index + 1);
                        self.value(item, &list.at(index), sensitive);
                        self.path.truncate(depth);
                    }
                }
            }
            (View::Map(map), Ty::Map(MapTy { key: key_ty, value: value_ty, min, max, .. })) => {
                self.length(map.len() as u64, *min, *max, || Some("{...}".to_owned()));
                for index in 0..map.len() {
                    let (key, value) = map.at(index);
                    if constrained(key_ty) {
                        self.value(key_ty, &View::Str(key), sensitive);
                    }
                    if constrained(value_ty) {
                        let depth = self.path.key(key);
                        self.value(value_ty, &value, sensitive);
                        self.path.truncate(depth);
                    }
                }
            }
            (View::Shape(shape), _) => self.shape(*shape),
            _ => {}
        }
    }

    fn length(&mut self, length: u64, min: u64, max: u64, shown: impl Fn() -> Option<String>) {
        if length < min {
            self.fail(shown(), Constraint::MinLength(min));
        }
        if length > max {
            self.fail(shown(), Constraint::MaxLength(max));
        }
    }

    fn fail(&mut self, value: Option<String>, constraint: Constraint) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation { path: self.path.0.clone(), value, constraint });
        }
    }
}

fn constrained(ty: &Ty) -> bool {
    !matches!(
        ty,
        Ty::Bool
            | Ty::Float
            | Ty::Time(_)
            | Ty::Document
            | Ty::Body
            | Ty::Events(_)
            | Ty::Str(StrTy { min: 0, max: u64::MAX, pattern: None })
            | Ty::Int { min: i64::MIN, max: i64::MAX }
    )
}
