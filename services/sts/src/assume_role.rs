//! AssumeRole.

use crate::{
    assumption::{Assumption, Begun, Terms},
    mfa::Factor,
    role::Role,
    session_tags::{SessionTags, check_source_identity},
};
use kernel::{Cx, Result, authorise::Target};
use lang::policy::ContextKeys;
use sts_api::*;
use wire::common;

/// Root users may assume roles too, if the trust policy names their account: on AWS they may not ("Roles may not be assumed
/// by root accounts."), but here they are everybody's first key.
pub async fn assume_role(cx: Cx, input: AssumeRoleInput) -> Result<AssumeRoleOutput> {
    let assumption = match cx.kept::<Assumption>() {
        Some(assumption) => assumption,
        None => prepare(&cx, &input).await?,
    };
    assumption.require_extras(&cx, None).await?;
    if input.provided_contexts.is_some_and(|contexts| !contexts.is_empty()) {
        // They are sealed by IAM Identity Center for trusted identity propagation; none can have come from here.
        return Err(common::validation_error(
            "ProvidedContexts: the context assertion is not valid. IAM Identity Center, which issues them, is not part of \
             this cloud.",
        ));
    }
    let source_identity = Some(assumption.source_identity.clone()).filter(|identity| !identity.is_empty());
    let terms = Terms {
        policy: input.policy,
        policy_arns: input.policy_arns,
        duration_seconds: input.duration_seconds,
        factor: Factor::of(input.serial_number, input.token_code)?,
        ..Terms::default()
    };
    let Begun { credentials, user, packed } = assumption.begin(&cx, terms).await?;
    Ok(AssumeRoleOutput {
        credentials: Some(credentials),
        assumed_role_user: Some(user),
        packed_policy_size: packed,
        source_identity,
    })
}

/// What is asked for, before it is decided.
pub async fn target(cx: Cx, input: AssumeRoleInput) -> Result<Target> {
    let assumption = prepare(&cx, &input).await?;
    let target = assumption.target();
    cx.keep(assumption);
    Ok(target)
}

async fn prepare(cx: &Cx, input: &AssumeRoleInput) -> Result<Assumption> {
    let mut keys = ContextKeys::default();
    if let Some(external_id) = &input.external_id {
        keys.set("sts:ExternalId", external_id.as_str());
    }
    if let Some(factor) = Factor::of(input.serial_number.clone(), input.token_code.clone())? {
        factor.check(cx).await?;
        keys.set("aws:MultiFactorAuthPresent", "true");
        keys.set("aws:MultiFactorAuthAge", "0");
    }
    let tags = SessionTags::of(input.tags.clone(), input.transitive_tag_keys.clone())?.inherit(cx.caller())?;
    let role = Role::find(cx, &input.role_arn).await?;
    let source_identity = source_identity(cx, input, &role)?;
    Ok(Assumption::new(role, input.role_session_name.clone(), tags, source_identity, keys))
}

/// Once set, it cannot be changed, and every session of a chain has it (IAM user guide, "Monitor and control actions taken
/// with assumed roles").
fn source_identity(cx: &Cx, input: &AssumeRoleInput, role: &Role) -> Result<String> {
    let inherited = cx.caller().session.as_ref().map_or("", |session| session.source_identity.as_str());
    let Some(asked) = &input.source_identity else { return Ok(inherited.to_owned()) };
    if !inherited.is_empty() && asked != inherited {
        // That it fails is documented, the sentence is a guess.
        return Err(common::access_denied(format!(
            "User: {} is not authorized to perform: sts:SetSourceIdentity on resource: {}",
            cx.caller().arn(cx.region()),
            role.arn
        )));
    }
    check_source_identity(asked)?;
    Ok(asked.clone())
}
