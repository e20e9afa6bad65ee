//! Inline policies of users, groups and roles.

use crate::{
    document, names,
    owner::Owner,
    paging::{Page, Paging},
    quota,
};
use iam_api::*;
use identity::{Entity, IamKeys, changed};
use kernel::{
    Cx, Result,
    store::{Row, Rows, Snapshot},
};
use lang::policy::{Kind, Policy};
use wire::Fault;

fn no_such_policy(entity: Entity, policy: &str) -> Fault {
    names::no_such(&format!("{} policy", entity.text()), policy)
}

async fn put(cx: &Cx, entity: Entity, name: &str, policy: &str, text: &str) -> Result<()> {
    names::check_name("policyName", policy)?;
    document::check("policyDocument", text, Kind::Identity)?;
    let keys = IamKeys::of(cx.account());
    let most = quota::inline_size(entity);
    cx.write(async |tx| {
        let owner = Owner::find(tx, &keys, entity, name).await?;
        let policies = keys.inline(entity, name);
        let row = policies.clone().text(policy);
        let mut size = Policy::size(text);
        for other in tx.below(&policies).await?.iter().filter(|other| other.key != row) {
            size += Policy::size(&String::from_utf8_lossy(&other.value));
        }
        if size > most {
            return Err(fault::limit_exceeded_exception(format!(
                "Maximum policy size of {most} bytes exceeded for {} {}",
                entity.text(),
                owner.name
            )));
        }
        tx.put(row, text.to_owned());
        changed(tx);
        Ok(())
    })
    .await
}

/// The entity's name as it is kept, and the document.
async fn get(cx: &Cx, entity: Entity, name: &str, policy: &str) -> Result<(String, String)> {
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    let owner = Owner::seen(&*snapshot, &keys, entity, name).await?;
    let row = snapshot.get(&keys.inline(entity, name).text(policy)).await?;
    let row = row.ok_or_else(|| no_such_policy(entity, policy))?;
    Ok((owner.name, document::encoded(&String::from_utf8_lossy(&row.value))))
}

async fn delete(cx: &Cx, entity: Entity, name: &str, policy: &str) -> Result<()> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        Owner::find(tx, &keys, entity, name).await?;
        let row = keys.inline(entity, name).text(policy);
        if tx.get(&row).await?.is_none() {
            return Err(no_such_policy(entity, policy));
        }
        tx.delete(row);
        changed(tx);
        Ok(())
    })
    .await
}

/// All inline policies of an entity, with their documents.
pub async fn all(snapshot: &dyn Snapshot, keys: &IamKeys, entity: Entity, name: &str) -> Result<Vec<PolicyDetail>> {
    let detail = |row: &Row| PolicyDetail {
        policy_name: row.key.name(),
        policy_document: Some(document::encoded(&String::from_utf8_lossy(&row.value))),
    };
    Ok(snapshot.below(&keys.inline(entity, name)).await?.iter().map(detail).collect())
}

async fn list(cx: &Cx, entity: Entity, name: &str, paging: Paging) -> Result<Page<String>> {
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    Owner::seen(&*snapshot, &keys, entity, name).await?;
    paging.rows(&*snapshot, &keys.inline(entity, name), |row| Ok(row.key.name())).await
}

pub async fn put_user_policy(cx: Cx, input: PutUserPolicyInput) -> Result<PutUserPolicyOutput> {
    put(&cx, Entity::User, &input.user_name, &input.policy_name, &input.policy_document).await?;
    Ok(PutUserPolicyOutput {})
}

pub async fn put_group_policy(cx: Cx, input: PutGroupPolicyInput) -> Result<PutGroupPolicyOutput> {
    put(&cx, Entity::Group, &input.group_name, &input.policy_name, &input.policy_document).await?;
    Ok(PutGroupPolicyOutput {})
}

pub async fn put_role_policy(cx: Cx, input: PutRolePolicyInput) -> Result<PutRolePolicyOutput> {
    put(&cx, Entity::Role, &input.role_name, &input.policy_name, &input.policy_document).await?;
    Ok(PutRolePolicyOutput {})
}

pub async fn get_user_policy(cx: Cx, input: GetUserPolicyInput) -> Result<GetUserPolicyOutput> {
    let (user_name, policy_document) = get(&cx, Entity::User, &input.user_name, &input.policy_name).await?;
    Ok(GetUserPolicyOutput { user_name, policy_name: input.policy_name, policy_document })
}

pub async fn get_group_policy(cx: Cx, input: GetGroupPolicyInput) -> Result<GetGroupPolicyOutput> {
    let (group_name, policy_document) = get(&cx, Entity::Group, &input.group_name, &input.policy_name).await?;
    Ok(GetGroupPolicyOutput { group_name, policy_name: input.policy_name, policy_document })
}

pub async fn get_role_policy(cx: Cx, input: GetRolePolicyInput) -> Result<GetRolePolicyOutput> {
    let (role_name, policy_document) = get(&cx, Entity::Role, &input.role_name, &input.policy_name).await?;
    Ok(GetRolePolicyOutput { role_name, policy_name: input.policy_name, policy_document })
}

pub async fn delete_user_policy(cx: Cx, input: DeleteUserPolicyInput) -> Result<DeleteUserPolicyOutput> {
    delete(&cx, Entity::User, &input.user_name, &input.policy_name).await?;
    Ok(DeleteUserPolicyOutput {})
}

pub async fn delete_group_policy(cx: Cx, input: DeleteGroupPolicyInput) -> Result<DeleteGroupPolicyOutput> {
    delete(&cx, Entity::Group, &input.group_name, &input.policy_name).await?;
    Ok(DeleteGroupPolicyOutput {})
}

pub async fn delete_role_policy(cx: Cx, input: DeleteRolePolicyInput) -> Result<DeleteRolePolicyOutput> {
    delete(&cx, Entity::Role, &input.role_name, &input.policy_name).await?;
    Ok(DeleteRolePolicyOutput {})
}

pub async fn list_user_policies(cx: Cx, input: ListUserPoliciesInput) -> Result<ListUserPoliciesOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let page = list(&cx, Entity::User, &input.user_name, paging).await?;
    Ok(ListUserPoliciesOutput { is_truncated: page.is_truncated(), policy_names: page.items, marker: page.marker })
}

pub async fn list_group_policies(cx: Cx, input: ListGroupPoliciesInput) -> Result<ListGroupPoliciesOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let page = list(&cx, Entity::Group, &input.group_name, paging).await?;
    Ok(ListGroupPoliciesOutput { is_truncated: page.is_truncated(), policy_names: page.items, marker: page.marker })
}

pub async fn list_role_policies(cx: Cx, input: ListRolePoliciesInput) -> Result<ListRolePoliciesOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let page = list(&cx, Entity::Role, &input.role_name, paging).await?;
    Ok(ListRolePoliciesOutput { is_truncated: page.is_truncated(), policy_names: page.items, marker: page.marker })
}
