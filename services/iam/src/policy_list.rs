//! Listing managed policies, and what a policy is on.

use crate::{
    managed::{self, Managed},
    names,
    owner::Owner,
    paging::Paging,
};
use iam_api::*;
use identity::{Entity, IamKeys, aws_managed};
use kernel::{
    Cx, Result,
    store::{Key, Part, Rows, Snapshot},
};
use std::collections::HashSet;

/// A policy and where it stands in the list: the account's own come first.
struct Listed {
    order: String,
    policy: Managed,
}

pub async fn list_policies(cx: Cx, input: ListPoliciesInput) -> Result<ListPoliciesOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let prefix = input.path_prefix.map(Some).map(names::path_prefix).transpose()?.unwrap_or_else(|| "/".to_owned());
    let scope = input.scope.unwrap_or(PolicyScopeType::All);
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();

    let mut policies: Vec<Managed> = Vec::new();
    if scope != PolicyScopeType::Aws {
        for (_, record) in snapshot.records(&keys.policies()).await? {
            policies.push(Managed::Customer(Box::new(record)));
        }
    }
    if scope != PolicyScopeType::Local {
        policies.extend(aws_managed::all().iter().map(Managed::Aws));
    }
    policies.retain(|policy| policy.path().starts_with(&prefix));
    // "OnlyAttached": to users, groups or roles. That the usage filter asks for use too is a guess.
    if input.only_attached == Some(true) || input.policy_usage_filter == Some(PolicyUsageType::PermissionsPolicy) {
        let attached = arns(&*snapshot, &keys, "attachments").await?;
        policies.retain(|policy| attached.contains(&policy.arn(&cx)));
    }
    if input.policy_usage_filter == Some(PolicyUsageType::PermissionsBoundary) {
        let bounded = arns(&*snapshot, &keys, "bounded").await?;
        policies.retain(|policy| bounded.contains(&policy.arn(&cx)));
    }

    let listed = |policy: Managed| {
        let group = if matches!(policy, Managed::Customer(_)) { 'a' } else { 'b' };
        Listed { order: format!("{group}{}", policy.name()), policy }
    };
    let page = paging.list(policies.into_iter().map(listed).collect(), |listed: &Listed| &listed.order);
    let is_truncated = page.is_truncated();
    let mut shown = Vec::with_capacity(page.items.len());
    for listed in &page.items {
        shown.push(listed.policy.shown(&cx, &*snapshot).await?);
    }
    Ok(ListPoliciesOutput { policies: Some(shown), is_truncated, marker: page.marker })
}

/// The policies that are on entities (`attachments`), or their boundaries (`bounded`), by ARN.
pub async fn arns(snapshot: &dyn Snapshot, keys: &IamKeys, kind: &str) -> Result<HashSet<String>> {
    let arn = |key: &Key| match key.parts()?.into_iter().rev().nth(2)? {
        Part::Text(arn) => Some(arn),
        _ => None,
    };
    Ok(snapshot.below(&keys.other(kind)).await?.iter().filter_map(|row| arn(&row.key)).collect())
}

pub async fn list_entities_for_policy(
    cx: Cx,
    input: ListEntitiesForPolicyInput,
) -> Result<ListEntitiesForPolicyOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let prefix = names::path_prefix(input.path_prefix)?;
    let arn = &input.policy_arn;
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    if Managed::seen(&cx, &*snapshot, arn).await?.is_none() {
        return Err(managed::not_found(arn));
    }
    let mut uses = HashSet::new();
    if input.policy_usage_filter != Some(PolicyUsageType::PermissionsBoundary) {
        uses.extend(entities(&*snapshot, &keys.attachments(arn)).await?);
    }
    if input.policy_usage_filter != Some(PolicyUsageType::PermissionsPolicy) {
        uses.extend(entities(&*snapshot, &keys.bounded(arn)).await?);
    }
    let wanted = |entity: &str| match &input.entity_filter {
        None => true,
        Some(EntityType::User) => entity == "user",
        Some(EntityType::Role) => entity == "role",
        Some(EntityType::Group) => entity == "group",
        // These are policies, which have no entities on them.
        Some(_) => false,
    };
    let mut found: Vec<(String, Owner)> = Vec::new();
    for (kind, name) in uses {
        let Some(entity) = Entity::parse(&kind).filter(|_| wanted(&kind)) else { continue };
        let owner = Owner::seen(&*snapshot, &keys, entity, &name).await?;
        if owner.path.starts_with(&prefix) {
            found.push((format!("{kind}/{name}"), owner));
        }
    }
    let page = paging.list(found, |(order, _)| order);
    let mut output = ListEntitiesForPolicyOutput {
        policy_groups: Some(Vec::new()),
        policy_users: Some(Vec::new()),
        policy_roles: Some(Vec::new()),
        is_truncated: page.is_truncated(),
        marker: page.marker,
    };
    for (_, Owner { entity, name, id, .. }) in page.items {
        let (name, id) = (Some(name), Some(id));
        match entity {
            Entity::User => {
                output.policy_users.get_or_insert_default().push(PolicyUser { user_name: name, user_id: id })
            }
            Entity::Group => {
                output.policy_groups.get_or_insert_default().push(PolicyGroup { group_name: name, group_id: id })
            }
            Entity::Role => {
                output.policy_roles.get_or_insert_default().push(PolicyRole { role_name: name, role_id: id })
            }
        }
    }
    Ok(output)
}

/// Kinds and folded names of the entities below a policy's rows.
pub async fn entities(snapshot: &dyn Snapshot, prefix: &Key) -> Result<Vec<(String, String)>> {
    let entity = |key: &Key| match &key.parts()?[..] {
        [.., Part::Text(kind), Part::Text(name)] => Some((kind.clone(), name.clone())),
        _ => None,
    };
    Ok(snapshot.below(prefix).await?.iter().filter_map(|row| entity(&row.key)).collect())
}
