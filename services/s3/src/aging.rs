//! What a bucket's lifecycle does at midnight: the walk over all versions and uploads, and the changes that are due, a
//! bounded number a commit. Each change looks again at the version it is for, so a round that was cut short is repeated.

use crate::{
    bucket::{Bucket, with_bucket},
    days, events, garbage,
    history::{History, Seen},
    lock,
    records::{ObjectRecord, UploadRecord},
    replication::pending,
    rule::Rules,
    tiering::Tiers,
    versions::{self, Named},
};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Part, Rows, Scan, Txn},
};
use s3_api::Event;
use wire::Timestamp;

/// Changes a commit. Each has a handful of operations.
const BATCH: usize = 250;

/// What is to be done with a version.
struct Change {
    key: String,
    order: u64,
    named: Named,
    what: What,
}

#[derive(PartialEq)]
enum What {
    /// The current object goes; in a versioned bucket, a delete marker comes.
    Expire,
    /// For good.
    Remove,
    Move(String),
    /// To an archive tier of Intelligent-Tiering.
    Archive(&'static str),
}

pub async fn run(cx: &Cx, bucket: &Bucket) -> Result<()> {
    let (rules, tiers) = (Rules::of(bucket)?, Tiers::of(bucket)?);
    if rules.is_none() && tiers.is_none() {
        return Ok(());
    }
    let snapshot = cx.read();
    let mut history = History::new(&*snapshot, bucket, "");
    let (mut changes, mut expired) = (Vec::new(), Vec::new());
    while let Some((seen, only)) = history.next().await? {
        let mut all = rules.as_ref().map(|rules| due(rules, &seen, only, cx.now())).unwrap_or_default();
        if all.is_empty()
            && let Some(tier) = tiers.as_ref().and_then(|tiers| tiers.due(&seen.key, &seen.record, cx.now()))
        {
            all.push(What::Archive(tier));
        }
        for what in all {
            // A delete marker comes on top after everything below it was looked at.
            let batch = if what == What::Expire { &mut expired } else { &mut changes };
            let named = Named::of(&seen.record);
            batch.push(Change { key: seen.key.clone(), order: seen.record.order, named, what });
        }
        if changes.len() + expired.len() >= BATCH {
            commit(cx, bucket, &mut changes).await?;
            commit(cx, bucket, &mut expired).await?;
        }
    }
    commit(cx, bucket, &mut changes).await?;
    commit(cx, bucket, &mut expired).await?;
    match rules.filter(Rules::abort_uploads) {
        Some(rules) => abort(cx, bucket, &rules).await,
        None => Ok(()),
    }
}

/// What is due for a version. "Permanent deletion takes precedence over transition, and transition over the creation of
/// delete markers" (S3 user guide, "Examples of S3 Lifecycle configurations"): an object may move and be hidden at once.
fn due(rules: &Rules, seen: &Seen, only: bool, now: Timestamp) -> Vec<What> {
    let Seen { key, record, since, newer } = seen;
    if pending::holds(record) {
        return Vec::new();
    }
    let to = |class: &s3_api::TransitionStorageClass| What::Move(class.as_str().to_owned());
    match since {
        Some(since) if rules.noncurrent_expires(key, record, *since, *newer, now) => vec![What::Remove],
        Some(_) if record.delete_marker => Vec::new(),
        Some(since) => rules.noncurrent_transition(key, record, *since, *newer, now).map(to).into_iter().collect(),
        None if record.delete_marker => match only && rules.marker_expires(key, record, now) {
            true => vec![What::Remove],
            false => Vec::new(),
        },
        None => {
            let expires = rules.expiration(key, record).is_some_and(|(at, _)| at <= now);
            let moves = rules.transition(key, record, now).map(to);
            moves.into_iter().chain(expires.then_some(What::Expire)).collect()
        }
    }
}

async fn commit(cx: &Cx, bucket: &Bucket, changes: &mut Vec<Change>) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    with_bucket(cx, bucket, async |tx, bucket| {
        for change in &*changes {
            apply(cx, tx, bucket, change).await?;
        }
        Ok(())
    })
    .await?;
    changes.clear();
    Ok(())
}

async fn apply(cx: &Cx, tx: &mut Txn, bucket: &Bucket, change: &Change) -> Result<()> {
    let Change { key, named, .. } = change;
    let found = match change.what {
        // Only what is still the newest.
        What::Expire => versions::change(tx, bucket, key, None).await?,
        _ => versions::change(tx, bucket, key, Some(named)).await?,
    };
    let same = |record: &ObjectRecord| record.order == change.order && !pending::holds(record);
    let Some((row, mut record)) = found.filter(|(_, record)| same(record)) else { return Ok(()) };
    match &change.what {
        What::Expire => {
            let mut marker = ObjectRecord { delete_marker: true, owner: bucket.account.0, ..ObjectRecord::default() };
            versions::put(cx, tx, bucket, key, &mut marker).await?;
            let event = match bucket.is_versioned() {
                true => Event::S3LifecycleExpirationDeleteMarkerCreated,
                false => Event::S3LifecycleExpirationDelete,
            };
            events::note(cx, tx, bucket, &event, key, &marker)?;
        }
        What::Remove if lock::allow_removal(cx, &record, false).is_err() => {}
        What::Remove => {
            versions::remove(cx, tx, bucket, key, named, |_| Ok(())).await?;
            events::note(cx, tx, bucket, &Event::S3LifecycleExpirationDelete, key, &record)?;
        }
        What::Move(class) => {
            record.storage_class.clone_from(class);
            record.restore = None;
            record.tier = String::new();
            record.accessed = days::midnight_before(cx.now());
            tx.put(row, record.encode());
            events::note(cx, tx, bucket, &Event::S3LifecycleTransition, key, &record)?;
        }
        // It was read meanwhile.
        What::Archive(_) if record.accessed >= days::midnight_before(cx.now()) => {}
        What::Archive(tier) => {
            record.restore = None;
            (*tier).clone_into(&mut record.tier);
            tx.put(row, record.encode());
            events::note(cx, tx, bucket, &Event::S3IntelligentTiering, key, &record)?;
        }
    }
    Ok(())
}

/// Gives up uploads that take too long.
async fn abort(cx: &Cx, bucket: &Bucket, rules: &Rules) -> Result<()> {
    let base = bucket.keys.uploads();
    let depth = base.parts().map_or(0, |parts| parts.len());
    let mut rows = Vec::new();
    let now = cx.now();
    let due = |row: &kernel::store::Row| {
        let key = row.key.parts().and_then(|parts| parts.into_iter().nth(depth));
        let upload = UploadRecord::decode(&row.value);
        matches!((key, upload), (Some(Part::Text(key)), Some(upload))
            if rules.abort(&key, upload.initiated).is_some_and(|(at, _)| at <= now))
    };
    cx.read()
        .each(base.children(), &Scan::default(), |row| {
            if due(&row) {
                rows.push(row.key)
            }
        })
        .await?;
    for batch in rows.chunks(BATCH) {
        with_bucket(cx, bucket, async |tx, bucket| {
            for row in batch {
                // One that is finished by now has become an object.
                if let Some(upload) = tx.read::<UploadRecord>(row).await? {
                    tx.delete(row.clone());
                    garbage::of_upload(cx, tx, bucket, upload.id);
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}
