//! AssumeRoot: a short session as the root user of a member account, for one privileged task.

use crate::credentials::Fresh;
use identity::{
    IamKeys, RootAccessRecord, SessionRecord, managed_document,
    organization::{OrganizationKeys, OrganizationRecord, account_record, organization},
    session_kind,
};
use kernel::{AccountId, Arn, Cx, Result, authorise::Target, store::Rows};
use sts_api::*;
use wire::{Fault, common};

/// Seconds, if none are asked for.
const DEFAULT: i32 = 900;
const TASKS: &str = ":iam::aws:policy/root-task/";
const PRINCIPAL: &str = "iam.amazonaws.com";

/// The member account, by its number or its root user's ARN.
fn member(target: &str) -> Result<AccountId> {
    let by_arn = || Arn::parse(target).filter(|arn| arn.service == "iam" && arn.resource == "root")?.account_id();
    let account = AccountId::parse(target).or_else(by_arn);
    account.ok_or_else(|| common::validation_error(format!("TargetPrincipal {target} is no account")))
}

fn root_arn(cx: &Cx, account: AccountId) -> String {
    format!("arn:{}:iam::{account}:root", cx.region().partition())
}

/// Who may call it, policies of the caller's own account say; whether the member account is theirs to act for, the handler.
pub fn target(cx: &Cx, input: &AssumeRootInput) -> Result<Target> {
    let mut target = Target::of(cx.account(), vec![root_arn(cx, member(&input.target_principal)?).into()]);
    if let Some(arn) = &input.task_policy_arn.arn {
        target.keys.set("sts:TaskPolicyArn", arn.as_str());
    }
    Ok(target)
}

pub async fn assume_root(cx: Cx, input: AssumeRootInput) -> Result<AssumeRootOutput> {
    let member = member(&input.target_principal)?;
    // "You cannot use root user credentials to make this call."
    if cx.caller().is_root() || !governs(&cx, member).await? {
        return Err(denied(&cx, member));
    }
    let task = input.task_policy_arn.arn.unwrap_or_default();
    let known = managed_document(&*cx.cloud().engine().latest(), member, &task).await?;
    if !task.contains(TASKS) || known.is_none() {
        // That only these policies are taken is documented, the sentence is a guess.
        return Err(common::validation_error(format!(
            "TaskPolicyArn {task} is not a policy for privileged root tasks."
        )));
    }
    let source_identity = cx.caller().session.as_ref().map(|session| session.source_identity.clone());
    let source_identity = source_identity.unwrap_or_default();
    let fresh = Fresh::new(
        &cx,
        input.duration_seconds.unwrap_or(DEFAULT).into(),
        SessionRecord {
            account: member.0,
            kind: session_kind::ROOT,
            managed_policies: vec![task],
            source_identity: source_identity.clone(),
            ..SessionRecord::default()
        },
    )?;
    cx.write(async |tx| {
        fresh.put(&cx, tx);
        Ok(())
    })
    .await?;
    Ok(AssumeRootOutput {
        credentials: Some(fresh.answer()),
        source_identity: Some(source_identity).filter(|identity| !identity.is_empty()),
    })
}

/// Whether the caller's account is the management account of the member's organization, or its delegated administrator for
/// IAM, and root sessions are enabled there.
async fn governs(cx: &Cx, member: AccountId) -> Result<bool> {
    let store = cx.cloud().engine().latest();
    let (ours, theirs) = (account_record(&*store, cx.account()).await?, account_record(&*store, member).await?);
    if ours.organization.is_empty() || ours.organization != theirs.organization {
        return Ok(false);
    }
    let found: Option<OrganizationRecord> = store.record(&organization(&ours.organization)).await?;
    let Some(found) = found else { return Ok(false) };
    let keys = OrganizationKeys::of(&found.id);
    let access = store.record(&IamKeys::of(found.management()).root_access()).await?;
    let access: RootAccessRecord = access.unwrap_or_default();
    let delegated = store.get(&keys.delegations_of(cx.account()).text(PRINCIPAL)).await?.is_some();
    let trusted = store.get(&keys.trusted().text(PRINCIPAL)).await?.is_some();
    // The management account's own root user is not central access's to use.
    let is_member = member != found.management();
    Ok(access.sessions && trusted && is_member && (found.management() == cx.account() || delegated))
}

fn denied(cx: &Cx, member: AccountId) -> Fault {
    common::access_denied(format!(
        "User: {} is not authorized to perform: sts:AssumeRoot on resource: {}",
        cx.caller().arn(cx.region()),
        root_arn(cx, member)
    ))
}
