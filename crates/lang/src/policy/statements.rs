//! A policy's statements, and which services they are about.

use super::{Statement, document::Service};
use std::ops::Deref;

/// Statements in their order. Knows of all of them together which services they name, so that most policies of a request
/// need no look at their statements.
#[derive(Clone, Debug, PartialEq)]
pub struct Statements {
    list: Vec<Statement>,
    /// Of all statements; `None` where one may be about any service.
    services: Option<Vec<Service>>,
}

impl Statements {
    /// None yet.
    pub const fn new() -> Statements {
        Statements { list: Vec::new(), services: Some(Vec::new()) }
    }

    pub fn push(&mut self, statement: Statement) {
        self.insert(self.list.len(), statement);
    }

    /// Panics beyond the end, as a list does.
    pub fn insert(&mut self, at: usize, statement: Statement) {
        match (statement.service, &mut self.services) {
            (Some(service), Some(services)) if !services.contains(&service) => services.push(service),
            (Some(_), _) => {}
            (None, services) => *services = None,
        }
        self.list.insert(at, statement);
    }

    pub fn retain(&mut self, keep: impl FnMut(&Statement) -> bool) {
        let mut list = std::mem::take(self).list;
        list.retain(keep);
        *self = list.into_iter().collect();
    }

    /// Whether a statement can be about an action of the service (`None`: of no service that could be told).
    pub(super) fn may_be_about(&self, service: Option<Service>) -> bool {
        self.services.as_ref().is_none_or(|services| service.is_some_and(|service| services.contains(&service)))
    }
}

impl Default for Statements {
    fn default() -> Statements {
        Statements::new()
    }
}

impl FromIterator<Statement> for Statements {
    fn from_iter<I: IntoIterator<Item = Statement>>(statements: I) -> Statements {
        let mut all = Statements::new();
        statements.into_iter().for_each(|statement| all.push(statement));
        all
    }
}

impl Deref for Statements {
    type Target = [Statement];

    fn deref(&self) -> &[Statement] {
        &self.list
    }
}
