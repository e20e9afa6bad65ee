//! One question to the policy language: may the caller do this to that?

use super::{Decided, PolicyKind, context::CallContext};
use crate::{AccountId, Cx, caller_principal, identity::Named, service::Result};
use lang::policy::{
    Attached, ContextKeys, Form, Kind, Policies, Policy, Principal, Request, ResourcePolicy, Statements, decide,
    explain, reached_by_resource_controls,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use wire::{Fault, Protocol, Shape, common};

pub struct Ask<'a> {
    /// `iam:PassRole`
    pub action: &'a str,
    /// Its ARN, or `*`.
    pub resource: Arc<str>,
    /// Who owns it.
    pub account: AccountId,
    /// The resource's policy, as JSON.
    pub policy: Option<Arc<str>>,
    pub policy_kind: PolicyKind,
    /// Statements that stand beside the policy.
    pub beside: Option<Arc<Policy>>,
    /// The resource's tags.
    pub tags: &'a [(String, String)],
    /// Condition keys of the service.
    pub keys: &'a ContextKeys,
    /// Who asks, if it is not the call's caller: one that an identity provider vouches for.
    pub principal: Option<Principal<'a>>,
    /// The call's input, for `aws:RequestTag`.
    pub input: Option<&'a dyn Shape>,
}

/// The permission to go on, or the fault that says what is missing. Every handler may ask for what its operation needs
/// beyond its own action: `iam:PassRole`, `sts:TagSession`.
pub async fn require(cx: &Cx, ask: &Ask<'_>) -> Result<()> {
    let caller = cx.caller();
    let policy = ask.policy.as_ref().map(|text| parsed(cx, text, ask.policy_kind)).transpose()?;
    // Without its policy, a resource that must have one can be used by nobody.
    static NOTHING: Policy = Policy { version: None, id: None, statements: Statements::new() };
    let resource_policy = match (ask.policy_kind, policy.as_deref()) {
        (PolicyKind::Grants, None) => None,
        (PolicyKind::Grants, Some(policy)) => Some(ResourcePolicy::new(inline("the resource's policy", policy))),
        (PolicyKind::Trust, policy) => {
            Some(ResourcePolicy::trust(inline("the role's trust policy", policy.unwrap_or(&NOTHING))))
        }
        (PolicyKind::Required, policy) => Some(ResourcePolicy {
            required: true,
            beside: ask.beside.as_deref().map(|policy| inline("the grants", policy)),
            ..ResourcePolicy::new(inline("the resource's policy", policy.unwrap_or(&NOTHING)))
        }),
    };
    let own = &caller.grants.controls;
    let has_account = caller.is_root() || caller.identified().is_some();
    let over_resource = match has_account && ask.account == caller.account {
        true => own.clone(),
        false => cx.cloud().identity().controls(cx.cloud(), ask.account).await?,
    };
    let named = caller_principal::Named::of(caller, cx.region());
    let identity: Vec<Attached> = caller.grants.identity.iter().map(Named::attached).collect();
    let session: Vec<Attached> = caller.grants.session.iter().map(Named::attached).collect();
    let (scps, rcps) = (levels(&own.scps), levels(&over_resource.rcps));
    let (scps, rcps): (Vec<&[Attached]>, Vec<&[Attached]>) =
        (scps.iter().map(Vec::as_slice).collect(), rcps.iter().map(Vec::as_slice).collect());
    let account = ask.account.to_string();
    let context = CallContext { cx, ask, owner: &over_resource };
    let request = Request {
        principal: ask.principal.unwrap_or_else(|| named.principal()),
        action: ask.action,
        resource: (*ask.resource != *"*").then_some(&*ask.resource),
        resource_account: &account,
        context: &context,
        policies: Policies {
            identity: &identity,
            boundary: caller.grants.boundary.as_ref().map(Named::attached),
            session: &session,
            resource: resource_policy,
            scps: &scps,
            rcps: match reached_by_resource_controls(ask.action) {
                true => &rcps,
                false => &[],
            },
        },
    };
    let decision = decide(&request);
    if decision.is_allowed() {
        cx.cloud().decisions.allowed(cx, &request, &decision);
        cx.cloud().used.note(cx, ask.action, &ask.resource);
        return Ok(());
    }
    let explanation = explain(&request);
    cx.cloud().decisions.denied(Decided::of(cx, &request, &explanation));
    Err(denied(cx.model(), explanation.message.clone()))
}

fn inline<'a>(name: &'a str, policy: &'a Policy) -> Attached<'a> {
    Attached { name, form: Form::Inline, policy }
}

fn levels(levels: &[Vec<Named>]) -> Vec<Vec<Attached<'_>>> {
    levels.iter().map(|level| level.iter().map(Named::attached).collect()).collect()
}

/// Parsed policies by their text: a resource's policy is asked for at every call.
#[derive(Default)]
struct Parsed(Mutex<HashMap<Document, Option<Arc<Policy>>>>);

/// A text, and whether it is a trust policy.
type Document = (Arc<str>, bool);

/// Texts kept parsed.
const PARSED: usize = 1_024;

/// A stored policy was valid when it was stored; one that no longer parses denies everything.
fn parsed(cx: &Cx, text: &Arc<str>, kind: PolicyKind) -> Result<Arc<Policy>> {
    let cache = cx.cloud().cache::<Parsed>();
    let mut cache = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
    let trust = kind == PolicyKind::Trust;
    let key = (text.clone(), trust);
    let policy = match cache.get(&key) {
        Some(policy) => policy.clone(),
        None => {
            if cache.len() >= PARSED {
                cache.clear();
            }
            let kind = if trust { Kind::RoleTrust } else { Kind::Resource };
            let policy = Policy::parse(text, kind).ok().map(Arc::new);
            cache.insert(key, policy.clone());
            policy
        }
    };
    policy.ok_or_else(|| common::internal_failure("the resource's stored policy cannot be read"))
}

/// JSON and CBOR services say `AccessDeniedException`, those that began with Query or XML `AccessDenied`.
fn denied(model: &wire::Model, message: String) -> Fault {
    let query =
        model.query_compatible || model.protocols.iter().any(|p| matches!(p, Protocol::Query | Protocol::RestXml));
    match query {
        true => common::access_denied(message),
        false => common::access_denied_exception(message),
    }
}
