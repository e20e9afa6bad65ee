//! Aliases: names of keys within an account and Region.

use crate::{
    address::{self, Name, alias_arn},
    condition_keys::Purpose,
    faults,
    kms_key::{self, Aliases, KmsKey},
    limits::MAX_ALIASES,
    paging::Paging,
    records::{AliasRecord, Keys},
    target,
};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Part, Row},
};
use kms_api::*;
use std::sync::Arc;

/// "The alias name must begin with alias/ … cannot begin with alias/aws/."
fn check(name: &str) -> Result<()> {
    if !name.starts_with("alias/") || name.len() == "alias/".len() {
        return Err(faults::invalid("Invalid identifier"));
    }
    if name.contains(':') {
        return Err(faults::invalid(format!("{name} contains invalid characters for an alias")));
    }
    if name.starts_with("alias/aws/") || name == "alias/aws" {
        return Err(fault::not_authorized_exception(""));
    }
    Ok(())
}

/// Asks for the operation on a key as well: "kms:CreateAlias on the KMS key (key policy)".
async fn key_for(cx: &Cx, given: &str, action: &str) -> Result<Arc<KmsKey>> {
    let key = KmsKey::find(cx, given, Aliases::Refused).await?;
    target::require(cx, &key, action, &Purpose::default()).await?;
    if key.account != cx.account() {
        return Err(faults::key_not_found(&key.arn));
    }
    key.require_customer_managed()?;
    key.require_kept()?;
    Ok(key)
}

pub async fn create_alias(cx: Cx, input: CreateAliasInput) -> Result<CreateAliasOutput> {
    let name = &input.alias_name;
    check(name)?;
    let key = key_for(&cx, &input.target_key_id, "kms:CreateAlias").await?;
    let keys = key.keys(&cx);
    key.change(&cx, async |tx, record| {
        if tx.get(&keys.alias(name)).await?.is_some() {
            let arn = alias_arn(cx.account(), cx.region(), name);
            return Err(fault::already_exists_exception(format!("An alias with the name {arn} already exists")));
        }
        add(&cx, tx, &keys, record, name, None)
    })
    .await?;
    Ok(CreateAliasOutput {})
}

/// Names a key. `created` of an alias that belonged to another key before.
pub fn add(
    cx: &Cx,
    tx: &mut kernel::store::Txn,
    keys: &Keys,
    key: &mut crate::records::KeyRecord,
    name: &str,
    created: Option<wire::Timestamp>,
) -> Result<()> {
    if key.aliases as usize >= MAX_ALIASES {
        return Err(fault::limit_exceeded_exception(format!("A KMS key can have at most {MAX_ALIASES} aliases.")));
    }
    key.aliases += 1;
    let alias = AliasRecord { key: key.id.clone(), created: created.unwrap_or(cx.now()), updated: cx.now() };
    tx.put(keys.alias(name), alias.encode());
    tx.put(keys.aliases_of(&key.id).text(name), "");
    Ok(())
}

pub async fn update_alias(cx: Cx, input: UpdateAliasInput) -> Result<UpdateAliasOutput> {
    let name = &input.alias_name;
    check(name)?;
    let old = named(&cx, name).await?;
    target::require(&cx, &old, "kms:UpdateAlias", &Purpose::default()).await?;
    let new = key_for(&cx, &input.target_key_id, "kms:UpdateAlias").await?;
    // "The current and new KMS key must be the same type … and they must have the same key usage."
    if old.usage != new.usage || old.spec.family_name() != new.spec.family_name() {
        return Err(faults::invalid("Current and new KMS key must have the same type and key usage"));
    }
    let keys = new.keys(&cx);
    new.change(&cx, async |tx, record| {
        let row = tx.get(&keys.alias(name)).await?;
        let alias: AliasRecord = kms_key::decode(&row.ok_or_else(|| missing(&cx, name))?)?;
        if alias.key == record.id {
            let alias = AliasRecord { updated: cx.now(), ..alias };
            tx.put(keys.alias(name), alias.encode());
            return Ok(());
        }
        if let Some(row) = tx.get(&keys.key(&alias.key)).await? {
            let mut before: crate::records::KeyRecord = kms_key::decode(&row)?;
            before.aliases = before.aliases.saturating_sub(1);
            tx.delete(keys.aliases_of(&alias.key).text(name));
            kms_key::put(tx, &keys.key(&alias.key), &mut before);
        }
        add(&cx, tx, &keys, record, name, Some(alias.created))
    })
    .await?;
    Ok(UpdateAliasOutput {})
}

pub async fn delete_alias(cx: Cx, input: DeleteAliasInput) -> Result<DeleteAliasOutput> {
    let name = &input.alias_name;
    check(name)?;
    let key = named(&cx, name).await?;
    target::require(&cx, &key, "kms:DeleteAlias", &Purpose::default()).await?;
    let keys = key.keys(&cx);
    key.change(&cx, async |tx, record| {
        let row = tx.get(&keys.alias(name)).await?;
        let alias = row.map(|row| kms_key::decode::<AliasRecord>(&row)).transpose()?;
        if alias.is_none_or(|alias| alias.key != record.id) {
            return Err(missing(&cx, name));
        }
        record.aliases = record.aliases.saturating_sub(1);
        tx.delete(keys.alias(name));
        tx.delete(keys.aliases_of(&record.id).text(name));
        Ok(())
    })
    .await?;
    Ok(DeleteAliasOutput {})
}

/// The key of an alias of this account.
async fn named(cx: &Cx, name: &str) -> Result<Arc<KmsKey>> {
    let address = address::Address { account: cx.account(), region: cx.region(), name: Name::Alias(name.to_owned()) };
    KmsKey::at(cx, &address).await?.ok_or_else(|| missing(cx, name))
}

fn missing(cx: &Cx, name: &str) -> wire::Fault {
    faults::alias_not_found(&alias_arn(cx.account(), cx.region(), name))
}

pub async fn list_aliases(cx: Cx, input: ListAliasesInput) -> Result<ListAliasesOutput> {
    let of = match &input.key_id {
        Some(given) => Some(KmsKey::find(&cx, given, Aliases::Refused).await?.id.clone()),
        None => None,
    };
    let choose = |row: &Row| {
        let alias: AliasRecord = kms_key::decode(&row.value)?;
        let Some(Part::Text(name)) = row.key.parts().and_then(|mut parts| parts.pop()) else { return Ok(None) };
        if of.as_ref().is_some_and(|of| *of != alias.key) {
            return Ok(None);
        }
        Ok(Some(AliasListEntry {
            alias_arn: Some(alias_arn(cx.account(), cx.region(), &name)),
            alias_name: Some(name),
            target_key_id: Some(alias.key),
            creation_date: Some(alias.created),
            last_updated_date: Some(alias.updated),
        }))
    };
    let paging = Paging::of(input.limit, input.marker.as_deref(), 50)?;
    let page = paging.rows(&*cx.read(), &Keys::of(&cx, cx.account(), cx.region()).aliases(), choose).await?;
    Ok(ListAliasesOutput { truncated: page.truncated(), next_marker: page.marker, aliases: Some(page.items) })
}
