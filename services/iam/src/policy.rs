//! Customer managed policies: making, finding, tagging and deleting them.

use crate::{
    document, keys,
    managed::{self, Managed},
    names, quota, rows,
    tags::{self, Case},
};
use iam_api::*;
use identity::{IamKeys, Kind, PolicyRecord, PolicyVersionRecord, changed, unique_id};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Txn},
};
use lang::policy::{self, Kind as Grammar};

/// Refuses what is no document of a managed policy.
pub fn check_document(text: &str) -> Result<()> {
    document::check("policyDocument", text, Grammar::Identity)?;
    match policy::Policy::size(text) > quota::POLICY_SIZE.1 {
        true => Err(quota::POLICY_SIZE.exceeded()),
        false => Ok(()),
    }
}

/// The account's own policy of an ARN, for a change of it.
pub async fn own(cx: &Cx, tx: &mut Txn, action: &str, arn: &str) -> Result<PolicyRecord> {
    match Managed::find(cx, tx, arn).await? {
        Some(Managed::Customer(record)) => Ok(*record),
        Some(Managed::Aws(_)) => Err(managed::not_yours(cx, action, arn)),
        None => Err(managed::not_found(arn)),
    }
}

pub async fn create_policy(cx: Cx, input: CreatePolicyInput) -> Result<CreatePolicyOutput> {
    let name = input.policy_name;
    names::check_name("policyName", &name)?;
    let path = policy_path(input.path)?;
    // `[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}]*` is not in the model, but in AWS's sentence as users report it. Of what it excludes, only
    // control characters are looked for: line ends above all.
    if input.description.as_ref().is_some_and(|text| text.chars().any(char::is_control)) {
        return Err(names::no_match("description", "[\\p{L}\\p{M}\\p{Z}\\p{S}\\p{N}\\p{P}]*"));
    }
    check_document(&input.policy_document)?;
    let now = cx.now();
    let record = PolicyRecord {
        id: unique_id(cx.cloud(), Kind::ManagedPolicy, cx.account()),
        created: now,
        updated: now,
        description: input.description,
        tags: tags::of(input.tags, Case::Counts)?,
        default_version: 1,
        last_version: 1,
        name,
        path,
    };
    let version = PolicyVersionRecord { document: input.policy_document, created: now };
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        if tx.get(&keys.policy(&record.name)).await?.is_some() {
            return Err(fault::entity_already_exists_exception(format!(
                "A policy called {} already exists. Duplicate names are not allowed.",
                record.name
            )));
        }
        quota::POLICIES.take(tx, &keys::counter(&keys, "policy")).await?;
        tx.put(keys.policy(&record.name), record.encode());
        tx.put(keys.policy_versions(&record.name).number(1), version.encode());
        changed(tx);
        Ok(())
    })
    .await?;
    let tags = tags::shown(&record.tags);
    let mut policy = Managed::Customer(Box::new(record)).shown(&cx, &*cx.read()).await?;
    policy.tags = tags;
    Ok(CreatePolicyOutput { policy: Some(policy) })
}

/// `((/[A-Za-z0-9\.,\+@=_-]+)*)/`: fewer characters than paths of users and roles may have.
fn policy_path(given: Option<String>) -> Result<String> {
    let path = names::path("path", given)?;
    let inner = path.trim_matches('/');
    let valid =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b".,+@=_-".contains(&b));
    if path == "/" || inner.split('/').all(valid) && path.len() == inner.len() + 2 {
        return Ok(path);
    }
    Err(wire::common::validation_error(
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters \
         and/or / characters.",
    ))
}

pub async fn get_policy(cx: Cx, input: GetPolicyInput) -> Result<GetPolicyOutput> {
    let snapshot = cx.read();
    let found = Managed::seen(&cx, &*snapshot, &input.policy_arn).await?;
    let found = found.ok_or_else(|| managed::not_found(&input.policy_arn))?;
    Ok(GetPolicyOutput { policy: Some(found.shown_alone(&cx, &*snapshot).await?) })
}

pub async fn delete_policy(cx: Cx, input: DeletePolicyInput) -> Result<DeletePolicyOutput> {
    let keys = IamKeys::of(cx.account());
    let arn = &input.policy_arn;
    cx.write(async |tx| {
        let record = own(&cx, tx, "DeletePolicy", arn).await?;
        let row = keys.policy(&record.name);
        for uses in [keys.attachments(arn), keys.bounded(arn)] {
            let attached = || fault::delete_conflict_exception("Cannot delete a policy attached to entities.");
            rows::must_be_empty(tx, &row, &uses, attached).await?;
        }
        if tx.count(&keys.policy_versions(&record.name)).await? > 1 {
            return Err(fault::delete_conflict_exception(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's \
                 versions. The default version is deleted with the policy.",
            ));
        }
        tx.delete_range(keys.policy_versions(&record.name).children());
        tx.delete(row);
        quota::POLICIES.give_back(tx, &keys::counter(&keys, "policy")).await?;
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(DeletePolicyOutput {})
}

async fn retag(cx: &Cx, action: &str, arn: &str, change: impl Fn(&mut identity::Tags) -> Result<()>) -> Result<()> {
    cx.write(async |tx| {
        let mut record = own(cx, tx, action, arn).await?;
        change(&mut record.tags)?;
        tx.put(IamKeys::of(cx.account()).policy(&record.name), record.encode());
        Ok(())
    })
    .await
}

pub async fn tag_policy(cx: Cx, input: TagPolicyInput) -> Result<TagPolicyOutput> {
    retag(&cx, "TagPolicy", &input.policy_arn, |tags| tags::merge(tags, &input.tags, Case::Counts)).await?;
    Ok(TagPolicyOutput {})
}

pub async fn untag_policy(cx: Cx, input: UntagPolicyInput) -> Result<UntagPolicyOutput> {
    let remove = |tags: &mut identity::Tags| {
        tags::remove(tags, &input.tag_keys, Case::Counts);
        Ok(())
    };
    retag(&cx, "UntagPolicy", &input.policy_arn, remove).await?;
    Ok(UntagPolicyOutput {})
}

pub async fn list_policy_tags(cx: Cx, input: ListPolicyTagsInput) -> Result<ListPolicyTagsOutput> {
    let found = Managed::seen(&cx, &*cx.read(), &input.policy_arn).await?;
    let found = found.ok_or_else(|| managed::not_found(&input.policy_arn))?;
    let none = identity::Tags::new();
    let of_policy = match &found {
        Managed::Customer(record) => &record.tags,
        Managed::Aws(_) => &none,
    };
    let page = tags::page(of_policy, input.max_items, input.marker.as_deref())?;
    Ok(ListPolicyTagsOutput { is_truncated: page.is_truncated(), tags: page.items, marker: page.marker })
}
