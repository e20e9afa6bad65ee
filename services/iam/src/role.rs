//! Roles.

use crate::{
    boundary, document, keys,
    names::{self, already_exists, delete_conflict, no_such},
    owner::protected,
    paging::Paging,
    quota, rows,
    tags::{self, Case},
    trust,
};
use iam_api::*;
use identity::{Entity, IamKeys, Kind, RoleRecord, changed, unique_id, uses};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Snapshot, Txn},
    used,
};

/// Seconds, where none were given.
const SESSION: u64 = 3_600;

/// As CreateRole answers a role, and instance profiles show theirs.
pub fn shown(cx: &Cx, record: &RoleRecord) -> Role {
    Role {
        path: record.path.clone(),
        role_name: record.name.clone(),
        role_id: record.id.clone(),
        arn: arn(cx, record),
        create_date: rows::seconds(record.created),
        assume_role_policy_document: Some(document::encoded(&record.trust)),
        description: record.description.clone(),
        ..Role::default()
    }
}

fn listed(cx: &Cx, record: &RoleRecord) -> Role {
    Role { max_session_duration: Some(record.max_session as i32), ..shown(cx, record) }
}

pub fn arn(cx: &Cx, record: &RoleRecord) -> String {
    names::arn(cx, "role", &record.path, &record.name)
}

/// The role, for looking.
pub async fn seen(cx: &Cx, snapshot: &dyn Snapshot, name: &str) -> Result<RoleRecord> {
    let key = IamKeys::of(cx.account()).entity(Entity::Role, name);
    snapshot.record(&key).await?.ok_or_else(|| no_such("role", name))
}

/// The role, for a change of it.
pub async fn find(cx: &Cx, tx: &mut Txn, name: &str) -> Result<RoleRecord> {
    let key = IamKeys::of(cx.account()).entity(Entity::Role, name);
    tx.read(&key).await?.ok_or_else(|| no_such("role", name))
}

/// Changes a role, and answers it as it then is.
async fn update(
    cx: &Cx,
    name: &str,
    mut change: impl AsyncFnMut(&mut Txn, &mut RoleRecord) -> Result<()>,
) -> Result<RoleRecord> {
    cx.write(async |tx| {
        let mut record = find(cx, tx, name).await?;
        change(tx, &mut record).await?;
        tx.put(IamKeys::of(cx.account()).entity(Entity::Role, name), record.encode());
        changed(tx);
        Ok(record)
    })
    .await
}

/// `[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*`: neither dashes nor quotation marks of typographers. The sentence is AWS's,
/// as users report it.
pub fn check_description(description: Option<&str>) -> Result<()> {
    let valid = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    if description.is_none_or(|text| text.chars().all(valid)) {
        return Ok(());
    }
    Err(names::no_match("description", "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*"))
}

fn check_modifiable(record: &RoleRecord) -> Result<()> {
    if record.service.is_empty() { Ok(()) } else { Err(protected(&record.name)) }
}

pub async fn create_role(cx: Cx, input: CreateRoleInput) -> Result<CreateRoleOutput> {
    let name = input.role_name;
    names::check_name("roleName", &name)?;
    let path = names::path("path", input.path)?;
    if path.starts_with("/aws-service-role/") {
        // A guess: that the path is reserved is AWS's word, the sentence is ours.
        return Err(fault::invalid_input_exception(format!(
            "Roles in the path {path} are created by AWS services only."
        )));
    }
    check_description(input.description.as_deref())?;
    let trust = trust::check(&input.assume_role_policy_document)?;
    let mut record = RoleRecord {
        id: unique_id(cx.cloud(), Kind::Role, cx.account()),
        created: cx.now(),
        boundary: input.permissions_boundary.unwrap_or_default(),
        tags: tags::of(input.tags, Case::Ignored)?,
        trust: input.assume_role_policy_document,
        description: input.description,
        max_session: input.max_session_duration.and_then(|given| u64::try_from(given).ok()).unwrap_or(SESSION),
        service: String::new(),
        principals: Vec::new(),
        name,
        path,
    };
    cx.write(async |tx| {
        record.principals = trust::principals(&cx, tx, &trust).await?;
        create(&cx, tx, &record).await
    })
    .await?;
    let role = Role {
        permissions_boundary: boundary::shown(&record.boundary),
        tags: tags::shown(&record.tags),
        ..shown(&cx, &record)
    };
    Ok(CreateRoleOutput { role })
}

/// Puts a new role into the commit.
pub async fn create(cx: &Cx, tx: &mut Txn, record: &RoleRecord) -> Result<()> {
    let keys = IamKeys::of(cx.account());
    let key = keys.entity(Entity::Role, &record.name);
    if tx.get(&key).await?.is_some() {
        return Err(already_exists("Role", &record.name));
    }
    let counter = keys::counter(&keys, "role");
    // "Only service-linked roles can exceed the limit", and they count (IAM user guide, "Create a service-linked role").
    match record.service.is_empty() {
        true => quota::ROLES.take(tx, &counter).await?,
        false => quota::ROLES.exceed(tx, &counter).await?,
    }
    boundary::bind(tx, cx, &keys, &record.boundary, Entity::Role, &record.name).await?;
    tx.put(key, record.encode());
    changed(tx);
    Ok(())
}

pub async fn get_role(cx: Cx, input: GetRoleInput) -> Result<GetRoleOutput> {
    let snapshot = cx.read();
    let record = seen(&cx, &*snapshot, &input.role_name).await?;
    let role = Role {
        permissions_boundary: boundary::shown(&record.boundary),
        tags: tags::shown(&record.tags),
        role_last_used: Some(last_used(&*snapshot, &record).await?),
        assume_role_policy_document: Some(trust::shown(&cx, &record).await?),
        ..listed(&cx, &record)
    };
    Ok(GetRoleOutput { role })
}

/// Of all its actions the last; empty where it was never used.
pub async fn last_used(snapshot: &dyn Snapshot, record: &RoleRecord) -> Result<RoleLastUsed> {
    let last = uses(snapshot, &record.id).await?.into_iter().max_by_key(|used| used.at);
    Ok(last.map_or_else(RoleLastUsed::default, |used| RoleLastUsed {
        last_used_date: Some(rows::seconds(used.at)),
        region: Some(used.region),
    }))
}

pub async fn list_roles(cx: Cx, input: ListRolesInput) -> Result<ListRolesOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let prefix = names::path_prefix(input.path_prefix)?;
    let roles = IamKeys::of(cx.account()).entities(Entity::Role);
    let choose = |row: &kernel::store::Row| {
        let record = RoleRecord::read(&row.value)?;
        Ok(record.path.starts_with(&prefix).then(|| listed(&cx, &record)))
    };
    let page = paging.rows(&*cx.read(), &roles, choose).await?;
    Ok(ListRolesOutput { is_truncated: page.is_truncated(), roles: page.items, marker: page.marker })
}

/// What is left out stays: of the longest session too, although the model's text ("if you do not specify a value for this
/// setting, the default value of one hour is applied") could be read as that it is set back. A guess.
pub async fn update_role(cx: Cx, input: UpdateRoleInput) -> Result<UpdateRoleOutput> {
    check_description(input.description.as_deref())?;
    update(&cx, &input.role_name, async |_, record| {
        if let Some(seconds) = input.max_session_duration {
            // Of a service-linked role the description alone may change (IAM user guide, "Edit a service-linked role").
            check_modifiable(record)?;
            record.max_session = u64::try_from(seconds).unwrap_or(SESSION);
        }
        if let Some(description) = &input.description {
            record.description = Some(description.clone());
        }
        Ok(())
    })
    .await?;
    Ok(UpdateRoleOutput {})
}

pub async fn update_role_description(cx: Cx, input: UpdateRoleDescriptionInput) -> Result<UpdateRoleDescriptionOutput> {
    check_description(Some(&input.description))?;
    let record = update(&cx, &input.role_name, async |_, record| {
        record.description = Some(input.description.clone());
        Ok(())
    })
    .await?;
    Ok(UpdateRoleDescriptionOutput { role: Some(shown(&cx, &record)) })
}

pub async fn update_assume_role_policy(
    cx: Cx,
    input: UpdateAssumeRolePolicyInput,
) -> Result<UpdateAssumeRolePolicyOutput> {
    let trust = trust::check(&input.policy_document)?;
    update(&cx, &input.role_name, async |tx, record| {
        check_modifiable(record)?;
        record.principals = trust::principals(&cx, tx, &trust).await?;
        record.trust.clone_from(&input.policy_document);
        Ok(())
    })
    .await?;
    Ok(UpdateAssumeRolePolicyOutput {})
}

pub async fn delete_role(cx: Cx, input: DeleteRoleInput) -> Result<DeleteRoleOutput> {
    let name = &input.role_name;
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let record = find(&cx, tx, name).await?;
        check_modifiable(&record)?;
        let row = keys.entity(Entity::Role, name);
        for (prefix, first) in [
            (keys.profiles_of(name), "remove roles from instance profile"),
            (keys.attached(Entity::Role, name), "detach all policies"),
            (keys.inline(Entity::Role, name), "delete policies"),
        ] {
            rows::must_be_empty(tx, &row, &prefix, || delete_conflict(first)).await?;
        }
        delete(&cx, tx, &record).await
    })
    .await?;
    Ok(DeleteRoleOutput {})
}

/// Takes a role that nothing is on out of the store.
pub async fn delete(cx: &Cx, tx: &mut Txn, record: &RoleRecord) -> Result<()> {
    let keys = IamKeys::of(cx.account());
    boundary::release(tx, &keys, &record.boundary, Entity::Role, &record.name);
    tx.delete(keys.entity(Entity::Role, &record.name));
    used::forget(tx, &record.id);
    quota::ROLES.give_back(tx, &keys::counter(&keys, "role")).await?;
    changed(tx);
    Ok(())
}

pub async fn tag_role(cx: Cx, input: TagRoleInput) -> Result<TagRoleOutput> {
    update(&cx, &input.role_name, async |_, record| tags::merge(&mut record.tags, &input.tags, Case::Ignored)).await?;
    Ok(TagRoleOutput {})
}

pub async fn untag_role(cx: Cx, input: UntagRoleInput) -> Result<UntagRoleOutput> {
    update(&cx, &input.role_name, async |_, record| {
        tags::remove(&mut record.tags, &input.tag_keys, Case::Ignored);
        Ok(())
    })
    .await?;
    Ok(UntagRoleOutput {})
}

pub async fn list_role_tags(cx: Cx, input: ListRoleTagsInput) -> Result<ListRoleTagsOutput> {
    let record = seen(&cx, &*cx.read(), &input.role_name).await?;
    let page = tags::page(&record.tags, input.max_items, input.marker.as_deref())?;
    Ok(ListRoleTagsOutput { is_truncated: page.is_truncated(), tags: page.items, marker: page.marker })
}
