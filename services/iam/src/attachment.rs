//! Managed policies on users, groups and roles.

use crate::{
    managed::{self, Managed},
    names,
    owner::Owner,
    paging::{Page, Paging},
    quota,
};
use iam_api::*;
use identity::{AttachmentRecord, Entity, IamKeys, changed};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Snapshot},
};

async fn attach(cx: &Cx, entity: Entity, name: &str, arn: &str) -> Result<()> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let owner = Owner::find(tx, &keys, entity, name).await?;
        Managed::find(cx, tx, arn).await?.ok_or_else(|| managed::not_attachable(arn))?.check_attachable()?;
        let row = keys.attached(entity, name).text(arn);
        if tx.get(&row).await?.is_some() {
            return Ok(());
        }
        quota::attached(entity).check(tx, owner.key(), &keys.attached(entity, name)).await?;
        tx.put(row, AttachmentRecord { attached: cx.now() }.encode());
        tx.put(keys.attachment(arn, entity, name), "");
        changed(tx);
        Ok(())
    })
    .await
}

async fn detach(cx: &Cx, entity: Entity, name: &str, arn: &str) -> Result<()> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        Owner::find(tx, &keys, entity, name).await?;
        Managed::find(cx, tx, arn).await?;
        let row = keys.attached(entity, name).text(arn);
        if tx.get(&row).await?.is_none() {
            return Err(managed::not_found(arn));
        }
        tx.delete(row);
        tx.delete(keys.attachment(arn, entity, name));
        changed(tx);
        Ok(())
    })
    .await
}

/// Of the policies whose path begins with the prefix.
async fn attached(
    cx: &Cx,
    entity: Entity,
    name: &str,
    path_prefix: Option<String>,
    paging: Paging,
) -> Result<Page<AttachedPolicy>> {
    let prefix = names::path_prefix(path_prefix)?;
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    Owner::seen(&*snapshot, &keys, entity, name).await?;
    let shown = |row: &kernel::store::Row| {
        let arn = row.key.name().unwrap_or_default();
        let path = arn.split_once(":policy").map_or("", |(_, path)| path);
        Ok(path.starts_with(&prefix).then(|| shown(&arn)))
    };
    paging.rows(&*snapshot, &keys.attached(entity, name), shown).await
}

/// All managed policies of an entity.
pub async fn all(snapshot: &dyn Snapshot, keys: &IamKeys, entity: Entity, name: &str) -> Result<Vec<AttachedPolicy>> {
    Ok(snapshot.names(&keys.attached(entity, name)).await?.iter().map(|arn| shown(arn)).collect())
}

/// An attached policy, by its ARN.
fn shown(arn: &str) -> AttachedPolicy {
    let name = arn.rsplit_once('/').map_or("", |(_, name)| name);
    AttachedPolicy { policy_name: Some(name.to_owned()), policy_arn: Some(arn.to_owned()) }
}

pub async fn attach_user_policy(cx: Cx, input: AttachUserPolicyInput) -> Result<AttachUserPolicyOutput> {
    attach(&cx, Entity::User, &input.user_name, &input.policy_arn).await?;
    Ok(AttachUserPolicyOutput {})
}

pub async fn attach_group_policy(cx: Cx, input: AttachGroupPolicyInput) -> Result<AttachGroupPolicyOutput> {
    attach(&cx, Entity::Group, &input.group_name, &input.policy_arn).await?;
    Ok(AttachGroupPolicyOutput {})
}

pub async fn attach_role_policy(cx: Cx, input: AttachRolePolicyInput) -> Result<AttachRolePolicyOutput> {
    attach(&cx, Entity::Role, &input.role_name, &input.policy_arn).await?;
    Ok(AttachRolePolicyOutput {})
}

pub async fn detach_user_policy(cx: Cx, input: DetachUserPolicyInput) -> Result<DetachUserPolicyOutput> {
    detach(&cx, Entity::User, &input.user_name, &input.policy_arn).await?;
    Ok(DetachUserPolicyOutput {})
}

pub async fn detach_group_policy(cx: Cx, input: DetachGroupPolicyInput) -> Result<DetachGroupPolicyOutput> {
    detach(&cx, Entity::Group, &input.group_name, &input.policy_arn).await?;
    Ok(DetachGroupPolicyOutput {})
}

pub async fn detach_role_policy(cx: Cx, input: DetachRolePolicyInput) -> Result<DetachRolePolicyOutput> {
    detach(&cx, Entity::Role, &input.role_name, &input.policy_arn).await?;
    Ok(DetachRolePolicyOutput {})
}

pub async fn list_attached_user_policies(
    cx: Cx,
    input: ListAttachedUserPoliciesInput,
) -> Result<ListAttachedUserPoliciesOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let page = attached(&cx, Entity::User, &input.user_name, input.path_prefix, paging).await?;
    let is_truncated = page.is_truncated();
    Ok(ListAttachedUserPoliciesOutput { attached_policies: Some(page.items), is_truncated, marker: page.marker })
}

pub async fn list_attached_group_policies(
    cx: Cx,
    input: ListAttachedGroupPoliciesInput,
) -> Result<ListAttachedGroupPoliciesOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let page = attached(&cx, Entity::Group, &input.group_name, input.path_prefix, paging).await?;
    let is_truncated = page.is_truncated();
    Ok(ListAttachedGroupPoliciesOutput { attached_policies: Some(page.items), is_truncated, marker: page.marker })
}

pub async fn list_attached_role_policies(
    cx: Cx,
    input: ListAttachedRolePoliciesInput,
) -> Result<ListAttachedRolePoliciesOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let page = attached(&cx, Entity::Role, &input.role_name, input.path_prefix, paging).await?;
    let is_truncated = page.is_truncated();
    Ok(ListAttachedRolePoliciesOutput { attached_policies: Some(page.items), is_truncated, marker: page.marker })
}
