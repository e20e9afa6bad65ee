//! A policy and its statements, and building them without a document.

use super::{Condition, Kind, Pattern, PolicyError, PrincipalId, grammar, pattern::Syntax};

/// A policy document. Rendered by [`Policy::to_json`] or `Display`.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// `None` means the older version.
    pub version: Option<Version>,
    pub id: Option<String>,
    pub statements: Vec<Statement>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    V2008,
    /// The one with policy variables.
    V2012,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub sid: Option<String>,
    pub effect: Effect,
    /// Absent in identity policies.
    pub principal: Option<Element<PrincipalId>>,
    pub action: Element<Pattern>,
    /// Absent in role trust policies: the role.
    pub resource: Option<Element<Pattern>>,
    /// All must hold.
    pub conditions: Vec<Condition>,
}

/// Principal or NotPrincipal, Action or NotAction, Resource or NotResource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element<T> {
    pub negated: bool,
    pub entries: Vec<T>,
}

impl<T> Element<T> {
    pub fn of(entries: Vec<T>) -> Element<T> {
        Element { negated: false, entries }
    }
}

impl Version {
    pub fn text(self) -> &'static str {
        match self {
            Version::V2008 => "2008-10-17",
            Version::V2012 => "2012-10-17",
        }
    }
}

impl Effect {
    pub fn text(self) -> &'static str {
        match self {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        }
    }
}

impl Policy {
    /// A policy without statements yet, which no document can be.
    pub fn new(version: Version) -> Policy {
        Policy { version: Some(version), id: None, statements: Vec::new() }
    }

    /// Reads a document. The error holds AWS's sentence for documents of this kind.
    pub fn parse(text: &str, kind: Kind) -> Result<Policy, PolicyError> {
        grammar::parse(text, kind)
    }

    /// Reads a document that already is JSON, such as a document member of a request.
    pub fn from_json(document: &wire::Json, kind: Kind) -> Result<Policy, PolicyError> {
        grammar::policy(document, kind)
    }

    /// What counts for quotas: "policy size calculations do not include white space characters".
    pub fn size(text: &str) -> usize {
        text.chars().filter(|c| !c.is_whitespace()).count()
    }

    /// By Sid, as RemovePermission of SQS, SNS and Lambda want it.
    pub fn statement(&self, sid: &str) -> Option<&Statement> {
        self.statements.iter().find(|statement| statement.sid.as_deref() == Some(sid))
    }

    /// Whether there was one.
    pub fn remove(&mut self, sid: &str) -> bool {
        let before = self.statements.len();
        self.statements.retain(|statement| statement.sid.as_deref() != Some(sid));
        self.statements.len() < before
    }
}

impl Statement {
    /// What the AddPermission operations of SQS, SNS and Lambda put into a resource's policy. Nothing in the strings is a variable.
    pub fn allow(sid: &str, principals: Vec<PrincipalId>, actions: &[&str], resource: &str) -> Statement {
        let patterns = |texts: &[&str], syntax| texts.iter().map(|text| Pattern::new(text, syntax, false)).collect();
        Statement {
            sid: Some(sid.to_owned()),
            effect: Effect::Allow,
            principal: Some(Element::of(principals)),
            action: Element::of(patterns(actions, Syntax::Wildcards)),
            resource: Some(Element::of(patterns(&[resource], Syntax::Resource))),
            conditions: Vec::new(),
        }
    }

    /// Adds a condition; `None` for an operator that does not exist. Nothing in the values is a variable.
    pub fn when(mut self, operator: &str, key: &str, values: &[&str]) -> Option<Statement> {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        self.conditions.push(Condition::new(super::Operator::parse(operator)?, key, &values, false));
        Some(self)
    }
}
