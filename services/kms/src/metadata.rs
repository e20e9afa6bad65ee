//! What DescribeKey, CreateKey and ReplicateKey answer of a key.

use crate::{address::key_arn, key_state::State, kms_key::KmsKey};
use data_encoding::HEXLOWER;
use kernel::{AccountId, Region};
use kms_api::*;
use wire::Timestamp;

pub fn metadata(key: &KmsKey) -> KeyMetadata {
    let state = key.state();
    let set = |time: Timestamp| (time != Timestamp(0)).then_some(time);
    let imported: Vec<_> = key.materials.iter().filter(|m| !m.pending && !m.sealed.is_empty()).collect();
    let valid_to = imported.iter().filter_map(|material| set(material.valid_to)).min();
    let expiration = (key.external && !imported.is_empty()).then_some(match valid_to {
        Some(_) => ExpirationModelType::KeyMaterialExpires,
        None => ExpirationModelType::KeyMaterialDoesNotExpire,
    });
    let managed_by_aws = !key.managed_by.is_empty();
    let mut metadata = KeyMetadata {
        aws_account_id: Some(key.account.to_string()),
        key_id: key.id.clone(),
        arn: Some(key.arn.to_string()),
        creation_date: Some(key.created),
        enabled: Some(state == State::Enabled),
        description: Some(key.description.clone()),
        key_usage: Some(key.usage.as_str().into()),
        key_state: Some(state.name().into()),
        deletion_date: set(key.deletion),
        valid_to,
        origin: Some(origin(key.external).into()),
        expiration_model: expiration,
        key_manager: Some(if managed_by_aws { KeyManagerType::Aws } else { KeyManagerType::Customer }),
        customer_master_key_spec: Some(key.record.spec.as_str().into()),
        key_spec: Some(key.record.spec.as_str().into()),
        multi_region: Some(key.is_multi_region()),
        multi_region_configuration: key.is_multi_region().then(|| configuration(key)).flatten(),
        pending_deletion_window_in_days: (key.deletion_window != 0).then_some(key.deletion_window as i32),
        ..KeyMetadata::default()
    };
    if key.spec.is_symmetric_encryption() {
        metadata.current_key_material_id = key.current().map(|(_, material)| HEXLOWER.encode(&material.id));
    }
    key.spec.describe(&key.usage, &mut metadata);
    metadata
}

pub fn origin(external: bool) -> &'static str {
    if external { "EXTERNAL" } else { "AWS_KMS" }
}

/// Every key of the set has the whole list.
fn configuration(key: &KmsKey) -> Option<MultiRegionConfiguration> {
    let at = |region: &str| multi_region_key(key.account, Region::parse(region)?, &key.id);
    Some(MultiRegionConfiguration {
        multi_region_key_type: Some(match key.is_primary() {
            true => MultiRegionKeyType::Primary,
            false => MultiRegionKeyType::Replica,
        }),
        primary_key: at(&key.primary_region),
        replica_keys: Some(key.replica_regions.iter().filter_map(|region| at(region)).collect()),
    })
}

fn multi_region_key(account: AccountId, region: Region, id: &str) -> Option<MultiRegionKey> {
    Some(MultiRegionKey { arn: Some(key_arn(account, region, id)), region: Some(region.to_string()) })
}
