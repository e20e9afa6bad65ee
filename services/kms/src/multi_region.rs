//! Multi-Region keys: keys in several Regions with one id and the same material.

use crate::{
    condition_keys::Purpose,
    faults, key, key_policy,
    kms_key::{self, Aliases, KmsKey},
    metadata::metadata,
    records::{DetailsRecord, KeyRecord, Keys},
    tags, target,
};
use kernel::{
    AccountId, Cx, Region, Result,
    authorise::{self, Ask, PolicyKind},
    store::Txn,
};
use kms_api::*;
use wire::Timestamp;

/// Changes the other keys of a set alike, in the same commit: those of `record`, whose Region the call is in.
pub async fn spread(cx: &Cx, tx: &mut Txn, record: &KeyRecord, mut change: impl FnMut(&mut KeyRecord)) -> Result<()> {
    let regions = std::iter::once(&record.primary_region).chain(&record.replica_regions);
    for region in regions.filter_map(|region| Region::parse(region)).filter(|region| *region != cx.region()) {
        let at = Keys::of(cx, cx.account(), region).key(&record.id);
        let Some(row) = tx.get(&at).await? else { continue };
        let mut other: KeyRecord = kms_key::decode(&row)?;
        change(&mut other);
        kms_key::put(tx, &at, &mut other);
    }
    Ok(())
}

fn region(name: &str) -> Result<Region> {
    // The sentence is a guess.
    Region::parse(name).ok_or_else(|| faults::invalid(format!("Region {name} is not supported.")))
}

/// "kms:CreateKey in the replica Region (IAM policy)."
async fn may_create(cx: &Cx, account: AccountId, tagged: bool) -> Result<()> {
    let keys = Purpose::default().keys(cx, None);
    for action in ["kms:CreateKey", "kms:TagResource"].iter().take(1 + usize::from(tagged)) {
        let ask = Ask {
            action,
            resource: "*".into(),
            account,
            policy: None,
            policy_kind: PolicyKind::Grants,
            beside: None,
            tags: &[],
            keys: &keys,
            principal: None,
            input: None,
        };
        authorise::require(cx, &ask).await?;
    }
    Ok(())
}

pub async fn replicate_key(cx: Cx, input: ReplicateKeyInput) -> Result<ReplicateKeyOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    if !key.is_multi_region() || !key.is_primary() {
        return Err(fault::unsupported_operation_exception(format!("{} is not a multi-Region primary key.", key.arn)));
    }
    key.require_enabled()?;
    let to = region(&input.replica_region)?;
    if to.partition() != cx.region().partition() || to == cx.region() {
        return Err(faults::invalid(format!("ReplicaRegion {to} must be another Region of the same partition.")));
    }
    let tags = tags::of(input.tags.as_deref().unwrap_or_default())?;
    may_create(&cx, key.account, !tags.is_empty()).await?;
    let policy = input.policy.unwrap_or_else(|| key_policy::default(&cx));
    key_policy::check(&cx, &policy, input.bypass_policy_lockout_safety_check.unwrap_or_default())?;
    let details = DetailsRecord { description: input.description.unwrap_or_default(), tags };
    let keys = Keys::of(&cx, key.account, to);
    key.change(&cx, async |tx, record| {
        if tx.get(&keys.key(&key.id)).await?.is_some() {
            return Err(fault::already_exists_exception(format!(
                "The multi-Region key {} already exists in Region {to}.",
                key.id
            )));
        }
        record.replica_regions.push(to.to_string());
        record.replica_regions.sort();
        let all = record.replica_regions.clone();
        spread(&cx, tx, record, |other| other.replica_regions.clone_from(&all)).await?;
        let mut replica = KeyRecord {
            created: cx.now(),
            disabled: false,
            aliases: 0,
            grants: 0,
            replicas_pending: 0,
            ..record.clone()
        };
        if replica.external {
            // "You must import the same key material into each replica": nothing of it comes along.
            for material in &mut replica.materials {
                (material.sealed, material.valid_to) = (wire::Bytes::new(), Timestamp(0));
            }
            record.replicas_pending += u32::from(record.materials.iter().any(|material| material.pending));
        }
        key::write(tx, &keys, &mut replica, &policy, &details);
        Ok(())
    })
    .await?;
    let replica = KmsKey::read(&cx, &*cx.read(), key.account, to, &key.id).await?;
    Ok(ReplicateKeyOutput {
        replica_key_metadata: replica.as_deref().map(metadata),
        replica_policy: Some(policy),
        replica_tags: Some(tags::shown(&details.tags)),
    })
}

pub async fn update_primary_region(cx: Cx, input: UpdatePrimaryRegionInput) -> Result<UpdatePrimaryRegionOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    if !key.is_multi_region() || !key.is_primary() {
        return Err(fault::unsupported_operation_exception(format!("{} is not a multi-Region primary key.", key.arn)));
    }
    key.require_enabled()?;
    let to = region(&input.primary_region)?;
    let replica = KmsKey::read(&cx, &*cx.read(), key.account, to, &key.id).await?;
    let replica = replica.ok_or_else(|| faults::key_not_found(&crate::address::key_arn(key.account, to, &key.id)))?;
    let members = vec![("kms:PrimaryRegion", to.as_str().into())];
    target::require(&cx, &replica, "kms:UpdatePrimaryRegion", &Purpose { members, ..Purpose::default() }).await?;
    replica.require_enabled()?;
    key.change(&cx, async |tx, record| {
        let mut replicas = record.replica_regions.clone();
        replicas.retain(|region| region != to.as_str());
        replicas.push(cx.region().to_string());
        replicas.sort();
        let next = record.next_rotation;
        spread(&cx, tx, record, |other| {
            other.primary_region = to.to_string();
            other.replica_regions.clone_from(&replicas);
        })
        .await?;
        record.primary_region = to.to_string();
        record.replica_regions = replicas;
        if next != Timestamp(0) {
            // Rotation is the primary key's: its timer moves with it.
            let there = Cx::background(cx.cloud(), cx.model(), key.account, to);
            tx.cancel_timer(&cx, crate::rotation::TIMER.kind, key.id.as_bytes(), next);
            tx.set_timer(&there, crate::rotation::TIMER.kind, key.id.as_bytes(), next, "");
        }
        Ok(())
    })
    .await?;
    Ok(UpdatePrimaryRegionOutput {})
}
