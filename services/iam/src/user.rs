//! Users: creating, finding, listing, changing, deleting and tagging them.

use crate::{
    boundary,
    caller::Owner,
    keys,
    names::{already_exists, arn, check_name, check_path, delete_conflict, no_such, path, path_prefix},
    paging::Paging,
    quota,
    rename::Rename,
    rows,
    tags::{self, Case},
};
use iam_api::*;
use identity::{Entity, IamKeys, Kind, UserRecord, changed, iam_arn, organization::account_record, unique_id};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Key, Rows, Snapshot, Txn},
    used,
};

/// The user of a name, who then must not change until the commit.
pub async fn get(tx: &mut Txn, keys: &IamKeys, name: &str) -> Result<UserRecord> {
    tx.read(&keys.entity(Entity::User, name)).await?.ok_or_else(|| no_such("user", name))
}

pub async fn find(snapshot: &dyn Snapshot, keys: &IamKeys, name: &str) -> Result<UserRecord> {
    snapshot.record(&keys.entity(Entity::User, name)).await?.ok_or_else(|| no_such("user", name))
}

/// As lists show a user: "this operation does not return the following attributes: PermissionsBoundary, Tags".
pub fn listed(cx: &Cx, user: &UserRecord) -> User {
    User {
        arn: arn(cx, "user", &user.path, &user.name),
        path: Some(user.path.clone()),
        user_name: Some(user.name.clone()),
        user_id: user.id.clone(),
        create_date: user.created,
        ..User::default()
    }
}

pub fn whole(cx: &Cx, user: &UserRecord) -> User {
    let permissions_boundary = boundary::shown(&user.boundary);
    User { permissions_boundary, tags: tags::shown(&user.tags), ..listed(cx, user) }
}

/// The root user: its id is the account's number, and its name the account's alias, if there is one. It has no path.
pub async fn root(cx: &Cx, keys: &IamKeys) -> Result<User> {
    let snapshot = cx.read();
    let alias = snapshot.get(&keys::account_alias(keys)).await?;
    Ok(User {
        user_name: alias.map(|row| String::from_utf8_lossy(&row.value).into_owned()),
        user_id: cx.account().to_string(),
        arn: iam_arn(cx, cx.account(), "root"),
        create_date: account_record(&*snapshot, cx.account()).await?.created,
        ..User::default()
    })
}

pub async fn create_user(cx: Cx, input: CreateUserInput) -> Result<CreateUserOutput> {
    check_name("userName", &input.user_name)?;
    let record = UserRecord {
        path: path("path", input.path)?,
        id: unique_id(cx.cloud(), Kind::User, cx.account()),
        created: rows::seconds(cx.now()),
        boundary: input.permissions_boundary.unwrap_or_default(),
        tags: tags::of(input.tags, Case::Ignored)?,
        name: input.user_name,
    };
    let keys = IamKeys::of(cx.account());
    let row = keys.entity(Entity::User, &record.name);
    cx.write(async |tx| {
        if tx.get(&row).await?.is_some() {
            return Err(already_exists("User", &record.name));
        }
        quota::USERS.take(tx, &keys::counter(&keys, "user")).await?;
        boundary::bind(tx, &cx, &keys, &record.boundary, Entity::User, &record.name).await?;
        tx.put(row.clone(), record.encode());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(CreateUserOutput { user: Some(whole(&cx, &record)) })
}

pub async fn get_user(cx: Cx, input: GetUserInput) -> Result<GetUserOutput> {
    let keys = IamKeys::of(cx.account());
    let user = match Owner::named_or_caller(&cx, input.user_name)?.find(&cx, &keys).await? {
        Some(user) => whole(&cx, &user),
        None => root(&cx, &keys).await?,
    };
    Ok(GetUserOutput { user })
}

pub async fn list_users(cx: Cx, input: ListUsersInput) -> Result<ListUsersOutput> {
    let prefix = path_prefix(input.path_prefix)?;
    let users = IamKeys::of(cx.account()).entities(Entity::User);
    let page = Paging::of(input.max_items, input.marker.as_deref())?
        .rows(&*cx.read(), &users, |row| {
            let user = UserRecord::read(&row.value)?;
            Ok(user.path.starts_with(&prefix).then(|| listed(&cx, &user)))
        })
        .await?;
    Ok(ListUsersOutput { is_truncated: page.is_truncated(), users: page.items, marker: page.marker })
}

/// The model's `UpdateUser` says nothing of what happens without anything new: nothing.
pub async fn update_user(cx: Cx, input: UpdateUserInput) -> Result<UpdateUserOutput> {
    let keys = IamKeys::of(cx.account());
    if let Some(name) = &input.new_user_name {
        check_name("newUserName", name)?;
    }
    if let Some(path) = &input.new_path {
        check_path("newPath", path)?;
    }
    cx.write(async |tx| {
        let mut user = get(tx, &keys, &input.user_name).await?;
        let old = std::mem::take(&mut user.name);
        user.name = input.new_user_name.clone().unwrap_or_else(|| old.clone());
        user.path = input.new_path.clone().unwrap_or(user.path);
        Rename { keys: &keys, entity: Entity::User, from: &old, to: &user.name }.run(tx, &user.boundary).await?;
        tx.put(keys.entity(Entity::User, &user.name), user.encode());
        if user.name != old {
            tx.put(keys.renamed(&user.id), user.name.clone());
        }
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(UpdateUserOutput {})
}

pub async fn delete_user(cx: Cx, input: DeleteUserInput) -> Result<DeleteUserOutput> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let user = get(tx, &keys, &input.user_name).await?;
        let row = keys.entity(Entity::User, &user.name);
        if tx.get(&keys::login_profile(&keys, &user.name)).await?.is_some() {
            return Err(delete_conflict("delete login profile"));
        }
        for (children, first) in belongings(&keys, &user.name) {
            rows::must_be_empty(tx, &row, &children, || delete_conflict(first)).await?;
        }
        boundary::release(tx, &keys, &user.boundary, Entity::User, &user.name);
        quota::USERS.give_back(tx, &keys::counter(&keys, "user")).await?;
        tx.delete(keys.renamed(&user.id));
        used::forget(tx, &user.id);
        tx.delete(row);
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(DeleteUserOutput {})
}

/// What a user must not have to be deleted, and AWS's words for each. For SSH keys and service-specific credentials they
/// are those of users' reports, as are those for certificates.
fn belongings(keys: &IamKeys, user: &str) -> [(Key, &'static str); 8] {
    [
        (keys.attached(Entity::User, user), "detach all policies"),
        (keys.inline(Entity::User, user), "delete policies"),
        (keys.access_keys_of(user), "delete access keys"),
        (keys.mfa_devices_of(user), "delete MFA device"),
        (keys::signing_certificates_of(keys, user), "delete certificates"),
        (keys.groups_of(user), "remove users from group"),
        (keys::ssh_keys_of(keys, user), "remove referenced objects"),
        (keys::service_credentials_of(keys, user), "remove referenced objects"),
    ]
}

/// Tags are part of what policies decide by, so a change of them is a change of permissions.
async fn retag(cx: &Cx, name: &str, mut change: impl FnMut(&mut UserRecord) -> Result<()>) -> Result<()> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let mut user = get(tx, &keys, name).await?;
        change(&mut user)?;
        tx.put(keys.entity(Entity::User, name), user.encode());
        changed(tx);
        Ok(())
    })
    .await
}

pub async fn tag_user(cx: Cx, input: TagUserInput) -> Result<TagUserOutput> {
    retag(&cx, &input.user_name, |user| tags::merge(&mut user.tags, &input.tags, Case::Ignored)).await?;
    Ok(TagUserOutput {})
}

pub async fn untag_user(cx: Cx, input: UntagUserInput) -> Result<UntagUserOutput> {
    let untag = |user: &mut UserRecord| {
        tags::remove(&mut user.tags, &input.tag_keys, Case::Ignored);
        Ok(())
    };
    retag(&cx, &input.user_name, untag).await?;
    Ok(UntagUserOutput {})
}

pub async fn list_user_tags(cx: Cx, input: ListUserTagsInput) -> Result<ListUserTagsOutput> {
    let user = find(&*cx.read(), &IamKeys::of(cx.account()), &input.user_name).await?;
    let page = tags::page(&user.tags, input.max_items, input.marker.as_deref())?;
    Ok(ListUserTagsOutput { is_truncated: page.is_truncated(), tags: page.items, marker: page.marker })
}
