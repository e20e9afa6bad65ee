//! All of an account's permissions at once: users, groups, roles and policies, and what is on what.

use crate::{
    attachment, boundary, document, group, inline_policy, instance_profile, managed::Managed, paging::Paging,
    policy_list, policy_version, role, rows, tags, user,
};
use iam_api::*;
use identity::{Entity, IamKeys, aws_managed};
use kernel::{
    Cx, Result,
    store::{Rows, Snapshot},
};

/// Something that has details, and its place among them: users, groups, roles, policies, each by name.
struct Listed {
    order: String,
    what: What,
}

enum What {
    Entity(Entity, String),
    Policy(Managed),
}

pub async fn get_account_authorization_details(
    cx: Cx,
    input: GetAccountAuthorizationDetailsInput,
) -> Result<GetAccountAuthorizationDetailsOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let filter = input.filter.unwrap_or_default();
    let wanted = |of: EntityType| filter.is_empty() || filter.contains(&of);
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();

    let mut listed = Vec::new();
    for (place, entity, kind) in [
        ('a', Entity::User, EntityType::User),
        ('b', Entity::Group, EntityType::Group),
        ('c', Entity::Role, EntityType::Role),
    ] {
        if wanted(kind) {
            for name in snapshot.names(&keys.entities(entity)).await? {
                listed.push(Listed { order: format!("{place}{name}"), what: What::Entity(entity, name) });
            }
        }
    }
    if wanted(EntityType::LocalManagedPolicy) {
        for (_, record) in snapshot.records(&keys.policies()).await? {
            let policy = Managed::Customer(Box::new(record));
            listed.push(Listed { order: format!("d{}", policy.name()), what: What::Policy(policy) });
        }
    }
    if wanted(EntityType::AwsManagedPolicy) {
        // Those in use; that the others are left out is a guess from the size of reports.
        for policy in used_of_aws(&*snapshot, &keys).await? {
            listed.push(Listed { order: format!("e{}", policy.name()), what: What::Policy(policy) });
        }
    }
    let page = paging.list(listed, |listed| &listed.order);
    let mut output = GetAccountAuthorizationDetailsOutput {
        user_detail_list: Some(Vec::new()),
        group_detail_list: Some(Vec::new()),
        role_detail_list: Some(Vec::new()),
        policies: Some(Vec::new()),
        is_truncated: page.is_truncated(),
        marker: page.marker,
    };
    for Listed { what, .. } in page.items {
        match what {
            What::Entity(Entity::User, name) => {
                output.user_detail_list.get_or_insert_default().push(of_user(&cx, &*snapshot, &keys, &name).await?)
            }
            What::Entity(Entity::Group, name) => {
                output.group_detail_list.get_or_insert_default().push(of_group(&cx, &*snapshot, &keys, &name).await?)
            }
            What::Entity(Entity::Role, name) => {
                output.role_detail_list.get_or_insert_default().push(of_role(&cx, &*snapshot, &keys, &name).await?)
            }
            What::Policy(policy) => {
                output.policies.get_or_insert_default().push(of_policy(&cx, &*snapshot, &policy).await?)
            }
        }
    }
    Ok(output)
}

async fn used_of_aws(snapshot: &dyn Snapshot, keys: &IamKeys) -> Result<Vec<Managed>> {
    let mut arns = policy_list::arns(snapshot, keys, "attachments").await?;
    arns.extend(policy_list::arns(snapshot, keys, "bounded").await?);
    Ok(arns.iter().filter_map(|arn| aws_managed::find(arn)).map(Managed::Aws).collect())
}

async fn of_user(cx: &Cx, snapshot: &dyn Snapshot, keys: &IamKeys, name: &str) -> Result<UserDetail> {
    let record = user::find(snapshot, keys, name).await?;
    let mut groups = Vec::new();
    for group in snapshot.names(&keys.groups_of(name)).await? {
        groups.push(group::find(snapshot, keys, &group).await?.name);
    }
    let shown = user::whole(cx, &record);
    Ok(UserDetail {
        path: shown.path,
        user_name: shown.user_name,
        user_id: Some(shown.user_id),
        arn: Some(shown.arn),
        create_date: Some(shown.create_date),
        user_policy_list: Some(inline_policy::all(snapshot, keys, Entity::User, name).await?),
        group_list: Some(groups),
        attached_managed_policies: Some(attachment::all(snapshot, keys, Entity::User, name).await?),
        permissions_boundary: shown.permissions_boundary,
        tags: Some(shown.tags.unwrap_or_default()),
    })
}

async fn of_group(cx: &Cx, snapshot: &dyn Snapshot, keys: &IamKeys, name: &str) -> Result<GroupDetail> {
    let shown = group::shown(cx, &group::find(snapshot, keys, name).await?);
    Ok(GroupDetail {
        path: Some(shown.path),
        group_name: Some(shown.group_name),
        group_id: Some(shown.group_id),
        arn: Some(shown.arn),
        create_date: Some(shown.create_date),
        group_policy_list: Some(inline_policy::all(snapshot, keys, Entity::Group, name).await?),
        attached_managed_policies: Some(attachment::all(snapshot, keys, Entity::Group, name).await?),
    })
}

async fn of_role(cx: &Cx, snapshot: &dyn Snapshot, keys: &IamKeys, name: &str) -> Result<RoleDetail> {
    let record = role::seen(cx, snapshot, name).await?;
    Ok(RoleDetail {
        path: Some(record.path.clone()),
        role_name: Some(record.name.clone()),
        role_id: Some(record.id.clone()),
        arn: Some(role::arn(cx, &record)),
        create_date: Some(rows::seconds(record.created)),
        assume_role_policy_document: Some(document::encoded(&record.trust)),
        instance_profile_list: Some(instance_profile::of_role(cx, snapshot, name).await?),
        role_policy_list: Some(inline_policy::all(snapshot, keys, Entity::Role, name).await?),
        attached_managed_policies: Some(attachment::all(snapshot, keys, Entity::Role, name).await?),
        permissions_boundary: boundary::shown(&record.boundary),
        tags: Some(tags::shown(&record.tags).unwrap_or_default()),
        role_last_used: Some(role::last_used(snapshot, &record).await?),
    })
}

async fn of_policy(cx: &Cx, snapshot: &dyn Snapshot, policy: &Managed) -> Result<ManagedPolicyDetail> {
    let shown = policy.shown(cx, snapshot).await?;
    let mut versions = policy_version::versions(cx, snapshot, policy).await?;
    versions.reverse();
    Ok(ManagedPolicyDetail {
        policy_name: shown.policy_name,
        policy_id: shown.policy_id,
        arn: shown.arn,
        path: shown.path,
        default_version_id: shown.default_version_id,
        attachment_count: shown.attachment_count,
        permissions_boundary_usage_count: shown.permissions_boundary_usage_count,
        is_attachable: shown.is_attachable,
        description: match policy {
            Managed::Customer(record) => record.description.clone(),
            Managed::Aws(_) => None,
        },
        create_date: shown.create_date,
        update_date: shown.update_date,
        policy_version_list: Some(versions.into_iter().map(|version| version.shown(true)).collect()),
    })
}
