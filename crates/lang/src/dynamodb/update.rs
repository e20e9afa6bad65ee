//! What changes in an item: `UpdateExpression`, and `AttributeUpdates` (developer guide, "Using update expressions in
//! DynamoDB").

use super::{Error, Parameter, Path, Result, Substitutions, Value, parser::Parser};

/// Actions on paths that do not lead through each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update<'a> {
    pub actions: Vec<Action<'a>>,
    /// Of `AttributeUpdates`, which has sentences of its own for what an item refuses.
    pub legacy: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action<'a> {
    Set(Path<'a>, Assigned<'a>),
    Remove(Path<'a>),
    /// A number to be added, or members of a set; of `AttributeUpdates` also elements of a list.
    Add(Path<'a>, &'a Value),
    /// Members of a set.
    Delete(Path<'a>, &'a Value),
}

/// What a path is set to.
#[derive(Clone, Debug, PartialEq)]
pub enum Assigned<'a> {
    Term(Term<'a>),
    Sum(Term<'a>, Term<'a>),
    Difference(Term<'a>, Term<'a>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Term<'a> {
    Path(Path<'a>),
    Value(&'a Value),
    IfNotExists(Path<'a>, Box<Term<'a>>),
    ListAppend(Box<[Term<'a>; 2]>),
}

impl<'a> Action<'a> {
    pub fn path(&self) -> &Path<'a> {
        match self {
            Action::Set(path, _) | Action::Remove(path) | Action::Add(path, _) | Action::Delete(path, _) => path,
        }
    }

    /// The word of its section.
    pub fn section(&self) -> &'static str {
        match self {
            Action::Set(..) => "SET",
            Action::Remove(_) => "REMOVE",
            Action::Add(..) => "ADD",
            Action::Delete(..) => "DELETE",
        }
    }
}

impl<'a> Update<'a> {
    /// An `UpdateExpression`.
    ///
    /// # Errors
    /// As [`super::Condition::parse`]; sections that come twice, and paths that overlap or conflict.
    pub fn parse(text: &'a str, substitutions: &mut Substitutions<'a>) -> Result<Update<'a>> {
        Parser::read(Parameter::Update, text, substitutions, Parser::update)
    }

    /// Keys stay as they are.
    ///
    /// # Errors
    /// The first action on one of `keys`.
    pub fn check_keys(&self, keys: &[&str]) -> Result<()> {
        match self.actions.iter().map(|action| action.path().name).find(|name| keys.contains(name)) {
            None => Ok(()),
            Some(name) => Err(Error::table(format!(
                "One or more parameter values were invalid: Cannot update attribute {name}. This attribute is part of the key"
            ))),
        }
    }
}
