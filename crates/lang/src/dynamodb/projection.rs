//! Which attributes, and which parts of them, are given back: `ProjectionExpression`, and `AttributesToGet`.

use super::{Map, Parameter, Path, Result, Step, Substitutions, Value, lexer::Kind, parser::Parser};

/// Paths that do not lead through each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Projection<'a> {
    pub paths: Vec<Path<'a>>,
}

impl<'a> Projection<'a> {
    /// # Errors
    /// As [`super::Condition::parse`]; and paths that overlap, or that need one attribute to be a map and a list.
    pub fn parse(text: &'a str, substitutions: &mut Substitutions<'a>) -> Result<Projection<'a>> {
        Parser::read(Parameter::Projection, text, substitutions, |parser| {
            let mut paths = vec![parser.path()?];
            while parser.take(Kind::Comma) {
                paths.push(parser.path()?);
            }
            parser.check_distinct(&paths.iter().collect::<Vec<_>>());
            Ok(Projection { paths })
        })
    }

    /// The item with these alone. What is left of a list closes up, in the order that it had.
    pub fn project(&self, item: &Map) -> Map {
        project(item, self.paths.iter())
    }
}

/// The steps behind a name that many paths may begin with.
type Rest<'p, 'a> = &'p [Step<'a>];

pub(super) fn project<'p, 'a: 'p>(item: &Map, paths: impl Iterator<Item = &'p Path<'a>>) -> Map {
    let mut paths: Vec<(&str, Rest)> = paths.map(|path| (path.name, &*path.steps)).collect();
    // What is next to each other below.
    paths.sort();
    let mut projected = Map::new();
    for group in paths.chunk_by(|a, b| a.0 == b.0) {
        let name = group[0].0;
        let rests: Vec<Rest> = group.iter().map(|(_, rest)| *rest).collect();
        if let Some(value) = item.get(name).and_then(|value| part(value, &rests)) {
            projected.insert(name, value);
        }
    }
    projected
}

/// What paths lead to in a value; `None` where they lead nowhere. They are sorted.
fn part(value: &Value, paths: &[Rest]) -> Option<Value> {
    if paths.first()?.is_empty() {
        return Some(value.clone());
    }
    let mut map = Map::new();
    let mut list = Vec::new();
    for group in paths.chunk_by(|a, b| a[0] == b[0]) {
        let step = group[0][0];
        let rests: Vec<Rest> = group.iter().map(|path| &path[1..]).collect();
        let Some(found) = value.step(step).and_then(|value| part(value, &rests)) else { continue };
        match step {
            Step::Name(name) => drop(map.insert(name, found)),
            Step::Index(_) => list.push(found),
        }
    }
    match value {
        Value::M(_) if !map.is_empty() => Some(Value::M(map)),
        Value::L(_) if !list.is_empty() => Some(Value::L(list)),
        _ => None,
    }
}
