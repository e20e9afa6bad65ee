//! Groups: creating, finding, listing, changing and deleting them, and who is in them.

use crate::{
    keys,
    names::{already_exists, arn, check_name, check_path, delete_conflict, no_such, path, path_prefix},
    paging::Paging,
    quota,
    rename::Rename,
    rows, user,
};
use iam_api::*;
use identity::{Entity, GroupRecord, IamKeys, Kind, changed, folded, unique_id};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Snapshot, Txn},
};

pub async fn get(tx: &mut Txn, keys: &IamKeys, name: &str) -> Result<GroupRecord> {
    tx.read(&keys.entity(Entity::Group, name)).await?.ok_or_else(|| no_such("group", name))
}

pub async fn find(snapshot: &dyn Snapshot, keys: &IamKeys, name: &str) -> Result<GroupRecord> {
    snapshot.record(&keys.entity(Entity::Group, name)).await?.ok_or_else(|| no_such("group", name))
}

pub fn shown(cx: &Cx, group: &GroupRecord) -> Group {
    Group {
        arn: arn(cx, "group", &group.path, &group.name),
        path: group.path.clone(),
        group_name: group.name.clone(),
        group_id: group.id.clone(),
        create_date: group.created,
    }
}

pub async fn create_group(cx: Cx, input: CreateGroupInput) -> Result<CreateGroupOutput> {
    check_name("groupName", &input.group_name)?;
    let record = GroupRecord {
        path: path("path", input.path)?,
        id: unique_id(cx.cloud(), Kind::Group, cx.account()),
        created: rows::seconds(cx.now()),
        name: input.group_name,
    };
    let keys = IamKeys::of(cx.account());
    let row = keys.entity(Entity::Group, &record.name);
    cx.write(async |tx| {
        if tx.get(&row).await?.is_some() {
            return Err(already_exists("Group", &record.name));
        }
        quota::GROUPS.take(tx, &keys::counter(&keys, "group")).await?;
        tx.put(row.clone(), record.encode());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(CreateGroupOutput { group: shown(&cx, &record) })
}

/// The group, and a page of its users.
pub async fn get_group(cx: Cx, input: GetGroupInput) -> Result<GetGroupOutput> {
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    let group = find(&*snapshot, &keys, &input.group_name).await?;
    let page = Paging::of(input.max_items, input.marker.as_deref())?
        .rows(&*snapshot, &keys.users_of(&group.name), |row| Ok(row.key.name()))
        .await?;
    let mut users = Vec::with_capacity(page.items.len());
    for name in &page.items {
        users.push(user::listed(&cx, &user::find(&*snapshot, &keys, name).await?));
    }
    Ok(GetGroupOutput { group: shown(&cx, &group), users, is_truncated: page.is_truncated(), marker: page.marker })
}

pub async fn list_groups(cx: Cx, input: ListGroupsInput) -> Result<ListGroupsOutput> {
    let prefix = path_prefix(input.path_prefix)?;
    let groups = IamKeys::of(cx.account()).entities(Entity::Group);
    let page = Paging::of(input.max_items, input.marker.as_deref())?
        .rows(&*cx.read(), &groups, |row| {
            let group = GroupRecord::read(&row.value)?;
            Ok(group.path.starts_with(&prefix).then(|| shown(&cx, &group)))
        })
        .await?;
    Ok(ListGroupsOutput { is_truncated: page.is_truncated(), groups: page.items, marker: page.marker })
}

pub async fn update_group(cx: Cx, input: UpdateGroupInput) -> Result<UpdateGroupOutput> {
    if let Some(name) = &input.new_group_name {
        check_name("newGroupName", name)?;
    }
    if let Some(path) = &input.new_path {
        check_path("newPath", path)?;
    }
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let mut group = get(tx, &keys, &input.group_name).await?;
        let old = std::mem::take(&mut group.name);
        group.name = input.new_group_name.clone().unwrap_or_else(|| old.clone());
        group.path = input.new_path.clone().unwrap_or(group.path);
        Rename { keys: &keys, entity: Entity::Group, from: &old, to: &group.name }.run(tx, "").await?;
        tx.put(keys.entity(Entity::Group, &group.name), group.encode());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(UpdateGroupOutput {})
}

pub async fn delete_group(cx: Cx, input: DeleteGroupInput) -> Result<DeleteGroupOutput> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let group = get(tx, &keys, &input.group_name).await?;
        let row = keys.entity(Entity::Group, &group.name);
        let belongings = [
            (keys.users_of(&group.name), "remove users from group"),
            (keys.attached(Entity::Group, &group.name), "detach all policies"),
            (keys.inline(Entity::Group, &group.name), "delete policies"),
        ];
        for (children, first) in belongings {
            rows::must_be_empty(tx, &row, &children, || delete_conflict(first)).await?;
        }
        quota::GROUPS.give_back(tx, &keys::counter(&keys, "group")).await?;
        tx.delete(row);
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(DeleteGroupOutput {})
}

/// Who is in the group already stays in it.
pub async fn add_user_to_group(cx: Cx, input: AddUserToGroupInput) -> Result<AddUserToGroupOutput> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let group = get(tx, &keys, &input.group_name).await?;
        let user = user::get(tx, &keys, &input.user_name).await?;
        let row = keys.groups_of(&user.name).text(&folded(&group.name));
        if tx.get(&row).await?.is_some() {
            return Ok(());
        }
        quota::GROUPS_PER_USER.check(tx, &keys.entity(Entity::User, &user.name), &keys.groups_of(&user.name)).await?;
        tx.put(row, Vec::new());
        tx.put(keys.users_of(&group.name).text(&folded(&user.name)), Vec::new());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(AddUserToGroupOutput {})
}

/// A guess: that a user who is not in the group is no error, as for adding one who is.
pub async fn remove_user_from_group(cx: Cx, input: RemoveUserFromGroupInput) -> Result<RemoveUserFromGroupOutput> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let group = get(tx, &keys, &input.group_name).await?;
        let user = user::get(tx, &keys, &input.user_name).await?;
        tx.delete(keys.groups_of(&user.name).text(&folded(&group.name)));
        tx.delete(keys.users_of(&group.name).text(&folded(&user.name)));
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(RemoveUserFromGroupOutput {})
}

pub async fn list_groups_for_user(cx: Cx, input: ListGroupsForUserInput) -> Result<ListGroupsForUserOutput> {
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    let user = user::find(&*snapshot, &keys, &input.user_name).await?;
    let page = Paging::of(input.max_items, input.marker.as_deref())?
        .rows(&*snapshot, &keys.groups_of(&user.name), |row| Ok(row.key.name()))
        .await?;
    let mut groups = Vec::with_capacity(page.items.len());
    for name in &page.items {
        groups.push(shown(&cx, &find(&*snapshot, &keys, name).await?));
    }
    Ok(ListGroupsForUserOutput { groups, is_truncated: page.is_truncated(), marker: page.marker })
}
