//! Deleting keys: scheduled, cancelled, and done when the waiting period is over.

use crate::{
    faults, grant,
    key_state::State,
    kms_key::{self, Aliases, KmsKey},
    limits::DAY,
    multi_region,
    records::{KeyRecord, Keys},
};
use kernel::{
    Cx, Region, Result,
    store::{Part, Scan, Txn},
    timers::{Due, Timer},
};
use kms_api::*;
use wire::Timestamp;

/// "If you do not include a value, it defaults to 30."
const USUAL_WINDOW: i32 = 30;
/// "Valid values are from 7 to 30 days."
const WINDOWS: std::ops::RangeInclusive<i32> = 7..=30;

pub const TIMER: Timer = Timer { kind: "delete", run: |cx, due| Box::pin(run(cx, due)) };

pub async fn schedule_key_deletion(cx: Cx, input: ScheduleKeyDeletionInput) -> Result<ScheduleKeyDeletionOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    key.require_customer_managed()?;
    key.require_kept()?;
    let window = input.pending_window_in_days.unwrap_or(USUAL_WINDOW);
    if !WINDOWS.contains(&window) {
        return Err(faults::invalid("PendingWindowInDays must be between 7 and 30 (inclusive)."));
    }
    let (state, deletion) = key
        .change(&cx, async |tx, record| {
            // "Its deletion is delayed until all of its replica keys are deleted."
            match key.is_primary() && !record.replica_regions.is_empty() {
                true => record.deletion_window = window as u32,
                false => schedule(&cx, tx, record, window as u32),
            }
            Ok((State::of(record), record.deletion))
        })
        .await?;
    Ok(ScheduleKeyDeletionOutput {
        key_id: Some(key.arn.to_string()),
        deletion_date: (deletion != Timestamp(0)).then_some(deletion),
        key_state: Some(state.name().into()),
        pending_window_in_days: Some(window),
    })
}

fn schedule(cx: &Cx, tx: &mut Txn, record: &mut KeyRecord, days: u32) {
    record.deletion = Timestamp(cx.now().0 + i64::from(days) * DAY);
    record.deletion_window = 0;
    tx.set_timer(cx, TIMER.kind, record.id.as_bytes(), record.deletion, "");
}

pub async fn cancel_key_deletion(cx: Cx, input: CancelKeyDeletionInput) -> Result<CancelKeyDeletionOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    key.change(&cx, async |tx, record| {
        if !matches!(State::of(record), State::PendingDeletion | State::PendingReplicaDeletion) {
            return Err(faults::invalid_state(&key.arn, "not pending deletion"));
        }
        tx.cancel_timer(&cx, TIMER.kind, record.id.as_bytes(), record.deletion);
        (record.deletion, record.deletion_window) = (Timestamp(0), 0);
        // "When this operation succeeds, the key state of the KMS key is Disabled."
        record.disabled = true;
        Ok(())
    })
    .await?;
    Ok(CancelKeyDeletionOutput { key_id: Some(key.arn.to_string()) })
}

/// Deletes the key with all that belongs to it, unless its deletion was cancelled or put off.
async fn run(cx: Cx, due: Due) -> Result<()> {
    let Ok(id) = String::from_utf8(due.id) else { return Ok(()) };
    while delete(&cx, &id, due.at).await? {}
    Ok(())
}

/// One commit of a deletion. Answers whether there is more to delete.
async fn delete(cx: &Cx, id: &str, due: Timestamp) -> Result<bool> {
    let keys = Keys::of(cx, cx.account(), cx.region());
    cx.write(async |tx| {
        let Some(row) = tx.get(&keys.key(id)).await? else { return Ok(false) };
        let mut record: KeyRecord = kms_key::decode(&row)?;
        if record.deletion != due {
            return Ok(false);
        }
        if grant::remove_some(cx, tx, &keys, &mut record).await? {
            kms_key::put(tx, &keys.key(id), &mut record);
            return Ok(true);
        }
        let aliases = tx.scan(&keys.aliases_of(id).children(), &Scan { keys_only: true, ..Scan::default() }).await?;
        for row in aliases.rows {
            if let Some(Part::Text(name)) = row.key.parts().and_then(|mut parts| parts.pop()) {
                tx.delete(keys.alias(&name));
            }
        }
        tx.delete_range(keys.aliases_of(id).children());
        tx.cancel_timer(cx, crate::rotation::TIMER.kind, id.as_bytes(), record.next_rotation);
        tx.delete_range(keys.used(id).children());
        for at in [keys.key(id), keys.policy(id), keys.details(id)] {
            tx.delete(at);
        }
        leave(cx, tx, &record).await?;
        Ok(false)
    })
    .await
}

/// A replica that is gone is none of the set's any more; the last one lets a primary key that waits for it go.
async fn leave(cx: &Cx, tx: &mut Txn, record: &KeyRecord) -> Result<()> {
    let gone = cx.region().to_string();
    multi_region::spread(cx, tx, record, |other| other.replica_regions.retain(|region| *region != gone)).await?;
    let Some(primary) = Region::parse(&record.primary_region).filter(|region| *region != cx.region()) else {
        return Ok(());
    };
    let at = Keys::of(cx, cx.account(), primary).key(&record.id);
    let Some(row) = tx.get(&at).await? else { return Ok(()) };
    let mut primary_key: KeyRecord = kms_key::decode(&row)?;
    if primary_key.replica_regions.is_empty() && primary_key.deletion_window != 0 {
        let there = Cx::background(cx.cloud(), cx.model(), cx.account(), primary);
        let window = primary_key.deletion_window;
        schedule(&there, tx, &mut primary_key, window);
        kms_key::put(tx, &at, &mut primary_key);
    }
    Ok(())
}
