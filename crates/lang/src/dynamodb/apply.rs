//! Updates done to an item. All that is read is read of the item as it was, whatever the order of the actions.

use super::{Action, Assigned, Error, Map, Number, Path, Result, Step, Term, Update, Value, projection::project};
use std::{borrow::Cow, cmp::Reverse};

/// An item after an update.
#[derive(Clone, Debug, PartialEq)]
pub struct Updated<'u, 'a> {
    pub item: Map,
    /// What was set, added to or deleted from, where it is now.
    set: Vec<Cow<'u, Path<'a>>>,
    update: &'u Update<'a>,
}

impl Updated<'_, '_> {
    /// `UPDATED_OLD`: what the update is about, as it was.
    pub fn old_attributes(&self, before: &Map) -> Map {
        project(before, self.update.actions.iter().map(Action::path))
    }

    /// `UPDATED_NEW`: what the update is about, as it is now. An element that was removed of a list is not what moved to
    /// its place; how AWS answers that is a guess.
    pub fn new_attributes(&self) -> Map {
        project(&self.item, self.set.iter().map(Cow::as_ref))
    }
}

fn invalid_path() -> Error {
    Error::item("The document path provided in the update expression is invalid for update")
}

fn not_there() -> Error {
    Error::item("The provided expression refers to an attribute that does not exist in the item")
}

impl<'a> Update<'a> {
    /// The item with the update; an item that was not there is begun with its keys.
    ///
    /// # Errors
    /// Paths that do not lead to a place in the item, operands that it does not have or has with another type, and numbers
    /// out of range.
    pub fn apply<'u>(&'u self, item: &Map) -> Result<Updated<'u, 'a>> {
        let mut new = item.clone();
        let mut set = Vec::with_capacity(self.actions.len());
        let mut appended = Vec::new();
        for action in &self.actions {
            let path = action.path();
            let value = match action {
                Action::Set(_, assigned) => Some(assigned.value(item)?.into_owned()),
                Action::Add(_, value) => Some(self.added(path.get(item), value)?),
                Action::Delete(_, value) => self.deleted(path.get(item), value)?,
                Action::Remove(_) => None,
            };
            match (value, parent(&mut new, path)?) {
                // Removals shift what follows in a list, so they come last.
                (None, _) => {}
                (Some(value), Parent::Map(map, name)) => {
                    map.insert(name, value);
                    set.push(Cow::Borrowed(path));
                }
                (Some(value), Parent::List(list, index)) => match list.get_mut(index as usize) {
                    Some(element) => {
                        *element = value;
                        set.push(Cow::Borrowed(path));
                    }
                    None => appended.push((path, index, value)),
                },
            }
        }
        // Beyond the end of a list is its end, whatever the index; those of one list by their indexes.
        appended.sort_by_key(|(_, index, _)| *index);
        for (path, _, value) in appended {
            if let Parent::List(list, _) = parent(&mut new, path)? {
                let mut at = path.clone();
                if let Some(last) = at.steps.last_mut() {
                    *last = Step::Index(list.len() as u32);
                }
                list.push(value);
                set.push(Cow::Owned(at));
            }
        }
        for path in self.removed(item) {
            match parent(&mut new, path)? {
                Parent::Map(map, name) => drop(map.remove(name)),
                Parent::List(list, index) if (index as usize) < list.len() => drop(list.remove(index as usize)),
                Parent::List(..) => {}
            }
        }
        Ok(Updated { item: new, set, update: self })
    }

    /// What is to go, later elements of a list first: removals do not move what is still to be removed. Elements that
    /// the list did not have do not count, even where something was appended there.
    fn removed(&self, item: &Map) -> Vec<&Path<'a>> {
        let mut paths: Vec<_> = self
            .actions
            .iter()
            .filter(|action| match action {
                Action::Remove(_) => true,
                Action::Delete(path, value) => matches!(self.deleted(path.get(item), value), Ok(None)),
                _ => false,
            })
            .map(Action::path)
            .filter(|path| path.get(item).is_some())
            .collect();
        paths.sort_by_key(|path| Reverse((path.name, &*path.steps)));
        paths
    }

    fn type_mismatch(&self) -> Error {
        match self.legacy {
            true => Error::item("Type mismatch for attribute to update"),
            false => Error::item("An operand in the update expression has an incorrect data type"),
        }
    }

    fn added(&self, old: Option<&Value>, value: &Value) -> Result<Value> {
        let Some(old) = old else { return Ok(value.clone()) };
        Ok(match (old, value) {
            (Value::N(old), Value::N(more)) => Value::N(old.plus(*more)?),
            (Value::Ss(old), Value::Ss(more)) => Value::Ss(union(old, more)),
            (Value::Ns(old), Value::Ns(more)) => Value::Ns(union(old, more)),
            (Value::Bs(old), Value::Bs(more)) => Value::Bs(union(old, more)),
            (Value::L(old), Value::L(more)) if self.legacy => Value::L([old.as_slice(), more].concat()),
            _ => return Err(self.type_mismatch()),
        })
    }

    /// What is left of a set; `None` where nothing is, or nothing was.
    fn deleted(&self, old: Option<&Value>, value: &Value) -> Result<Option<Value>> {
        let Some(old) = old else { return Ok(None) };
        Ok(match (old, value) {
            (Value::Ss(old), Value::Ss(less)) => difference(old, less).map(Value::Ss),
            (Value::Ns(old), Value::Ns(less)) => difference(old, less).map(Value::Ns),
            (Value::Bs(old), Value::Bs(less)) => difference(old, less).map(Value::Bs),
            _ => return Err(self.type_mismatch()),
        })
    }
}

/// Where the end of a path is put.
enum Parent<'m, 'a> {
    Map(&'m mut Map, &'a str),
    List(&'m mut Vec<Value>, u32),
}

fn parent<'m, 'a>(item: &'m mut Map, path: &Path<'a>) -> Result<Parent<'m, 'a>> {
    let Some((last, before)) = path.steps.split_last() else { return Ok(Parent::Map(item, path.name)) };
    let mut value = item.get_mut(path.name).ok_or_else(invalid_path)?;
    for step in before {
        value = value.step_mut(*step).ok_or_else(invalid_path)?;
    }
    match (value, *last) {
        (Value::M(map), Step::Name(name)) => Ok(Parent::Map(map, name)),
        (Value::L(list), Step::Index(index)) => Ok(Parent::List(list, index)),
        _ => Err(invalid_path()),
    }
}

fn union<T: Ord + Clone>(old: &[T], more: &[T]) -> Vec<T> {
    let mut all = [old, more].concat();
    all.sort();
    all.dedup();
    all
}

fn difference<T: Ord + Clone>(old: &[T], less: &[T]) -> Option<Vec<T>> {
    let left: Vec<T> = old.iter().filter(|member| less.binary_search(member).is_err()).cloned().collect();
    (!left.is_empty()).then_some(left)
}

impl Assigned<'_> {
    fn value<'v>(&'v self, item: &'v Map) -> Result<Cow<'v, Value>> {
        let compute = |left: &Term, right: &Term, compute: fn(Number, Number) -> Result<Number>| match (
            left.value(item)?.as_ref(),
            right.value(item)?.as_ref(),
        ) {
            (Value::N(left), Value::N(right)) => Ok(Cow::Owned(Value::N(compute(*left, *right)?))),
            _ => Err(Error::item("An operand in the update expression has an incorrect data type")),
        };
        match self {
            Assigned::Term(term) => term.value(item),
            Assigned::Sum(left, right) => compute(left, right, Number::plus),
            Assigned::Difference(left, right) => compute(left, right, Number::minus),
        }
    }
}

impl Term<'_> {
    fn value<'v>(&'v self, item: &'v Map) -> Result<Cow<'v, Value>> {
        match self {
            Term::Path(path) => path.get(item).map(Cow::Borrowed).ok_or_else(not_there),
            Term::Value(value) => Ok(Cow::Borrowed(value)),
            Term::IfNotExists(path, otherwise) => match path.get(item) {
                Some(value) => Ok(Cow::Borrowed(value)),
                None => otherwise.value(item),
            },
            Term::ListAppend(terms) => {
                let [left, right] = terms.as_ref();
                match (left.value(item)?.as_ref(), right.value(item)?.as_ref()) {
                    (Value::L(left), Value::L(right)) => Ok(Cow::Owned(Value::L([left.as_slice(), right].concat()))),
                    _ => Err(Error::item("An operand in the update expression has an incorrect data type")),
                }
            }
        }
    }
}
