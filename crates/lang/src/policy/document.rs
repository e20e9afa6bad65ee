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
    /// Not to be changed without `service`, which is made of it.
    pub(super) action: Element<Pattern>,
    /// Absent in role trust policies: the role.
    pub resource: Option<Element<Pattern>>,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// The one service whose actions `action` names, if it is one.
    pub(super) service: Option<Service>,
}

/// The prefix of an action, short: two services may have the same, one never has two. Most statements are about other
/// services than a request, and need no look at their actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Service(u32);

impl Service {
    /// Of an action; `None` where it has no prefix, or one with wildcards.
    pub(super) fn of(action: &str) -> Option<Service> {
        let (prefix, _) = action.split_once(':')?;
        // FNV-1a.
        let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193);
        let plain = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        plain.then(|| Service(prefix.bytes().fold(0x811c_9dc5, mix)))
    }

    pub(super) fn of_all(actions: &Element<Pattern>) -> Option<Service> {
        let mut services = actions.entries.iter().map(|pattern| Service::of(pattern.text()));
        let first = services.next()??;
        (!actions.negated && services.all(|service| service == Some(first))).then_some(first)
    }
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
    pub fn action(&self) -> &Element<Pattern> {
        &self.action
    }

    /// The condition keys that it asks for, in the order in which it does, some perhaps twice.
    pub fn context_keys(&self) -> impl Iterator<Item = &str> {
        let resources = self.resource.iter().flat_map(|element| &element.entries).flat_map(Pattern::variables);
        let conditions = self.conditions.iter();
        resources.chain(conditions.flat_map(|condition| condition.variables().chain([condition.key.as_str()])))
    }

    /// Whether it is about an action of a service, of `sqs` say, as far as its actions tell.
    pub fn reaches(&self, service: &str) -> bool {
        // Prefixes have no wildcards but the one that stands for all.
        let prefix = |pattern: &Pattern| {
            let prefix = pattern.text().split(':').next().unwrap_or_default();
            prefix == "*" || prefix.eq_ignore_ascii_case(service)
        };
        match self.action.negated {
            false => self.action.entries.iter().any(prefix),
            // What is left out must be the whole service.
            true => {
                let whole = |pattern: &&Pattern| pattern.text() == "*" || pattern.text().ends_with(":*");
                !self.action.entries.iter().filter(whole).any(prefix)
            }
        }
    }

    /// What the AddPermission operations of SQS, SNS and Lambda put into a resource's policy. Nothing in the strings is a variable.
    pub fn allow(sid: &str, principals: Vec<PrincipalId>, actions: &[&str], resource: &str) -> Statement {
        let patterns = |texts: &[&str], syntax| texts.iter().map(|text| Pattern::new(text, syntax, false)).collect();
        let action = Element::of(patterns(actions, Syntax::Wildcards));
        Statement {
            sid: Some(sid.to_owned()),
            effect: Effect::Allow,
            principal: Some(Element::of(principals)),
            service: Service::of_all(&action),
            action,
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
