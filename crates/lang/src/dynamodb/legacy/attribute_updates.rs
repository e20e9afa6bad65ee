//! `AttributeUpdates` of UpdateItem.

use crate::dynamodb::{Action, Assigned, Error, Path, Result, Term, Type, Update, Value};

/// PUT where none is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttributeAction {
    #[default]
    Put,
    Add,
    Delete,
}

impl AttributeAction {
    pub fn parse(name: &str) -> Option<AttributeAction> {
        match name {
            "PUT" => Some(AttributeAction::Put),
            "ADD" => Some(AttributeAction::Add),
            "DELETE" => Some(AttributeAction::Delete),
            _ => None,
        }
    }
}

/// An entry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttributeUpdate<'a> {
    pub name: &'a str,
    pub action: AttributeAction,
    pub value: Option<&'a Value>,
}

impl<'a> AttributeUpdate<'a> {
    fn action(&self) -> Result<Action<'a>> {
        let path = Path::attribute(self.name);
        let Some(value) = self.value else {
            return match self.action {
                AttributeAction::Delete => Ok(Action::Remove(path)),
                _ => Err(Error::invalid("Only DELETE action is allowed when no attribute value is specified")),
            };
        };
        let of = value.type_of();
        match self.action {
            AttributeAction::Put => Ok(Action::Set(path, Assigned::Term(Term::Value(value)))),
            // Lists are not documented: what is added is put at their end.
            AttributeAction::Add if of.is_set() || matches!(of, Type::N | Type::L) => Ok(Action::Add(path, value)),
            AttributeAction::Add => Err(Error::invalid(format_args!("ADD action is not supported for the type {of}"))),
            AttributeAction::Delete if of.is_set() => Ok(Action::Delete(path, value)),
            AttributeAction::Delete => {
                Err(Error::invalid(format_args!("DELETE action with value is not supported for the type {of}")))
            }
        }
    }
}

impl<'a> Update<'a> {
    /// # Errors
    /// Actions without the value that they need, or with one of a type that they do not take.
    pub fn of_attributes(updates: &[AttributeUpdate<'a>]) -> Result<Update<'a>> {
        let actions: Result<Vec<_>> = updates.iter().map(AttributeUpdate::action).collect();
        Ok(Update { actions: actions?, legacy: true })
    }
}
