//! Rotation: new material for symmetric keys, on a schedule or on demand. Old material still decrypts.

use crate::{
    faults,
    key_state::State,
    kms_key::{self, Aliases, KmsKey},
    limits::{DAY, MAX_ON_DEMAND},
    multi_region,
    paging::Paging,
    records::{KeyRecord, MaterialRecord},
};
use data_encoding::HEXLOWER;
use kernel::{
    Cx, Result,
    store::Txn,
    timers::{Due, Timer},
};
use kms_api::*;
use std::sync::Arc;
use wire::Timestamp;

/// "If no value is specified, the default value is 365 days."
pub const USUAL_PERIOD: u32 = 365;

pub const TIMER: Timer = Timer { kind: "rotate", run: |cx, due| Box::pin(run(cx, due)) };

/// Sets the next rotation, a period from now.
pub fn schedule(cx: &Cx, tx: &mut Txn, record: &mut KeyRecord, period: u32) {
    unschedule(cx, tx, record);
    record.rotation_period = period;
    record.next_rotation = Timestamp(cx.now().0 + i64::from(period) * DAY);
    tx.set_timer(cx, TIMER.kind, record.id.as_bytes(), record.next_rotation, "");
}

fn unschedule(cx: &Cx, tx: &mut Txn, record: &mut KeyRecord) {
    if record.next_rotation != Timestamp(0) {
        tx.cancel_timer(cx, TIMER.kind, record.id.as_bytes(), record.next_rotation);
    }
    (record.rotation_period, record.next_rotation) = (0, Timestamp(0));
}

/// A timer that comes for a rotation that was cancelled, or made already, finds another date in the record.
async fn run(cx: Cx, due: Due) -> Result<()> {
    let Ok(id) = String::from_utf8(due.id) else { return Ok(()) };
    let Some(key) = KmsKey::read(&cx, &*cx.read(), cx.account(), cx.region(), &id).await? else { return Ok(()) };
    let material = kms_key::new_material(&cx, key.spec, &id)?;
    let material = MaterialRecord { rotated: cx.now(), ..material };
    key.change(&cx, async |tx, record| {
        if record.next_rotation != due.at {
            return Ok(());
        }
        // "While a KMS key is disabled, AWS KMS does not rotate it. However, the rotation status does not change": its
        // turn comes with the next period.
        if State::of(record) == State::Enabled {
            record.materials.push(material.clone());
            multi_region::spread(&cx, tx, record, |other| other.materials.push(material.clone())).await?;
        }
        // A day that was missed is not made up for, and the row of this timer is its own to delete.
        let period = record.rotation_period;
        record.next_rotation = Timestamp(due.at.0 + i64::from(period) * DAY);
        tx.set_timer(&cx, TIMER.kind, record.id.as_bytes(), record.next_rotation, "");
        let (period, next) = (record.rotation_period, record.next_rotation);
        multi_region::spread(&cx, tx, record, |other| {
            (other.rotation_period, other.next_rotation) = (period, next);
        })
        .await
    })
    .await
}

/// A key whose rotation may be asked about: symmetric, with material of KMS or imported.
async fn find(cx: &Cx, key_id: &str) -> Result<Arc<KmsKey>> {
    let key = KmsKey::find(cx, key_id, Aliases::Refused).await?;
    match key.spec.is_symmetric_encryption() {
        true => Ok(key),
        false => Err(faults::invalid_spec(&key.arn, key.spec.name)),
    }
}

/// One whose schedule may be changed.
async fn to_schedule(cx: &Cx, key_id: &str) -> Result<Arc<KmsKey>> {
    let key = find(cx, key_id).await?;
    key.require_customer_managed()?;
    if key.external {
        return Err(faults::invalid_origin(&key.arn, "EXTERNAL"));
    }
    key.require_enabled()?;
    // "You can enable and disable automatic rotation of the primary key only"; the sentence is a guess.
    if key.is_multi_region() && !key.is_primary() {
        return Err(fault::unsupported_operation_exception(format!(
            "{} is a multi-Region replica key, on which this operation is not supported.",
            key.arn
        )));
    }
    Ok(key)
}

async fn set_period(cx: &Cx, key_id: &str, period: Option<u32>) -> Result<()> {
    let key = to_schedule(cx, key_id).await?;
    key.change(cx, async |tx, record| {
        match period {
            Some(period) => schedule(cx, tx, record, period),
            None => unschedule(cx, tx, record),
        }
        let (period, next) = (record.rotation_period, record.next_rotation);
        multi_region::spread(cx, tx, record, |other| {
            (other.rotation_period, other.next_rotation) = (period, next);
        })
        .await
    })
    .await
}

pub async fn enable_key_rotation(cx: Cx, input: EnableKeyRotationInput) -> Result<EnableKeyRotationOutput> {
    let period = input.rotation_period_in_days.and_then(|days| u32::try_from(days).ok()).unwrap_or(USUAL_PERIOD);
    set_period(&cx, &input.key_id, Some(period)).await?;
    Ok(EnableKeyRotationOutput {})
}

pub async fn disable_key_rotation(cx: Cx, input: DisableKeyRotationInput) -> Result<DisableKeyRotationOutput> {
    set_period(&cx, &input.key_id, None).await?;
    Ok(DisableKeyRotationOutput {})
}

pub async fn get_key_rotation_status(cx: Cx, input: GetKeyRotationStatusInput) -> Result<GetKeyRotationStatusOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    // "The KeyRotationEnabled value is always false for asymmetric KMS keys, HMAC KMS keys, KMS keys with imported key
    // material", and while the key is pending deletion.
    let going = matches!(key.state(), State::PendingDeletion | State::PendingReplicaDeletion);
    let enabled = key.rotation_period != 0 && !going;
    Ok(GetKeyRotationStatusOutput {
        key_rotation_enabled: Some(enabled),
        key_id: Some(key.id.clone()),
        rotation_period_in_days: enabled.then_some(key.rotation_period as i32),
        next_rotation_date: enabled.then_some(key.next_rotation),
        // Rotations are done when they are answered.
        on_demand_rotation_start_date: None,
    })
}

pub async fn rotate_key_on_demand(cx: Cx, input: RotateKeyOnDemandInput) -> Result<RotateKeyOnDemandOutput> {
    let key = find(&cx, &input.key_id).await?;
    key.require_customer_managed()?;
    key.require_enabled()?;
    if key.is_multi_region() && !key.is_primary() {
        return Err(fault::unsupported_operation_exception(format!(
            "{} is a multi-Region replica key, on which this operation is not supported.",
            key.arn
        )));
    }
    let fresh = match key.external {
        true => None,
        false => Some(kms_key::new_material(&cx, key.spec, &key.id)?),
    };
    key.change(&cx, async |tx, record| {
        if record.on_demand_rotations >= MAX_ON_DEMAND {
            return Err(fault::limit_exceeded_exception(format!(
                "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be \
                 performed for this key: {}",
                key.id
            )));
        }
        let now = cx.now();
        match &fresh {
            Some(fresh) => {
                let material = MaterialRecord { rotated: now, on_demand: true, ..fresh.clone() };
                multi_region::spread(&cx, tx, record, |other| other.materials.push(material.clone())).await?;
                record.materials.push(material);
            }
            None => {
                take_pending(&key, record, now)?;
                let mut ready = true;
                multi_region::spread(&cx, tx, record, |other| ready &= take_pending(&key, other, now).is_ok()).await?;
                if !ready {
                    return Err(not_imported(&key));
                }
            }
        }
        record.on_demand_rotations += 1;
        Ok(())
    })
    .await?;
    Ok(RotateKeyOnDemandOutput { key_id: Some(key.id.clone()) })
}

/// "You must have already imported new key material and that key material's state should be PENDING_ROTATION."
fn take_pending(key: &KmsKey, record: &mut KeyRecord, now: Timestamp) -> Result<()> {
    let pending = record.materials.iter_mut().find(|material| material.pending && !material.sealed.is_empty());
    let pending = pending.ok_or_else(|| not_imported(key))?;
    (pending.pending, pending.rotated, pending.on_demand) = (false, now, true);
    Ok(())
}

/// A guess at the words.
fn not_imported(key: &KmsKey) -> wire::Fault {
    fault::kms_invalid_state_exception(format!(
        "{} has no key material that is pending rotation. Import new key material first.",
        key.arn
    ))
}

pub async fn list_key_rotations(cx: Cx, input: ListKeyRotationsInput) -> Result<ListKeyRotationsOutput> {
    let key = find(&cx, &input.key_id).await?;
    let all = matches!(input.include_key_material, Some(IncludeKeyMaterial::AllKeyMaterial));
    let current = key.current().map(|(index, _)| index);
    let wanted = |material: &MaterialRecord| all || material.rotated != Timestamp(0);
    let materials = key.materials.iter().enumerate().filter(|(_, material)| wanted(material));
    let entries = materials.map(|(index, material)| entry(&key, material, current == Some(index))).collect();
    let page = Paging::of(input.limit, input.marker.as_deref(), 100)?.list(entries)?;
    Ok(ListKeyRotationsOutput { truncated: page.truncated(), next_marker: page.marker, rotations: Some(page.items) })
}

fn entry(key: &KmsKey, material: &MaterialRecord, current: bool) -> RotationsListEntry {
    let rotated = material.rotated != Timestamp(0);
    let expires = material.valid_to != Timestamp(0);
    let imported = !material.sealed.is_empty();
    RotationsListEntry {
        key_id: Some(key.id.clone()),
        key_material_id: Some(HEXLOWER.encode(&material.id)),
        key_material_description: (key.external && !material.description.is_empty())
            .then(|| material.description.clone()),
        import_state: key.external.then_some(match imported {
            true => ImportState::Imported,
            false => ImportState::PendingImport,
        }),
        key_material_state: Some(match (material.pending, current) {
            (true, _) if waits_for_replicas(key) => KeyMaterialState::PendingMultiRegionImportAndRotation,
            (true, _) => KeyMaterialState::PendingRotation,
            (false, true) => KeyMaterialState::Current,
            (false, false) => KeyMaterialState::NonCurrent,
        }),
        expiration_model: (key.external && imported).then_some(match expires {
            true => ExpirationModelType::KeyMaterialExpires,
            false => ExpirationModelType::KeyMaterialDoesNotExpire,
        }),
        valid_to: (key.external && expires).then_some(material.valid_to),
        rotation_date: rotated.then_some(material.rotated),
        rotation_type: rotated.then_some(match material.on_demand {
            true => RotationType::OnDemand,
            false => RotationType::Automatic,
        }),
    }
}

/// Whether replicas still have to import what is pending. Each of them is marked when it has.
fn waits_for_replicas(key: &KmsKey) -> bool {
    key.is_primary() && key.replicas_pending > 0
}
