//! A second evaluator of policies, written from AWS's documentation alone: no cleverness, no speed, and nothing of the first one.
//!
//! It reads documents as JSON each time it is asked. IAM user guide, "Policy evaluation logic" and the pages that it names.

mod condition;
mod principal;
mod text;

use self::{
    principal::{Named, named, spared},
    text::{arn_like, like, lower},
};
use lang::policy::{Kind, Principal, Reason};
use wire::Json;

/// A request with all that is known of it.
#[derive(Clone)]
pub struct Case {
    pub who: Principal<'static>,
    pub action: String,
    /// `None`: the action has no resource, and `*` stands for it.
    pub resource: Option<String>,
    pub owner: String,
    pub keys: Vec<Key>,
    pub policies: Vec<Document>,
}

#[derive(Clone)]
pub struct Key {
    pub name: String,
    pub values: Vec<String>,
    pub multivalued: bool,
}

/// A policy and where it is attached.
#[derive(Clone)]
pub struct Document {
    pub kind: Kind,
    /// Of SCPs and RCPs, from the root of the organization down.
    pub level: usize,
    /// Key policies, without which nobody may do anything. Trust policies are that anyway.
    pub required: bool,
    pub json: Json,
}

impl Case {
    fn of(&self, kind: Kind) -> Vec<&Document> {
        self.policies.iter().filter(|document| document.kind == kind).collect()
    }

    /// Of a key, in whatever case it is written.
    fn key(&self, name: &str) -> Option<&Key> {
        self.keys.iter().find(|key| lower(&key.name) == lower(name))
    }
}

/// "Policy evaluation for requests within a single account" and "Cross-account policy evaluation logic".
pub fn decide(case: &Case) -> Reason {
    let account = case.who.account();
    let root = matches!(case.who, Principal::Root { .. });
    // The root user has neither identity policies nor a boundary, but perhaps a task policy, of which AWS's own have only denies
    // (STS, AssumeRoot). Services and strangers have none of these, and no SCPs.
    let counts = |kind| match kind {
        Kind::Resource | Kind::RoleTrust | Kind::ResourceControl => true,
        Kind::ServiceControl | Kind::Session => account.is_some(),
        Kind::Identity | Kind::PermissionsBoundary => account.is_some() && !root,
    };

    // "An explicit deny in any of these policies overrides the allow."
    let order = [
        Kind::ResourceControl,
        Kind::ServiceControl,
        Kind::Resource,
        Kind::RoleTrust,
        Kind::Identity,
        Kind::PermissionsBoundary,
        Kind::Session,
    ];
    for kind in order {
        if counts(kind) && case.of(kind).iter().any(|document| says(case, document, "Deny").is_some()) {
            return Reason::ExplicitDeny(kind);
        }
    }

    // "An explicit Allow must exist at every level", of the organization that is.
    for kind in [Kind::ResourceControl, Kind::ServiceControl] {
        let levels = case.of(kind).iter().map(|document| document.level + 1).max().unwrap_or(0);
        for level in 0..levels {
            let mut here = case.of(kind).into_iter().filter(|document| document.level == level).peekable();
            if counts(kind) && here.peek().is_some() && !here.any(|document| says(case, document, "Allow").is_some()) {
                return Reason::ImplicitDeny(kind);
            }
        }
    }

    let own = case.policies.iter().find(|document| matches!(document.kind, Kind::Resource | Kind::RoleTrust));
    let own_kind = own.map_or(Kind::Resource, |document| document.kind);
    let grant = own.and_then(|document| says(case, document, "Allow"));
    let required = own.is_some_and(|document| document.required || document.kind == Kind::RoleTrust);
    let allows = |kind| case.of(kind).iter().any(|document| says(case, document, "Allow").is_some());
    let by_resource = Reason::Allowed(Some(own_kind));
    let not_by_resource = Reason::ImplicitDeny(own_kind);

    let Some(account) = account else {
        return if grant.is_some() { by_resource } else { not_by_resource };
    };
    let here = account == case.owner;
    if root {
        return match (here, required, grant.is_some()) {
            (true, false, _) => Reason::Allowed(None),
            (_, _, true) => by_resource,
            (_, _, false) => not_by_resource,
        };
    }

    // What the principal's own account must say: "identity-based policies, permissions boundaries, and session policies".
    let boundary = case.of(Kind::PermissionsBoundary).is_empty() || allows(Kind::PermissionsBoundary);
    let federated = matches!(case.who, Principal::FederatedUser { .. });
    let session = (case.of(Kind::Session).is_empty() && !federated) || allows(Kind::Session);
    let limits = |then: Reason| match (boundary, session) {
        (false, _) => Reason::ImplicitDeny(Kind::PermissionsBoundary),
        (true, false) => Reason::ImplicitDeny(Kind::Session),
        (true, true) => then,
    };
    if !here {
        let then = if grant.is_some() { by_resource } else { not_by_resource };
        return if allows(Kind::Identity) { limits(then) } else { Reason::ImplicitDeny(Kind::Identity) };
    }
    match grant {
        None if required => not_by_resource,
        // "IAM user", "IAM role session", "federated user": granted to whoever asks, implicit denies elsewhere do not matter.
        Some(Named::Asking) => by_resource,
        // "IAM role": granted to what the session is of.
        Some(Named::Behind) => limits(by_resource),
        // To the account, which decides by its own policies.
        Some(Named::Account) | None => match allows(Kind::Identity) {
            true => limits(Reason::Allowed(Some(Kind::Identity))),
            false => Reason::ImplicitDeny(Kind::Identity),
        },
    }
}

/// How directly the document's statements of one effect speak of the requester: the most direct one counts.
fn says(case: &Case, document: &Document, effect: &str) -> Option<Named> {
    // "The default version 2008-10-17 has no policy variables."
    let variables = document.json.get("Version").and_then(Json::as_str) == Some("2012-10-17");
    let mut best = None;
    for statement in one_or_many(document.json.get("Statement")) {
        if statement.get("Effect").and_then(Json::as_str) == Some(effect) {
            best = best.max(applies(case, document.kind, statement, variables));
        }
    }
    best
}

/// "If all of the elements match."
fn applies(case: &Case, kind: Kind, statement: &Json, variables: bool) -> Option<Named> {
    let action_is = |name: &str| {
        texts(statement.get(name)).iter().any(|pattern| like(&lower(pattern), &lower(&case.action), false, case))
    };
    let action = match statement.get("NotAction") {
        Some(_) => !action_is("NotAction"),
        None => action_is("Action"),
    };
    let resource = case.resource.as_deref().unwrap_or("*");
    let resource_is = |name: &str| {
        texts(statement.get(name)).into_iter().map(|pattern| arn_like(&pattern, resource, variables, case))
    };
    let resource = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(_), _) => resource_is("Resource").any(|matched| matched == Some(true)),
        // "a variable that has no value … will not match any resource", not even by exclusion.
        (None, Some(_)) => resource_is("NotResource").all(|matched| matched == Some(false)),
        (None, None) => true,
    };
    let conditions = condition::hold(statement.get("Condition"), variables, case);
    if !(action && resource && conditions) {
        return None;
    }
    let has_principal = matches!(kind, Kind::Resource | Kind::RoleTrust | Kind::ResourceControl);
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        _ if !has_principal => Some(Named::Asking),
        (Some(principals), _) => named(principals, &case.who),
        (None, Some(principals)) => {
            let deny = statement.get("Effect").and_then(Json::as_str) == Some("Deny");
            let bounded = !case.of(Kind::PermissionsBoundary).is_empty();
            (!spared(principals, &case.who, deny, bounded)).then_some(Named::Asking)
        }
        (None, None) => None,
    }
}

fn one_or_many(value: Option<&Json>) -> Vec<&Json> {
    match value {
        None => Vec::new(),
        Some(Json::List(values)) => values.iter().collect(),
        Some(value) => vec![value],
    }
}

/// Strings, and what may be written without quotes.
fn texts(value: Option<&Json>) -> Vec<String> {
    one_or_many(value)
        .into_iter()
        .map(|value| match value {
            Json::Str(text) => text.clone(),
            other => other.to_string(),
        })
        .collect()
}
