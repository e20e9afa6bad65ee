//! Shapes from parameters: the names are sorted once, and every level of the schema takes its run of them.

use super::Form;
use crate::{
    DecodeError, Edit, Flags, List, ListTy, Map, MapTy, Shape, Ty, Violation,
    check::{Path, Seen},
    scalar,
};

/// More items than any list of AWS may have.
const MAX_ITEMS: usize = 10_000;
/// Names with more parts than this belong to no member.
const MAX_DEPTH: usize = 100;

type Result<T> = std::result::Result<T, DecodeError>;

/// A parameter: the parts of its name, and its value.
struct Parameter<'a> {
    name: &'a str,
    value: &'a str,
}

/// Fills a shape from a form body and a query string. With `ec2`, every list is flat.
pub fn read_shape(
    query: &str,
    body: &str,
    ec2: bool,
    shape: &mut dyn Shape,
    violations: &mut Vec<Violation>,
) -> Result<()> {
    let mut form = Form::default();
    form.read(query)?;
    form.read(body)?;
    let mut parameters: Vec<Parameter> = form.0.iter().map(|(name, value)| Parameter { name, value }).collect();
    // By parts, so that what lies below one name is one run; stable, so that of two equal names the first counts.
    parameters.sort_by(|a, b| a.name.split('.').cmp(b.name.split('.')));
    Decode { ec2, path: Path::default(), violations }.shape(&parameters, 0, 0, shape)
}

struct Decode<'a> {
    ec2: bool,
    path: Path,
    violations: &'a mut Vec<Violation>,
}

impl Decode<'_> {
    /// `at` is where the parts of the names below this value begin.
    fn shape(&mut self, parameters: &[Parameter], at: usize, level: usize, shape: &mut dyn Shape) -> Result<()> {
        let schema = shape.schema();
        let mut seen = Seen::default();
        for (name, run) in runs(parameters, at) {
            let Some(index) = schema.members.iter().position(|member| member.query == name) else {
                if schema.union {
                    shape.set_unknown(name);
                }
                continue;
            };
            let member = &schema.members[index];
            let depth = self.path.member(member.name);
            let flat = self.ec2 || member.has(Flags::FLAT);
            if below(run, at + name.len()) || !matches!(member.ty, Ty::Shape(_)) {
                seen.set(index);
                self.value(run, at + name.len(), level + 1, flat, member.ty, shape.edit_member(index))?;
            }
            self.path.truncate(depth);
        }
        seen.missing(schema, |_| true, &self.path, self.violations);
        Ok(())
    }

    /// `end` is where the name of this value ends.
    fn value(
        &mut self,
        run: &[Parameter],
        end: usize,
        level: usize,
        flat: bool,
        ty: &'static Ty,
        edit: Edit,
    ) -> Result<()> {
        if level > MAX_DEPTH {
            return Ok(());
        }
        match (edit, ty) {
            (Edit::Shape(shape), _) => self.shape(children(run, end), end + 1, level, shape),
            (Edit::List(list), Ty::List(ty)) => self.list(run, end, level, flat, ty, list),
            (Edit::Map(map), Ty::Map(ty)) => self.map(run, end, level, flat, ty, map),
            (edit, _) => match run.first() {
                Some(parameter) if parameter.name.len() == end => scalar::parse(parameter.value, edit),
                _ => Ok(()),
            },
        }
    }

    fn list(
        &mut self,
        run: &[Parameter],
        end: usize,
        level: usize,
        flat: bool,
        ty: &'static ListTy,
        list: &mut dyn List,
    ) -> Result<()> {
        // `X=` is the empty list; SQS also takes `AttributeName=All` for a list of one.
        if let Some(parameter) =
            run.first().filter(|parameter| parameter.name.len() == end && !parameter.value.is_empty())
            && !matches!(ty.item, Ty::Shape(_) | Ty::List(_) | Ty::Map(_))
        {
            scalar::parse(parameter.value, list.push())?;
        }
        let (items, at) = if flat { (children(run, end), end + 1) } else { named(run, end, ty.item_name) };
        for (number, (name, run)) in numbered(items, at)?.into_iter().enumerate() {
            let depth = self.path.index(number + 1);
            self.value(run, at + name.len(), level + 1, false, ty.item, list.push())?;
            self.path.truncate(depth);
        }
        Ok(())
    }

    fn map(
        &mut self,
        run: &[Parameter],
        end: usize,
        level: usize,
        flat: bool,
        ty: &'static MapTy,
        map: &mut dyn Map,
    ) -> Result<()> {
        let (entries, at) = if flat { (children(run, end), end + 1) } else { named(run, end, "entry") };
        for (name, entry) in numbered(entries, at)? {
            let at = at + name.len() + 1;
            let entry = children(entry, at - 1);
            let key = part(entry, at, ty.key_name);
            let Some(key) = key.first().filter(|key| key.name.len() == at + ty.key_name.len()) else {
                continue;
            };
            let depth = self.path.key(key.value);
            let value = part(entry, at, ty.value_name);
            self.value(value, at + ty.value_name.len(), level + 1, false, ty.value, map.add(key.value))?;
            self.path.truncate(depth);
        }
        map.settle();
        Ok(())
    }
}

/// The part of a name that begins at an offset.
fn part_at(name: &str, at: usize) -> &str {
    let rest = name.get(at..).unwrap_or("");
    rest.split_once('.').map_or(rest, |(part, _)| part)
}

/// Sorted parameters in runs of one part.
fn runs<'a>(parameters: &'a [Parameter<'a>], at: usize) -> impl Iterator<Item = (&'a str, &'a [Parameter<'a>])> {
    parameters
        .chunk_by(move |a, b| part_at(a.name, at) == part_at(b.name, at))
        .map(move |run| (run.first().map_or("", |parameter| part_at(parameter.name, at)), run))
}

/// The parameters of a run that lie below the name ending at an offset; the others come first.
fn children<'a>(run: &'a [Parameter<'a>], end: usize) -> &'a [Parameter<'a>] {
    let own = run.iter().take_while(|parameter| parameter.name.len() <= end).count();
    &run[own..]
}

fn below(run: &[Parameter], end: usize) -> bool {
    !children(run, end).is_empty()
}

/// The run of a part.
fn part<'a>(parameters: &'a [Parameter<'a>], at: usize, name: &str) -> &'a [Parameter<'a>] {
    runs(parameters, at).find(|(found, _)| *found == name).map_or(&[], |(_, run)| run)
}

/// What lies below a fixed part, and where its own parts begin.
fn named<'a>(run: &'a [Parameter<'a>], end: usize, name: &str) -> (&'a [Parameter<'a>], usize) {
    let end_of_name = end + 1 + name.len();
    (children(part(children(run, end), end + 1, name), end_of_name), end_of_name + 1)
}

/// The runs whose part is a number, in the order of the numbers. Gaps close: numbers only order.
fn numbered<'a>(parameters: &'a [Parameter<'a>], at: usize) -> Result<Vec<(&'a str, &'a [Parameter<'a>])>> {
    let mut items: Vec<(u32, &str, &[Parameter])> = runs(parameters, at)
        .filter_map(|(name, run)| {
            Some((name.bytes().all(|b| b.is_ascii_digit()).then(|| name.parse().ok())??, name, run))
        })
        .collect();
    if items.len() > MAX_ITEMS {
        return Err(DecodeError::too_large(format!("A list has more than {MAX_ITEMS} items")));
    }
    items.sort_by_key(|(number, ..)| *number);
    Ok(items.into_iter().map(|(_, name, run)| (name, run)).collect())
}
