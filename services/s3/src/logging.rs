//! Server access logging: what a bucket is configured to log, the lines that are collected of its requests, and their
//! delivery every hour. Lines wait in memory for the next flush, and in the source bucket's rows for their delivery; as on
//! AWS, a crash may lose some, and some may come twice.

use crate::{
    bucket::Bucket,
    configuration::{self, encode},
    days::midnight_before,
    faults, known, log_line,
    records::{Keys, named},
};
use kernel::{
    Answered, Caller, CallerKind, Cloud, Cx, Local, Result, record,
    record::Record,
    store::{Scan, StoreError, Txn},
    timers::{Due, Timer},
};
use s3_api::*;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use wire::{TimeFormat, Timestamp};

pub const NAME: &str = "logging";
pub const TIMER: Timer = Timer { kind: "access-log", run };

const HOUR: i64 = 3_600_000_000;
/// Lines in memory, over all buckets: more are lost.
const MAX_WAITING: usize = 100_000;
/// Rows of lines that one log object is made of.
const ROWS: usize = 500;

pub async fn put_bucket_logging(cx: Cx, input: PutBucketLoggingInput) -> Result<PutBucketLoggingOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let enabled = input.bucket_logging_status.logging_enabled;
    if let Some(enabled) = &enabled {
        check(&cx, &bucket, enabled).await?;
    }
    cx.write(async |tx| {
        configuration::set(tx, &bucket, NAME, "", enabled.as_ref().map(|enabled| encode(enabled))).await?;
        match enabled {
            Some(_) => expect(&cx, tx, &bucket),
            None => tx.delete_range(bucket.keys.logs().children()),
        }
        Ok(PutBucketLoggingOutput {})
    })
    .await
}

async fn check(cx: &Cx, bucket: &Bucket, enabled: &LoggingEnabled) -> Result<()> {
    if enabled.target_grants.as_ref().is_some_and(|grants| !grants.is_empty()) {
        return Err(faults::not_implemented("TargetGrants"));
    }
    if let Some(format) = &enabled.target_object_key_format {
        let source = format.partitioned_prefix.as_ref().map(|partitioned| &partitioned.partition_date_source);
        let unknown = matches!(source, Some(None | Some(PartitionDateSource::Unknown(_))));
        if format.simple_prefix.is_some() == format.partitioned_prefix.is_some() || unknown {
            return Err(faults::malformed_xml());
        }
    }
    let invalid = |message| Err(faults::INVALID_TARGET_BUCKET_FOR_LOGGING.fault(message));
    let Some(target) = Bucket::lookup(cx, &enabled.target_bucket).await? else {
        return invalid("The target bucket for logging does not exist");
    };
    if target.account != bucket.account {
        return invalid("The owner for the bucket to be logged and the target bucket must be the same.");
    }
    if target.region != bucket.region {
        return Err(faults::CROSS_LOCATION_LOGGING_PROHIBITED.fault("Cross S3 location logging not allowed."));
    }
    Ok(())
}

pub async fn get_bucket_logging(cx: Cx, input: GetBucketLoggingInput) -> Result<GetBucketLoggingOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    Ok(GetBucketLoggingOutput { logging_enabled: bucket.configuration.get(NAME)? })
}

record! {
    struct Hour {
        1 bucket: String,
        2 id: u64,
    }
}

record! {
    /// Lines of one flush.
    struct Lines {
        1 at: Timestamp,
        2 text: String,
    }
}

/// A line that waits for the next flush.
struct Waiting {
    bucket: String,
    id: u64,
    keys: Keys,
    at: Timestamp,
    line: String,
}

#[derive(Default)]
struct Pending(Mutex<Vec<Waiting>>);

/// Of [`kernel::Edge::answered`]: collects the line of a request, if its bucket is logged. The call has just found its
/// bucket, so nothing is read for it.
pub fn answered(cx: &Cx, answered: &Answered<'_>) {
    if !known::any_logged(cx) {
        return;
    }
    let Some((name, key)) = log_line::resource(cx) else { return };
    let Some(bucket) = known::logged(cx, &name) else { return };
    let line = log_line::write(cx, &bucket, &key, answered);
    let bucket_name = bucket.name.clone();
    let pending = cx.cloud().cache::<Pending>();
    let mut pending = pending.0.lock().unwrap_or_else(PoisonError::into_inner);
    if pending.len() < MAX_WAITING {
        pending.push(Waiting {
            id: bucket.record.id,
            keys: bucket.keys.clone(),
            at: answered.since,
            line,
            bucket: bucket_name,
        });
    }
}

/// Of [`kernel::Edge::flush`]: one row a bucket.
pub fn flush(cloud: &Cloud) -> Local<'_, std::result::Result<(), StoreError>> {
    Box::pin(async move {
        let pending = cloud.cache::<Pending>();
        let waiting = std::mem::take(&mut *pending.0.lock().unwrap_or_else(PoisonError::into_inner));
        if waiting.is_empty() {
            return Ok(());
        }
        // By day, as objects are named by it.
        let mut rows: BTreeMap<(u64, Timestamp), (String, Keys, Lines)> = BTreeMap::new();
        for Waiting { bucket, id, keys, at, line } in waiting {
            let row = rows.entry((id, midnight_before(at)));
            let (.., lines) = row.or_insert_with(|| (bucket, keys, Lines { at, text: String::new() }));
            lines.text.push_str(&line);
        }
        let mut tx = Txn::begin(cloud.engine());
        for ((id, _), (bucket, keys, lines)) in rows {
            // A bucket that was deleted meanwhile leaves no rows.
            let there = tx.get_weak(&named(&bucket)).await?;
            let there = there.and_then(|row| crate::records::BucketRecord::decode(&row));
            if there.is_some_and(|record| record.id == id) {
                tx.put(keys.log(cloud.ids().sequence(lines.at)), lines.encode());
            }
        }
        cloud.commit(tx).await.map(drop)
    })
}

/// Sees to the next full hour.
fn expect(cx: &Cx, tx: &mut Txn, bucket: &Bucket) {
    let cx = Cx::background(cx.cloud(), cx.model(), bucket.account, bucket.region);
    let hour = Hour { bucket: bucket.name.clone(), id: bucket.record.id };
    let next = Timestamp((cx.now().0.div_euclid(HOUR) + 1) * HOUR);
    tx.set_timer(&cx, TIMER.kind, &bucket.record.id.to_be_bytes(), next, hour.encode());
}

fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let hour = Hour::read(&due.payload)?;
        let found = Bucket::lookup(&cx, &hour.bucket).await?;
        let Some(bucket) = found.filter(|bucket| bucket.record.id == hour.id) else { return Ok(()) };
        let Some(enabled) = bucket.configuration.get::<LoggingEnabled>(NAME)? else { return Ok(()) };
        flush(cx.cloud()).await?;
        while deliver(&cx, &bucket, &enabled).await? {}
        cx.write(async |tx| {
            expect(&cx, tx, &bucket);
            Ok(())
        })
        .await
    })
}

/// Puts what waits into the target bucket, and forgets it; whether there may be more. What the target does not take is
/// lost, as on AWS.
async fn deliver(cx: &Cx, bucket: &Bucket, enabled: &LoggingEnabled) -> Result<bool> {
    let range = bucket.keys.logs().children();
    let page = cx.read().scan(&range, &Scan { limit: ROWS, ..Scan::default() }).await?;
    if page.rows.is_empty() {
        return Ok(false);
    }
    let partitioned = enabled.target_object_key_format.as_ref().and_then(|format| format.partitioned_prefix.as_ref());
    let by_event = partitioned
        .is_some_and(|partitioned| partitioned.partition_date_source == Some(PartitionDateSource::EventTime));
    let mut objects: BTreeMap<Timestamp, String> = BTreeMap::new();
    for row in &page.rows {
        let lines = Lines::read(&row.value)?;
        let at = if by_event { midnight_before(lines.at) } else { cx.now() };
        objects.entry(at).or_default().push_str(&lines.text);
    }
    for (at, text) in objects {
        let key = key(cx, bucket, enabled, at);
        let input = PutObjectInput {
            bucket: enabled.target_bucket.clone(),
            key,
            body: Some(text.into_bytes().into()),
            content_type: Some("text/plain".to_owned()),
            ..PutObjectInput::default()
        };
        match as_service(cx, "logging.s3.amazonaws.com", bucket).call(input).await {
            Ok(_) => {}
            Err(fault) if fault.kind().status < 500 => {}
            Err(fault) => return Err(fault),
        }
    }
    cx.write(async |tx| {
        page.rows.iter().for_each(|row| tx.delete(row.key.clone()));
        Ok(())
    })
    .await?;
    Ok(page.more)
}

/// A call by one of S3's own services on behalf of a bucket: the target's policy must let it.
pub fn as_service(cx: &Cx, principal: &'static str, bucket: &Bucket) -> Cx {
    let (source_arn, source_account) = (bucket.arn.to_string(), bucket.account);
    let kind = CallerKind::Service { principal, source_arn, source_account };
    cx.acting(Caller::new(kind, bucket.account, ""), bucket.region, None)
}

/// How log objects are named (S3 user guide, "Log object key format").
fn key(cx: &Cx, bucket: &Bucket, enabled: &LoggingEnabled, at: Timestamp) -> String {
    let time = Timestamp::from_secs(at.secs()).format(TimeFormat::Iso8601);
    let time = time.trim_end_matches('Z').replace(['T', ':'], "-");
    let unique = format!("{:016X}", cx.cloud().ids().u64());
    let prefix = &enabled.target_prefix;
    match enabled.target_object_key_format.as_ref().and_then(|format| format.partitioned_prefix.as_ref()) {
        None => format!("{prefix}{time}-{unique}"),
        Some(_) => {
            let day = time.get(..10).unwrap_or_default().replace('-', "/");
            format!("{prefix}{}/{}/{}/{day}/{time}-{unique}", bucket.account, bucket.region, bucket.name)
        }
    }
}
