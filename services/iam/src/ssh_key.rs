//! SSH public keys, which let users into repositories of CodeCommit.

use crate::{
    access_key::{by_age, is_inactive, status},
    caller::Owner,
    keys,
    paging::Paging,
    quota,
    records::SshKeyRecord,
    rows,
    ssh::PublicKey,
    user,
};
use iam_api::*;
use identity::{Entity, IamKeys, Kind, unique_id};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Key, Rows, Txn},
};
use wire::{Fault, common};

fn no_such_key(id: &str) -> Fault {
    fault::no_such_entity_exception(format!("The Public Key with id {id} cannot be found."))
}

pub async fn upload_ssh_public_key(cx: Cx, input: UploadSSHPublicKeyInput) -> Result<UploadSSHPublicKeyOutput> {
    let key = PublicKey::parse(&input.ssh_public_key_body)?;
    let keys = IamKeys::of(cx.account());
    let id = unique_id(cx.cloud(), Kind::PublicKey, cx.account());
    let record = SshKeyRecord { blob: key.blob(), inactive: false, uploaded: rows::seconds(cx.now()) };
    let user_name = cx
        .write(async |tx| {
            let user = user::get(tx, &keys, &input.user_name).await?;
            let children = keys::ssh_keys_of(&keys, &user.name);
            for (_, known) in tx.records::<SshKeyRecord>(&children).await? {
                if known.blob == record.blob {
                    return Err(fault::duplicate_ssh_public_key_exception(
                        "SSH public key is already associated with the specified user.",
                    ));
                }
            }
            quota::SSH_KEYS_PER_USER.check(tx, &keys.entity(Entity::User, &user.name), &children).await?;
            tx.put(children.text(&id), record.encode());
            Ok(user.name)
        })
        .await?;
    Ok(UploadSSHPublicKeyOutput { ssh_public_key: Some(whole(user_name, id, &record, key.ssh())) })
}

fn whole(user_name: String, id: String, record: &SshKeyRecord, body: String) -> SSHPublicKey {
    SSHPublicKey {
        user_name,
        ssh_public_key_id: id,
        fingerprint: crate::ssh::fingerprint(&record.blob),
        ssh_public_key_body: body,
        status: status(record.inactive),
        upload_date: Some(record.uploaded),
    }
}

pub async fn get_ssh_public_key(cx: Cx, input: GetSSHPublicKeyInput) -> Result<GetSSHPublicKeyOutput> {
    let keys = IamKeys::of(cx.account());
    let snapshot = cx.read();
    let user = user::find(&*snapshot, &keys, &input.user_name).await?;
    let id = input.ssh_public_key_id;
    let row = keys::ssh_keys_of(&keys, &user.name).text(&id);
    let record: SshKeyRecord = snapshot.record(&row).await?.ok_or_else(|| no_such_key(&id))?;
    let key =
        PublicKey::of_blob(&record.blob).ok_or_else(|| common::internal_failure("a stored key cannot be read"))?;
    let body = if input.encoding == EncodingType::Pem { key.pem() } else { key.ssh() };
    Ok(GetSSHPublicKeyOutput { ssh_public_key: Some(whole(user.name, id, &record, body)) })
}

pub async fn list_ssh_public_keys(cx: Cx, input: ListSSHPublicKeysInput) -> Result<ListSSHPublicKeysOutput> {
    let owner = Owner::named_or_caller(&cx, input.user_name)?;
    let keys = IamKeys::of(cx.account());
    let user_name = owner.find(&cx, &keys).await?.map(|user| user.name).unwrap_or_default();
    let mut found = Vec::new();
    for (key, record) in cx.read().records::<SshKeyRecord>(&keys::ssh_keys_of(&keys, owner.name())).await? {
        let id = key.name().unwrap_or_default();
        found.push((by_age(record.uploaded, &id), id, record));
    }
    let page = Paging::of(input.max_items, input.marker.as_deref())?.list(found, |(order, ..)| order);
    let page = page.map(|(_, id, record)| SSHPublicKeyMetadata {
        user_name: user_name.clone(),
        ssh_public_key_id: id,
        status: status(record.inactive),
        upload_date: record.uploaded,
    });
    Ok(ListSSHPublicKeysOutput {
        is_truncated: page.is_truncated(),
        ssh_public_keys: Some(page.items),
        marker: page.marker,
    })
}

/// A user's key, and its row.
async fn get(tx: &mut Txn, cx: &Cx, user: &str, id: &str) -> Result<(Key, SshKeyRecord)> {
    let keys = IamKeys::of(cx.account());
    let user = user::get(tx, &keys, user).await?;
    let row = keys::ssh_keys_of(&keys, &user.name).text(id);
    let record = tx.read(&row).await?.ok_or_else(|| no_such_key(id))?;
    Ok((row, record))
}

pub async fn update_ssh_public_key(cx: Cx, input: UpdateSSHPublicKeyInput) -> Result<UpdateSSHPublicKeyOutput> {
    let inactive = is_inactive(&input.status)?;
    cx.write(async |tx| {
        let (row, mut record) = get(tx, &cx, &input.user_name, &input.ssh_public_key_id).await?;
        record.inactive = inactive;
        tx.put(row, record.encode());
        Ok(())
    })
    .await?;
    Ok(UpdateSSHPublicKeyOutput {})
}

pub async fn delete_ssh_public_key(cx: Cx, input: DeleteSSHPublicKeyInput) -> Result<DeleteSSHPublicKeyOutput> {
    cx.write(async |tx| {
        let (row, _) = get(tx, &cx, &input.user_name, &input.ssh_public_key_id).await?;
        tx.delete(row);
        Ok(())
    })
    .await?;
    Ok(DeleteSSHPublicKeyOutput {})
}
