//! Constraints of the model: which values a shape's members may have, and the violations found.

use crate::{Flags, ListTy, MapTy, Member, Schema, Shape, StrTy, TimeFormat, Ty, View, scalar};
use std::ops::Range;

/// More than this of a hostile input's violations nobody reads.
const MAX_VIOLATIONS: usize = 1_000;

/// Where in the input a value is, as AWS writes it: `Entries.2.member.Id`, `RequestItems.some-table.member.Keys`.
#[derive(Clone, Debug, Default)]
pub struct Path {
    text: String,
    /// Where in the text keys of maps are: they are the caller's words, not the model's.
    keys: Vec<Range<usize>>,
}

impl Path {
    /// Each step answers the length to truncate to afterwards.
    pub(crate) fn member(&mut self, name: &str) -> usize {
        self.step(name)
    }

    pub(crate) fn key(&mut self, key: &str) -> usize {
        let depth = self.step(key);
        self.keys.push(self.text.len() - key.len()..self.text.len());
        self.text.push_str(".member");
        depth
    }

    /// An item by its number, counted from 1.
    pub(crate) fn index(&mut self, number: usize) -> usize {
        let depth = self.step(itoa::Buffer::new().format(number));
        self.text.push_str(".member");
        depth
    }

    pub(crate) fn truncate(&mut self, depth: usize) {
        self.text.truncate(depth);
        while self.keys.last().is_some_and(|key| key.end > depth) {
            self.keys.pop();
        }
    }

    fn step(&mut self, name: &str) -> usize {
        let depth = self.text.len();
        if depth > 0 {
            self.text.push('.');
        }
        self.text.push_str(name);
        depth
    }
}

/// A value that breaks a constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Model names from the input's top: `Entries.2.member.Id`.
    pub path: String,
    keys: Vec<Range<usize>>,
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
    /// An item of a list breaks one of these, which are all that its type has.
    Items(Vec<Constraint>),
    /// As `Items`, of the keys of a map.
    Keys(Vec<Constraint>),
    /// As `Items`, of the values of a map.
    Values(Vec<Constraint>),
    /// A union with no member set, or with one that the model does not know.
    UnknownUnionMember,
}

impl Violation {
    pub fn new(path: impl Into<String>, value: Option<String>, constraint: Constraint) -> Violation {
        Violation { path: path.into(), keys: Vec::new(), value, constraint }
    }

    fn at(path: &Path, value: Option<String>, constraint: Constraint) -> Violation {
        Violation { path: path.text.clone(), keys: path.keys.clone(), value, constraint }
    }

    pub(crate) fn missing(path: &Path, member: &str) -> Violation {
        let mut path = path.clone();
        path.member(member);
        Violation::at(&path, None, Constraint::Required)
    }

    /// Moves the path below a member: what was read by itself is part of something.
    pub(crate) fn within(&mut self, member: &str) {
        let by = member.len() + 1;
        self.path.insert(0, '.');
        self.path.insert_str(0, member);
        for key in &mut self.keys {
            *key = key.start + by..key.end + by;
        }
    }

    /// The path as Coral writes it: the model's names begin with a small letter (`aWSAccountId`), map keys stay.
    pub fn coral_path(&self) -> String {
        let mut out = String::with_capacity(self.path.len());
        for (at, character) in self.path.char_indices() {
            let begins = at == 0 || self.path.as_bytes()[at - 1] == b'.';
            let in_key = self.keys.iter().any(|key| key.contains(&at));
            out.push(if begins && !in_key { character.to_ascii_lowercase() } else { character });
        }
        out
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
            if constrained(member.ty) {
                let depth = self.path.member(member.name);
                self.value(member.ty, &view, member.has(Flags::SENSITIVE));
                self.path.truncate(depth);
            }
        }
        if schema.union && set != 1 {
            self.fail(None, Constraint::UnknownUnionMember);
        }
    }

    fn value(&mut self, ty: &'static Ty, view: &View, sensitive: bool) {
        let shown = || (!sensitive).then(|| text(view));
        match (view, ty) {
            (View::Shape(shape), _) => self.shape(*shape),
            (View::List(list), Ty::List(ListTy { item, min, max, .. })) => {
                self.length(list.len() as u64, *min, *max, shown);
                if !constrained(item) {
                } else if nested(item) {
                    for index in 0..list.len() {
                        let depth = self.path.index(index + 1);
                        self.value(item, &list.at(index), sensitive);
                        self.path.truncate(depth);
                    }
                } else if (0..list.len()).any(|index| self.breaks(item, &list.at(index))) {
                    self.fail(shown(), Constraint::Items(all(item)));
                }
            }
            (View::Map(map), Ty::Map(MapTy { key: key_ty, value: value_ty, min, max, .. })) => {
                self.length(map.len() as u64, *min, *max, shown);
                let entries = || (0..map.len()).map(|index| map.at(index));
                if constrained(key_ty) && entries().any(|(key, _)| self.breaks(key_ty, &View::Str(key))) {
                    self.fail(shown(), Constraint::Keys(all(key_ty)));
                }
                if !constrained(value_ty) {
                } else if nested(value_ty) {
                    for (key, value) in entries() {
                        let depth = self.path.key(key);
                        self.value(value_ty, &value, sensitive);
                        self.path.truncate(depth);
                    }
                } else if entries().any(|(_, value)| self.breaks(value_ty, &value)) {
                    self.fail(shown(), Constraint::Values(all(value_ty)));
                }
            }
            _ => broken(ty, view, self.matches, &mut |constraint| self.fail(shown(), constraint)),
        }
    }

    fn breaks(&self, ty: &'static Ty, view: &View) -> bool {
        let mut found = false;
        broken(ty, view, self.matches, &mut |_| found = true);
        found
    }

    fn length(&mut self, length: u64, min: u64, max: u64, shown: impl Fn() -> Option<String>) {
        bounds(length, min, max, &mut |constraint| self.fail(shown(), constraint));
    }

    fn fail(&mut self, value: Option<String>, constraint: Constraint) {
        // What did not come is empty here, and breaks nothing else.
        let missing = |found: &Violation| found.constraint == Constraint::Required && found.path == self.path.text;
        if self.violations.len() < MAX_VIOLATIONS && !self.violations.iter().any(missing) {
            self.violations.push(Violation::at(&self.path, value, constraint));
        }
    }
}

/// Which of its type's constraints a scalar breaks.
fn broken(ty: &'static Ty, view: &View, matches: Option<Matches>, fail: &mut dyn FnMut(Constraint)) {
    match (view, ty) {
        (View::Str(text), Ty::Str(StrTy { min, max, pattern })) => {
            // Counting characters is only worth it where there is a bound.
            if *min > 0 || *max < u64::MAX {
                bounds(text.chars().count() as u64, *min, *max, fail);
            }
            if let (Some(pattern), Some(matches)) = (pattern, matches)
                && !matches(pattern, text)
            {
                fail(Constraint::Pattern(pattern));
            }
        }
        (View::Str(text), Ty::Enum(values)) if !values.contains(text) => fail(Constraint::OneOf(values)),
        (View::Int(value), Ty::Int { min, max }) => {
            if value < min {
                fail(Constraint::MinValue(*min));
            }
            if value > max {
                fail(Constraint::MaxValue(*max));
            }
        }
        (View::Blob(bytes), Ty::Blob { min, max }) => bounds(bytes.len() as u64, *min, *max, fail),
        _ => {}
    }
}

fn bounds(length: u64, min: u64, max: u64, fail: &mut dyn FnMut(Constraint)) {
    if length < min {
        fail(Constraint::MinLength(min));
    }
    if length > max {
        fail(Constraint::MaxLength(max));
    }
}

/// All constraints of a scalar's type, in the order in which AWS lists them.
fn all(ty: &'static Ty) -> Vec<Constraint> {
    let lengths = |min: u64, max: u64| {
        let max = (max < u64::MAX).then_some(Constraint::MaxLength(max));
        max.into_iter().chain((min > 0).then_some(Constraint::MinLength(min)))
    };
    match ty {
        Ty::Str(StrTy { min, max, pattern }) => lengths(*min, *max).chain(pattern.map(Constraint::Pattern)).collect(),
        Ty::Blob { min, max } => lengths(*min, *max).collect(),
        Ty::Enum(values) => vec![Constraint::OneOf(values)],
        Ty::Int { min, max } => {
            let max = (*max < i64::MAX).then_some(Constraint::MaxValue(*max));
            max.into_iter().chain((*min > i64::MIN).then_some(Constraint::MinValue(*min))).collect()
        }
        _ => Vec::new(),
    }
}

/// A value as Java prints it, which is what AWS shows: `[a, b]`, `{k=v}`.
fn text(view: &View) -> String {
    let joined = |items: Vec<String>| items.join(", ");
    match view {
        View::Blob(bytes) => format!("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes.len()),
        View::List(list) => format!("[{}]", joined((0..list.len()).map(|index| text(&list.at(index))).collect())),
        View::Map(map) => {
            let entry = |index| {
                let (key, value) = map.at(index);
                format!("{key}={}", text(&value))
            };
            format!("{{{}}}", joined((0..map.len()).map(entry).collect()))
        }
        // AWS prints the address of an object here.
        View::Shape(_) => "...".to_owned(),
        view => scalar::text(view, TimeFormat::Iso8601).unwrap_or_default(),
    }
}

/// Violations within are told at the item, not at the list.
fn nested(ty: &Ty) -> bool {
    matches!(ty, Ty::Shape(_) | Ty::List(_) | Ty::Map(_))
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
            | Ty::Blob { min: 0, max: u64::MAX }
    )
}
