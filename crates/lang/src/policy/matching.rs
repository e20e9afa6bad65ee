//! Whether one statement applies to a request, and if not, which element says so.

use super::{Condition, Effect, Element, Grant, Kind, Pattern, Request, Statement, principal};

/// What came of one statement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome<'a> {
    /// It applies; as an allow of a resource-based policy it grants this directly.
    Applies(Grant),
    Action,
    Principal,
    Resource,
    /// The first condition that does not hold.
    Condition(&'a Condition),
}

/// Cheapest first: the action decides most statements.
pub(super) fn outcome<'a>(statement: &'a Statement, request: &Request, kind: Kind) -> Outcome<'a> {
    if !action(&statement.action, request) {
        return Outcome::Action;
    }
    let Some(grant) = grant(statement, request, kind) else { return Outcome::Principal };
    if !statement.resource.as_ref().is_none_or(|element| resource(element, request)) {
        return Outcome::Resource;
    }
    match statement.conditions.iter().find(|condition| !condition.holds(request.context)) {
        Some(condition) => Outcome::Condition(condition),
        None => Outcome::Applies(grant),
    }
}

fn action(element: &Element<Pattern>, request: &Request) -> bool {
    let named =
        element.entries.iter().any(|pattern| pattern.matches(request.action, true, request.context).unwrap_or(false));
    named != element.negated
}

/// A variable without a value matches nothing, and makes a NotResource statement void: "any attempt to match it fails".
fn resource(element: &Element<Pattern>, request: &Request) -> bool {
    let text = request.resource.unwrap_or("*");
    let mut matches = element.entries.iter().map(|pattern| pattern.matches(text, false, request.context));
    match element.negated {
        false => matches.any(|matched| matched.unwrap_or(false)),
        true => matches.all(|matched| matched.is_ok_and(|matched| !matched)),
    }
}

fn grant(statement: &Statement, request: &Request, kind: Kind) -> Option<Grant> {
    // The principal of identity policies and SCPs is whom they are attached to.
    let Some(element) = statement
        .principal
        .as_ref()
        .filter(|_| matches!(kind, Kind::Resource | Kind::RoleTrust | Kind::ResourceControl))
    else {
        return Some(Grant::Requester);
    };
    let entries = &element.entries;
    if !element.negated {
        return entries.iter().filter_map(|entry| entry.grant(&request.principal)).max();
    }
    let spared = match statement.effect {
        // "NotPrincipal with Deny will always deny any IAM principal that has a permissions boundary policy attached."
        Effect::Deny => request.policies.boundary.is_none() && principal::all_listed(entries, &request.principal),
        Effect::Allow => entries.iter().any(|entry| entry.grant(&request.principal).is_some()),
    };
    (!spared).then_some(Grant::Requester)
}
