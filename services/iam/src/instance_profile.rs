//! Instance profiles: what hands a role to EC2 instances, one each.

use crate::{
    keys, names,
    owner::Owner,
    paging::Paging,
    quota, role, rows,
    tags::{self, Case},
};
use iam_api::*;
use identity::{Entity, IamKeys, InstanceProfileRecord, Kind, changed, folded, unique_id};
use kernel::{
    Cx, Result,
    authorise::{Ask, PolicyKind, require},
    record::Record,
    store::{Rows, Snapshot, Txn},
};
use lang::policy::ContextKeys;
use wire::Fault;

fn no_such_profile(name: &str) -> Fault {
    fault::no_such_entity_exception(format!("Instance Profile {name} cannot be found."))
}

pub fn arn(cx: &Cx, record: &InstanceProfileRecord) -> String {
    names::arn(cx, "instance-profile", &record.path, &record.name)
}

async fn find(cx: &Cx, tx: &mut Txn, name: &str) -> Result<InstanceProfileRecord> {
    let key = IamKeys::of(cx.account()).instance_profile(name);
    tx.read(&key).await?.ok_or_else(|| no_such_profile(name))
}

async fn seen(cx: &Cx, snapshot: &dyn Snapshot, name: &str) -> Result<InstanceProfileRecord> {
    let key = IamKeys::of(cx.account()).instance_profile(name);
    snapshot.record(&key).await?.ok_or_else(|| no_such_profile(name))
}

/// As it is listed, without tags.
pub async fn shown(cx: &Cx, snapshot: &dyn Snapshot, record: &InstanceProfileRecord) -> Result<InstanceProfile> {
    let mut roles = Vec::new();
    if !record.role.is_empty() {
        roles.push(role::shown(cx, &role::seen(cx, snapshot, &record.role).await?));
    }
    Ok(InstanceProfile {
        path: record.path.clone(),
        instance_profile_name: record.name.clone(),
        instance_profile_id: record.id.clone(),
        arn: arn(cx, record),
        create_date: rows::seconds(record.created),
        roles,
        tags: None,
    })
}

/// The instance profiles that a role is in.
pub async fn of_role(cx: &Cx, snapshot: &dyn Snapshot, role: &str) -> Result<Vec<InstanceProfile>> {
    let mut profiles = Vec::new();
    for name in snapshot.names(&IamKeys::of(cx.account()).profiles_of(role)).await? {
        profiles.push(shown(cx, snapshot, &seen(cx, snapshot, &name).await?).await?);
    }
    Ok(profiles)
}

pub async fn create_instance_profile(cx: Cx, input: CreateInstanceProfileInput) -> Result<CreateInstanceProfileOutput> {
    let name = input.instance_profile_name;
    names::check_name("instanceProfileName", &name)?;
    let record = InstanceProfileRecord {
        path: names::path("path", input.path)?,
        id: unique_id(cx.cloud(), Kind::InstanceProfile, cx.account()),
        created: cx.now(),
        tags: tags::of(input.tags, Case::Counts)?,
        role: String::new(),
        name,
    };
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let key = keys.instance_profile(&record.name);
        if tx.get(&key).await?.is_some() {
            return Err(fault::entity_already_exists_exception(format!(
                "Instance Profile {} already exists.",
                record.name
            )));
        }
        quota::INSTANCE_PROFILES.take(tx, &keys::counter(&keys, "instance-profile")).await?;
        tx.put(key, record.encode());
        Ok(())
    })
    .await?;
    let profile = shown(&cx, &*cx.read(), &record).await?;
    let instance_profile = InstanceProfile { tags: tags::shown(&record.tags), ..profile };
    Ok(CreateInstanceProfileOutput { instance_profile })
}

pub async fn get_instance_profile(cx: Cx, input: GetInstanceProfileInput) -> Result<GetInstanceProfileOutput> {
    let snapshot = cx.read();
    let record = seen(&cx, &*snapshot, &input.instance_profile_name).await?;
    let tags = Some(tags::shown(&record.tags).unwrap_or_default());
    let instance_profile = InstanceProfile { tags, ..shown(&cx, &*snapshot, &record).await? };
    Ok(GetInstanceProfileOutput { instance_profile })
}

pub async fn delete_instance_profile(cx: Cx, input: DeleteInstanceProfileInput) -> Result<DeleteInstanceProfileOutput> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let record = find(&cx, tx, &input.instance_profile_name).await?;
        if !record.role.is_empty() {
            return Err(names::delete_conflict("remove roles from instance profile"));
        }
        tx.delete(keys.instance_profile(&record.name));
        quota::INSTANCE_PROFILES.give_back(tx, &keys::counter(&keys, "instance-profile")).await
    })
    .await?;
    Ok(DeleteInstanceProfileOutput {})
}

pub async fn list_instance_profiles(cx: Cx, input: ListInstanceProfilesInput) -> Result<ListInstanceProfilesOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let prefix = names::path_prefix(input.path_prefix)?;
    let snapshot = cx.read();
    let choose = |row: &kernel::store::Row| {
        let record = InstanceProfileRecord::read(&row.value)?;
        Ok(record.path.starts_with(&prefix).then_some(record))
    };
    let page = paging.rows(&*snapshot, &IamKeys::of(cx.account()).instance_profiles(), choose).await?;
    let is_truncated = page.is_truncated();
    let mut instance_profiles = Vec::with_capacity(page.items.len());
    for record in &page.items {
        instance_profiles.push(shown(&cx, &*snapshot, record).await?);
    }
    Ok(ListInstanceProfilesOutput { instance_profiles, is_truncated, marker: page.marker })
}

pub async fn list_instance_profiles_for_role(
    cx: Cx,
    input: ListInstanceProfilesForRoleInput,
) -> Result<ListInstanceProfilesForRoleOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let snapshot = cx.read();
    role::seen(&cx, &*snapshot, &input.role_name).await?;
    let profiles = of_role(&cx, &*snapshot, &input.role_name).await?;
    let page = paging.list(profiles, |profile| &profile.instance_profile_name);
    let is_truncated = page.is_truncated();
    Ok(ListInstanceProfilesForRoleOutput { instance_profiles: page.items, is_truncated, marker: page.marker })
}

pub async fn add_role_to_instance_profile(
    cx: Cx,
    input: AddRoleToInstanceProfileInput,
) -> Result<AddRoleToInstanceProfileOutput> {
    let (profile, role) = (&input.instance_profile_name, &input.role_name);
    let keys = IamKeys::of(cx.account());
    may_pass(&cx, role).await?;
    cx.write(async |tx| {
        let mut record = find(&cx, tx, profile).await?;
        Owner::find(tx, &keys, Entity::Role, role).await?;
        if !record.role.is_empty() {
            return Err(quota::ROLES_PER_INSTANCE_PROFILE.exceeded());
        }
        record.role = folded(role);
        tx.put(keys.instance_profile(profile), record.encode());
        tx.put(keys.profiles_of(role).text(&folded(profile)), "");
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(AddRoleToInstanceProfileOutput {})
}

/// "The caller of this operation must be granted the PassRole permission on the IAM role": to EC2.
async fn may_pass(cx: &Cx, role: &str) -> Result<()> {
    let record = role::seen(cx, &*cx.read(), role).await?;
    let mut keys = ContextKeys::default();
    keys.set("iam:PassedToService", "ec2.amazonaws.com");
    let ask = Ask {
        action: "iam:PassRole",
        resource: role::arn(cx, &record).into(),
        account: cx.account(),
        policy: None,
        policy_kind: PolicyKind::Grants,
        beside: None,
        tags: &record.tags,
        keys: &keys,
        principal: None,
        input: None,
    };
    require(cx, &ask).await
}

pub async fn remove_role_from_instance_profile(
    cx: Cx,
    input: RemoveRoleFromInstanceProfileInput,
) -> Result<RemoveRoleFromInstanceProfileOutput> {
    let (profile, role) = (&input.instance_profile_name, &input.role_name);
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let mut record = find(&cx, tx, profile).await?;
        Owner::find(tx, &keys, Entity::Role, role).await?;
        if record.role != folded(role) {
            return Err(fault::no_such_entity_exception(format!(
                "Role {role} in Instance Profile {profile} cannot be found."
            )));
        }
        record.role.clear();
        tx.put(keys.instance_profile(profile), record.encode());
        tx.delete(keys.profiles_of(role).text(&folded(profile)));
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(RemoveRoleFromInstanceProfileOutput {})
}

async fn retag(cx: &Cx, name: &str, change: impl Fn(&mut identity::Tags) -> Result<()>) -> Result<()> {
    cx.write(async |tx| {
        let mut record = find(cx, tx, name).await?;
        change(&mut record.tags)?;
        tx.put(IamKeys::of(cx.account()).instance_profile(name), record.encode());
        Ok(())
    })
    .await
}

pub async fn tag_instance_profile(cx: Cx, input: TagInstanceProfileInput) -> Result<TagInstanceProfileOutput> {
    retag(&cx, &input.instance_profile_name, |tags| tags::merge(tags, &input.tags, Case::Counts)).await?;
    Ok(TagInstanceProfileOutput {})
}

pub async fn untag_instance_profile(cx: Cx, input: UntagInstanceProfileInput) -> Result<UntagInstanceProfileOutput> {
    let remove = |tags: &mut identity::Tags| {
        tags::remove(tags, &input.tag_keys, Case::Counts);
        Ok(())
    };
    retag(&cx, &input.instance_profile_name, remove).await?;
    Ok(UntagInstanceProfileOutput {})
}

pub async fn list_instance_profile_tags(
    cx: Cx,
    input: ListInstanceProfileTagsInput,
) -> Result<ListInstanceProfileTagsOutput> {
    let record = seen(&cx, &*cx.read(), &input.instance_profile_name).await?;
    let page = tags::page(&record.tags, input.max_items, input.marker.as_deref())?;
    Ok(ListInstanceProfileTagsOutput { is_truncated: page.is_truncated(), tags: page.items, marker: page.marker })
}
