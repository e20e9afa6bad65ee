//! Access keys of users and of the root user.

use crate::{caller::Owner, paging::Paging, quota, rows};
use iam_api::*;
use identity::{AccessKeyRecord, IamKeys, Kind, access_key, changed, unique_id};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Txn},
    used,
};
use wire::{Fault, Timestamp};

pub async fn create_access_key(cx: Cx, input: CreateAccessKeyInput) -> Result<CreateAccessKeyOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let keys = IamKeys::of(cx.account());
    let id = unique_id(cx.cloud(), Kind::AccessKey, cx.account());
    let mut record = AccessKeyRecord {
        account: cx.account().0,
        secret: identity::secret_access_key(cx.cloud())?,
        created: rows::seconds(cx.now()),
        ..AccessKeyRecord::default()
    };
    cx.write(async |tx| {
        record.user = owner.check(tx, &keys).await?;
        let children = keys.access_keys_of(owner.name());
        quota::ACCESS_KEYS_PER_USER.check(tx, &owner.guard(&keys), &children).await?;
        tx.put(children.text(&id), Vec::new());
        tx.put(access_key(&id), record.encode());
        changed(tx);
        Ok(())
    })
    .await?;
    let access_key = AccessKey {
        user_name: record.user,
        access_key_id: id,
        status: StatusType::Active,
        secret_access_key: record.secret,
        create_date: Some(record.created),
    };
    Ok(CreateAccessKeyOutput { access_key })
}

pub fn status(inactive: bool) -> StatusType {
    if inactive { StatusType::Inactive } else { StatusType::Active }
}

/// Whether a status that is to be set is `Inactive`. Keys and certificates are never set to `Expired`: the member's type
/// has it for what expires by itself.
pub fn is_inactive(status: &StatusType) -> Result<bool> {
    match status {
        StatusType::Active => Ok(false),
        StatusType::Inactive => Ok(true),
        _ => Err(fault::invalid_input_exception("Status must be Active or Inactive.")),
    }
}

pub async fn list_access_keys(cx: Cx, input: ListAccessKeysInput) -> Result<ListAccessKeysOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let keys = IamKeys::of(cx.account());
    let user = owner.find(&cx, &keys).await?;
    let snapshot = cx.read();
    let mut found = Vec::new();
    for id in snapshot.names(&keys.access_keys_of(owner.name())).await? {
        let Some(key) = snapshot.record::<AccessKeyRecord>(&access_key(&id)).await? else { continue };
        found.push((by_age(key.created, &id), id, key));
    }
    let page = Paging::of(input.max_items, input.marker.as_deref())?.list(found, |(order, ..)| order);
    let page = page.map(|(_, id, key)| AccessKeyMetadata {
        user_name: user.as_ref().map(|user| user.name.clone()),
        access_key_id: Some(id),
        status: Some(status(key.inactive)),
        create_date: Some(key.created),
    });
    Ok(ListAccessKeysOutput { is_truncated: page.is_truncated(), access_key_metadata: page.items, marker: page.marker })
}

/// What puts credentials in the order they were made in, which their ids do not tell.
pub fn by_age(created: Timestamp, id: &str) -> String {
    format!("{:020} {id}", created.secs())
}

fn no_such_key(id: &str) -> Fault {
    fault::no_such_entity_exception(format!("The Access Key with id {id} cannot be found."))
}

/// A key of this owner; one of somebody else is not found.
async fn get(tx: &mut Txn, keys: &IamKeys, owner: &Owner, id: &str) -> Result<AccessKeyRecord> {
    owner.check(tx, keys).await?;
    if tx.get(&keys.access_keys_of(owner.name()).text(id)).await?.is_none() {
        return Err(no_such_key(id));
    }
    tx.read(&access_key(id)).await?.ok_or_else(|| no_such_key(id))
}

pub async fn update_access_key(cx: Cx, input: UpdateAccessKeyInput) -> Result<UpdateAccessKeyOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let inactive = is_inactive(&input.status)?;
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let mut key = get(tx, &keys, &owner, &input.access_key_id).await?;
        key.inactive = inactive;
        tx.put(access_key(&input.access_key_id), key.encode());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(UpdateAccessKeyOutput {})
}

pub async fn delete_access_key(cx: Cx, input: DeleteAccessKeyInput) -> Result<DeleteAccessKeyOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        get(tx, &keys, &owner, &input.access_key_id).await?;
        tx.delete(keys.access_keys_of(owner.name()).text(&input.access_key_id));
        tx.delete(access_key(&input.access_key_id));
        used::forget(tx, &input.access_key_id);
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(DeleteAccessKeyOutput {})
}

/// AWS refuses keys of other accounts, and keys that never were, with the same AccessDenied.
pub async fn get_access_key_last_used(cx: Cx, input: GetAccessKeyLastUsedInput) -> Result<GetAccessKeyLastUsedOutput> {
    let snapshot = cx.read();
    let id = &input.access_key_id;
    let key = snapshot.record::<AccessKeyRecord>(&access_key(id)).await?;
    let Some(key) = key.filter(|key| key.account == cx.account().0) else {
        return Err(wire::common::access_denied(format!(
            "User: {} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {id}",
            cx.caller().arn(cx.region())
        )));
    };
    let used = snapshot.record::<used::LastUse>(&used::key(id)).await?;
    let none = || "N/A".to_owned();
    let access_key_last_used = AccessKeyLastUsed {
        last_used_date: used.as_ref().map(|used| used.at),
        service_name: used.as_ref().map_or_else(none, |used| used.service.clone()),
        region: used.as_ref().map_or_else(none, |used| used.region.clone()),
    };
    let user_name = (!key.user.is_empty()).then_some(key.user);
    Ok(GetAccessKeyLastUsedOutput { user_name, access_key_last_used: Some(access_key_last_used) })
}
