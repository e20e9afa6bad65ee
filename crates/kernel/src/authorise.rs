//! The stage that asks the policy language whether a call may go on.

mod context;

use crate::{AccountId, CallerKind, Cx, caller_principal, service::Result};
use context::CallContext;
use lang::policy::{Attached, Form, Kind, Policies, Policy, Request, ResourcePolicy, decide};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use wire::{Fault, Operation, Protocol, Shape, View, common};

/// What an operation acts on.
#[derive(Clone, Debug)]
pub struct Target {
    /// ARNs of the resources; `*` where the action has none.
    pub resources: Vec<Arc<str>>,
    /// The account that owns them.
    pub account: AccountId,
    /// The resource's policy, as JSON.
    pub policy: Option<Arc<str>>,
    /// The resource's tags, for `aws:ResourceTag`.
    pub tags: Vec<(String, String)>,
}

/// Fills the operation's generated ARN template from the input's members of the same names.
pub fn templated(cx: &Cx, operation: &Operation, input: &dyn Shape) -> Target {
    let resources = operation.iam.resources.iter().filter_map(|resource| fill(cx, resource.arn, input));
    let mut resources: Vec<Arc<str>> = resources.map(Arc::from).collect();
    if resources.is_empty() {
        resources.push("*".into());
    }
    Target { resources, account: cx.account(), policy: None, tags: Vec::new() }
}

/// `None` where the input has no value for a variable of the template.
fn fill(cx: &Cx, template: &str, input: &dyn Shape) -> Option<String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, after) = after.split_once('}')?;
        out.push_str(before);
        match variable {
            "Partition" => out.push_str(cx.region().partition()),
            "Region" => out.push_str(cx.region().as_str()),
            "Account" => out.push_str(&cx.account().to_string()),
            name => {
                let View::Str(value) = input.get(input.schema().index(name)?) else { return None };
                out.push_str(value);
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// Parsed policies by their text: a resource's policy is asked for at every call.
#[derive(Default)]
struct Parsed(Mutex<HashMap<Arc<str>, Option<Arc<Policy>>>>);

/// Texts kept parsed.
const PARSED: usize = 1_024;

/// A stored policy was valid when it was stored; one that no longer parses denies everything.
fn parsed(cx: &Cx, text: &Arc<str>) -> Result<Arc<Policy>> {
    let cache = cx.cloud().cache::<Parsed>();
    let mut cache = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
    let policy = match cache.get(text) {
        Some(policy) => policy.clone(),
        None => {
            if cache.len() >= PARSED {
                cache.clear();
            }
            let policy = Policy::parse(text, Kind::Resource).ok().map(Arc::new);
            cache.insert(text.clone(), policy.clone());
            policy
        }
    };
    policy.ok_or_else(|| common::internal_failure("the resource's stored policy cannot be read"))
}

pub(crate) async fn authorise(cx: &Cx, operation: &'static Operation, input: &dyn Shape) -> Result<()> {
    if operation.iam.action.is_empty() || operation.anonymous {
        return Ok(());
    }
    let Some(service) = cx.cloud().service(operation.model.name) else { return Ok(()) };
    let target = (service.target)(cx.clone(), operation, input).await?;
    if target.policy.is_none() && cx.caller().kind == CallerKind::Root && cx.caller().account == target.account {
        // What `decide` would say without any policy to look at; most calls are this one.
        return Ok(());
    }
    let policy = target.policy.as_ref().map(|text| parsed(cx, text)).transpose()?;
    let resource_policy = policy
        .as_deref()
        .map(|policy| ResourcePolicy::new(Attached { name: "the resource's policy", form: Form::Inline, policy }));
    let caller = caller_principal::Named::of(cx);
    let account = target.account.to_string();
    let context = CallContext { cx, tags: &target.tags, input };
    for resource in &target.resources {
        let request = Request {
            principal: caller.principal(),
            action: operation.iam.action,
            resource: (**resource != *"*").then_some(&**resource),
            resource_account: &account,
            context: &context,
            policies: Policies { resource: resource_policy, ..Policies::default() },
        };
        let decision = decide(&request);
        if !decision.is_allowed() {
            return Err(denied(operation, decision.message(&request)));
        }
    }
    Ok(())
}

/// JSON and CBOR services say `AccessDeniedException`, those that began with Query or XML `AccessDenied`.
fn denied(operation: &Operation, message: String) -> Fault {
    let query = operation.model.query_compatible
        || operation.model.protocols.iter().any(|p| matches!(p, Protocol::Query | Protocol::RestXml));
    match query {
        true => common::access_denied(message),
        false => common::access_denied_exception(message),
    }
}
