//! Keys: making, describing and listing them.

use crate::{
    address::{Address, Name},
    faults, key_policy,
    kms_key::{self, Aliases, KmsKey},
    metadata::metadata,
    paging::Paging,
    records::{DetailsRecord, KeyRecord, Keys},
    spec::Spec,
    tags,
};
use kernel::{
    AccountId, Arn, Cx, Region, Result,
    record::Record,
    store::{Part, Txn},
    uuid_text,
};
use kms_api::*;

pub async fn create_key(cx: Cx, input: CreateKeyInput) -> Result<CreateKeyOutput> {
    let draft = Draft::of(&input)?;
    let policy = match &input.policy {
        Some(policy) => policy.clone(),
        None => key_policy::default(&cx),
    };
    key_policy::check(&cx, &policy, input.bypass_policy_lockout_safety_check.unwrap_or_default())?;
    let tags = tags::of(input.tags.as_deref().unwrap_or_default())?;
    let details = DetailsRecord { description: input.description.unwrap_or_default(), tags };
    let multi_region = input.multi_region.unwrap_or_default();
    let id = match multi_region {
        true => format!("mrk-{:032x}", cx.cloud().ids().uuid_bits()),
        false => uuid_text(cx.cloud().ids().uuid_bits()),
    };
    let mut record = KeyRecord {
        created: cx.now(),
        spec: draft.spec.name.to_owned(),
        usage: draft.usage,
        external: draft.external,
        primary_region: if multi_region { cx.region().to_string() } else { String::new() },
        ..KeyRecord::default()
    };
    if !record.external {
        record.materials.push(kms_key::new_material(&cx, draft.spec, &id)?);
    }
    record.id = id.clone();
    cx.write(async |tx| {
        write(tx, &Keys::of(&cx, cx.account(), cx.region()), &mut record.clone(), &policy, &details);
        Ok(())
    })
    .await?;
    let key = KmsKey::read(&cx, &*cx.read(), cx.account(), cx.region(), &id).await?;
    Ok(CreateKeyOutput { key_metadata: key.as_deref().map(metadata) })
}

/// The rows of a new key.
pub fn write(tx: &mut Txn, keys: &Keys, record: &mut KeyRecord, policy: &str, details: &DetailsRecord) {
    tx.put(keys.policy(&record.id), policy.to_owned());
    tx.put(keys.details(&record.id), details.encode());
    kms_key::put(tx, &keys.key(&record.id), record);
}

/// What CreateKey is asked for, checked.
struct Draft {
    spec: &'static Spec,
    usage: String,
    external: bool,
}

impl Draft {
    fn of(input: &CreateKeyInput) -> Result<Draft> {
        let old = input.customer_master_key_spec.as_ref().map(|spec| spec.as_str());
        let new = input.key_spec.as_ref().map(|spec| spec.as_str());
        if old.is_some() && new.is_some() {
            return Err(faults::invalid(
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is \
                 deprecated.",
            ));
        }
        let name = new.or(old).unwrap_or("SYMMETRIC_DEFAULT");
        // "SM2 key pair (China Regions only)"; how other Regions word it is a guess.
        let spec = Spec::of(name).ok_or_else(|| {
            fault::unsupported_operation_exception(format!("KeySpec {name} is supported in the China Regions only."))
        })?;
        let usage = match input.key_usage.as_ref().map(|usage| usage.as_str()) {
            Some(usage) => usage.to_owned(),
            None if spec.is_symmetric_encryption() => "ENCRYPT_DECRYPT".to_owned(),
            None => {
                return Err(faults::invalid(
                    "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
                ));
            }
        };
        if !spec.usages.contains(&usage.as_str()) {
            return Err(faults::invalid(format!("KeyUsage {usage} is not compatible with KeySpec {name}")));
        }
        if input.custom_key_store_id.is_some() {
            return Err(faults::no_key_stores("CustomKeyStoreId"));
        }
        if input.xks_key_id.is_some() {
            return Err(faults::no_key_stores("XksKeyId"));
        }
        let external = match &input.origin {
            None | Some(OriginType::AwsKms) => false,
            Some(OriginType::External) => true,
            Some(_) => return Err(faults::no_key_stores("Origin")),
        };
        if external && spec.family == crate::spec::Family::MlDsa {
            return Err(wire::common::not_implemented("Origin: ML-DSA keys take no imported key material here"));
        }
        Ok(Draft { spec, usage, external })
    }
}

pub async fn describe_key(cx: Cx, input: DescribeKeyInput) -> Result<DescribeKeyOutput> {
    crate::grant_token::check(&cx, input.grant_tokens.as_deref())?;
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Taken).await?;
    Ok(DescribeKeyOutput { key_metadata: Some(metadata(&key)) })
}

pub async fn list_keys(cx: Cx, input: ListKeysInput) -> Result<ListKeysOutput> {
    let paging = Paging::of(input.limit, input.marker.as_deref(), 100)?;
    let keys = Keys::of(&cx, cx.account(), cx.region());
    let page = paging
        .rows(&*cx.read(), &keys.keys(), |row| {
            let Some(Part::Text(id)) = row.key.parts().and_then(|mut parts| parts.pop()) else { return Ok(None) };
            let arn = Arn::new("kms", cx.region(), cx.account(), &format!("key/{id}")).to_string();
            Ok(Some(KeyListEntry { key_id: Some(id), key_arn: Some(arn) }))
        })
        .await?;
    Ok(ListKeysOutput { truncated: page.truncated(), next_marker: page.marker, keys: Some(page.items) })
}

pub async fn update_key_description(cx: Cx, input: UpdateKeyDescriptionInput) -> Result<UpdateKeyDescriptionOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    key.require_customer_managed()?;
    key.require_kept()?;
    let at = key.keys(&cx).details(&key.id);
    key.change(&cx, async |tx, _| {
        let mut details: DetailsRecord = kms_key::decode(&tx.get(&at).await?.unwrap_or_default())?;
        details.description = input.description.clone();
        tx.put(at.clone(), details.encode());
        Ok(())
    })
    .await?;
    Ok(UpdateKeyDescriptionOutput {})
}

/// The address of a key by its id.
pub fn address_of(account: AccountId, region: Region, id: &str) -> Address {
    Address { account, region, name: Name::Key(id.to_owned()) }
}
