//! What names mean: columns of CSV, or members of JSON.

use super::{
    Data, Expr, From, Item, Name, Result, SelectError, SelectList, Step,
    error::{ambiguous_field_name, invalid_key_path, missing_headers, unsupported_structure},
};

/// The expressions that an expression is made of.
fn parts(expr: &mut Expr) -> Vec<&mut Expr> {
    match expr {
        Expr::Literal(_) | Expr::Path(_) | Expr::Column(_) | Expr::Row(_) => Vec::new(),
        Expr::Negative(inner) | Expr::Positive(inner) | Expr::Not(inner) | Expr::Cast(inner, _) => vec![inner],
        Expr::And(parts) | Expr::Or(parts) | Expr::Call(_, parts) => parts.iter_mut().collect(),
        Expr::Binary(_, left, right) => vec![left, right],
        Expr::Between { value, low, high, .. } => vec![value, low, high],
        Expr::In { value, list, .. } => std::iter::once(&mut **value).chain(list).collect(),
        Expr::Like { value, pattern, escape, .. } => {
            [Some(value), Some(pattern), escape.as_mut()].into_iter().flatten().map(|part| &mut **part).collect()
        }
        Expr::Is { value, .. } => vec![value],
        Expr::Case { operand, arms, otherwise } => {
            let arms = arms.iter_mut().flat_map(|(when, then)| [when, then]);
            let ends = [operand.as_mut(), otherwise.as_mut()].into_iter().flatten().map(|part| &mut **part);
            arms.chain(ends).collect()
        }
        Expr::Aggregate { argument, .. } => argument.iter_mut().map(|argument| &mut **argument).collect(),
    }
}

/// Gives each path its meaning.
pub(super) fn paths(expr: &mut Expr, resolve: &dyn Fn(&[Step]) -> Result<Expr>) -> Result<()> {
    if let Expr::Path(steps) = expr {
        *expr = resolve(steps)?;
        return Ok(());
    }
    parts(expr).into_iter().try_for_each(|part| paths(part, resolve))
}

/// Adds the aggregates of an expression, in the order of their slots.
pub(super) fn aggregates(expr: &mut Expr, found: &mut Vec<(super::Aggregate, Option<Expr>)>) {
    if let Expr::Aggregate { function, argument, slot } = expr {
        *slot = found.len();
        found.push((*function, argument.take().map(|argument| *argument)));
        return;
    }
    parts(expr).into_iter().for_each(|part| aggregates(part, found));
}

/// Whether there are paths outside of aggregates, and whether there are aggregates.
fn kinds(expr: &mut Expr) -> (bool, bool) {
    match expr {
        Expr::Path(_) => (true, false),
        Expr::Aggregate { .. } => (false, true),
        _ => parts(expr).into_iter().map(kinds).fold((false, false), |all, one| (all.0 | one.0, all.1 | one.1)),
    }
}

/// A list is of records or of aggregates over them: without GROUP BY there is nothing in between.
pub(super) fn check_list(list: &mut SelectList) -> Result<()> {
    let SelectList::Items(items) = list else { return Ok(()) };
    let kinds = items.iter_mut().map(|item| match item {
        Item::Expr { expr, .. } => kinds(expr),
        Item::Members(_) => (true, false),
    });
    match kinds.fold((false, false), |all, one| (all.0 | one.0, all.1 | one.1)) {
        (true, true) => Err(unsupported_structure()),
        _ => Ok(()),
    }
}

/// Two names of the same thing in an expression.
fn same(defined: &Name, used: &Name) -> bool {
    if used.quoted { defined.text == used.text } else { defined.matches(&used.text) }
}

/// How the record itself is named.
fn row_name(from: &From) -> Vec<Name> {
    let name = |text: &str| Name { text: text.to_owned(), quoted: false };
    match (&from.alias, from.steps.last()) {
        (Some(alias), _) => vec![alias.clone()],
        (None, None) => vec![name("S3Object"), name("_1")],
        (None, Some(Step::Name(last))) => vec![last.clone()],
        (None, Some(_)) => vec![name("_1")],
    }
}

/// A path from a record of JSON.
pub(super) fn member(from: &From, path: &[Step]) -> Expr {
    let is_row = |step: &Step| match step {
        Step::Name(used) => row_name(from).iter().any(|name| same(name, used)),
        _ => false,
    };
    Expr::Row(path[usize::from(path.first().is_some_and(is_row))..].to_vec())
}

/// Whether a path is the record of CSV itself.
pub(super) fn is_whole(from: &From, path: &[Step]) -> bool {
    matches!(path, [Step::Name(used)] if same(&table(from), used))
}

fn table(from: &From) -> Name {
    from.alias.clone().unwrap_or(Name { text: "S3Object".to_owned(), quoted: false })
}

/// A column of CSV: by its header, or `_1` and so on.
pub(super) fn column(from: &From, headers: Option<&[String]>, path: &[Step]) -> Result<Expr> {
    let used = match path {
        [Step::Name(used)] => used,
        [Step::Name(first), Step::Name(used)] if same(&table(from), first) => used,
        [Step::Name(first), ..] if same(&table(from), first) => return Err(invalid_key_path()),
        _ => return Err(missing_headers()),
    };
    let headers = headers.unwrap_or_default();
    let mut found = headers.iter().enumerate().filter(|(_, header)| used.matches(header));
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(Expr::Column(index)),
        (Some(_), Some(_)) => Err(ambiguous_field_name()),
        _ => match used.text.strip_prefix('_').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())) {
            Some("") | None => Err(missing_headers()),
            Some(digits) => match digits.parse() {
                Ok(number @ 1_usize..) => Ok(Expr::Column(number - 1)),
                _ => {
                    let message = "The column index in the SQL expression is not valid.";
                    Err(SelectError::new("InvalidColumnIndex", message))
                }
            },
        },
    }
}

/// Where a path without wildcards leads; `None`: nowhere.
pub(super) fn walk<'a>(data: Option<&'a Data>, steps: &[Step]) -> Result<Option<&'a Data>> {
    let mut at = data;
    for step in steps {
        let Some(data) = at else { return Ok(None) };
        at = one(data, step)?;
    }
    Ok(at)
}

fn one<'a>(data: &'a Data, step: &Step) -> Result<Option<&'a Data>> {
    match (data, step) {
        (Data::Struct(members), Step::Name(name)) => {
            let mut found = members.iter().filter(|(member, _)| name.matches(member));
            match (found.next(), found.next()) {
                (Some((first, _)), Some((second, _))) if first != second => Err(ambiguous_field_name()),
                (first, _) => Ok(first.map(|(_, value)| value)),
            }
        }
        (Data::List(items), Step::Index(index)) => Ok(items.get(*index)),
        _ => Ok(None),
    }
}

/// Where a path with wildcards leads. A wildcard that finds nothing leads to nothing once.
pub(super) fn spread<'a>(
    data: &'a Data,
    steps: &[Step],
    visit: &mut dyn FnMut(Option<&'a Data>) -> Result<bool>,
) -> Result<bool> {
    let Some((step, rest)) = steps.split_first() else { return visit(Some(data)) };
    let mut all = |items: &mut dyn Iterator<Item = &'a Data>| {
        let mut any = false;
        for item in items {
            any = true;
            if !spread(item, rest, visit)? {
                return Ok(false);
            }
        }
        if any { Ok(true) } else { visit(None) }
    };
    match (data, step) {
        (Data::List(items), Step::Items) => all(&mut items.iter()),
        (Data::Struct(members), Step::Members) => all(&mut members.iter().map(|(_, value)| value)),
        (_, Step::Items | Step::Members) => visit(None),
        _ => match one(data, step)? {
            Some(data) => spread(data, rest, visit),
            None => visit(None),
        },
    }
}
