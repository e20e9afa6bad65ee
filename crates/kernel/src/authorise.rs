//! The stage that asks the policy language whether a call may go on.

mod ask;
mod context;
mod decisions;
mod target;

pub use ask::{Ask, require};
pub(crate) use decisions::Decisions;
pub use decisions::{Decided, Verdict};
pub use target::{PolicyKind, Target, has_tags, templated};

use crate::{AccountId, CallerKind, Cx, service::Result};
use std::iter;
use wire::{Operation, Shape};

pub(crate) async fn authorise(cx: &Cx, operation: &'static Operation, input: &dyn Shape) -> Result<()> {
    if operation.iam.action.is_empty() || operation.anonymous {
        return Ok(());
    }
    let Some(service) = cx.cloud().service(operation.model.name) else { return Ok(()) };
    let target = (service.target)(cx.clone(), operation, input).await?;
    if target.policy.is_none() && target.policy_kind == PolicyKind::Grants && is_unruled_root(cx, target.account) {
        // What `decide` would say without any policy to look at; most calls are this one.
        return Ok(());
    }
    let actions = || iter::once(target.action.unwrap_or(operation.iam.action)).chain(target.also.iter().copied());
    for (resource, action) in
        target.resources.iter().flat_map(|resource| actions().map(move |action| (resource, action)))
    {
        let ask = Ask {
            action,
            resource: resource.clone(),
            account: target.account,
            policy: target.policy.clone(),
            policy_kind: target.policy_kind,
            beside: target.beside.clone(),
            tags: &target.tags,
            keys: &target.keys,
            principal: None,
            input: Some(input),
        };
        require(cx, &ask).await?;
    }
    Ok(())
}

/// The root user on resources of its own account, with no organization above it and all that it may at hand.
pub fn is_unruled_root(cx: &Cx, owner: AccountId) -> bool {
    let caller = cx.caller();
    let controls = &caller.grants.controls;
    matches!(caller.kind, CallerKind::Root)
        && caller.account == owner
        && caller.grants.session.is_empty()
        && controls.scps.is_empty()
        && controls.rcps.is_empty()
}
