//! Intelligent-Tiering: configurations of the archive tiers, and how long an object was not read.

use crate::{
    bucket::Bucket,
    configurations,
    days::{self, midnight_before},
    faults, midnight,
    records::ObjectRecord,
    versions::{self, Named},
};
use kernel::{Cx, Result, record::Record};
use s3_api::*;
use wire::Timestamp;

pub const NAME: &str = "intelligent-tiering";
pub const CLASS: &str = "INTELLIGENT_TIERING";
pub const ARCHIVE: &str = "ARCHIVE_ACCESS";
pub const DEEP_ARCHIVE: &str = "DEEP_ARCHIVE_ACCESS";

/// Smaller objects are not watched, and stay in the tier of frequent access (S3 user guide, "How S3 Intelligent-Tiering
/// works").
const MIN_SIZE: u64 = 128 * 1024;
const MAX_DAYS: i32 = 730;

pub async fn put_bucket_intelligent_tiering_configuration(
    cx: Cx,
    input: PutBucketIntelligentTieringConfigurationInput,
) -> Result<PutBucketIntelligentTieringConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let wanted = &input.intelligent_tiering_configuration;
    check(wanted)?;
    let ids = (input.id.as_str(), wanted.id.as_str());
    configurations::put(&cx, &bucket, NAME, ids, wanted, |tx| midnight::expect(&cx, tx, &bucket)).await?;
    Ok(PutBucketIntelligentTieringConfigurationOutput {})
}

pub async fn get_bucket_intelligent_tiering_configuration(
    cx: Cx,
    input: GetBucketIntelligentTieringConfigurationInput,
) -> Result<GetBucketIntelligentTieringConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    Ok(GetBucketIntelligentTieringConfigurationOutput {
        intelligent_tiering_configuration: Some(configurations::get(&bucket, NAME, &input.id)?),
    })
}

pub async fn list_bucket_intelligent_tiering_configurations(
    cx: Cx,
    input: ListBucketIntelligentTieringConfigurationsInput,
) -> Result<ListBucketIntelligentTieringConfigurationsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let page = configurations::list(&bucket, NAME, input.continuation_token.as_deref())?;
    Ok(ListBucketIntelligentTieringConfigurationsOutput {
        is_truncated: Some(page.next.is_some()),
        continuation_token: input.continuation_token,
        next_continuation_token: page.next,
        intelligent_tiering_configuration_list: page.found,
    })
}

pub async fn delete_bucket_intelligent_tiering_configuration(
    cx: Cx,
    input: DeleteBucketIntelligentTieringConfigurationInput,
) -> Result<DeleteBucketIntelligentTieringConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    configurations::delete(&cx, &bucket, NAME, &input.id).await?;
    Ok(DeleteBucketIntelligentTieringConfigurationOutput {})
}

fn check(wanted: &IntelligentTieringConfiguration) -> Result<()> {
    if matches!(wanted.status, IntelligentTieringStatus::Unknown(_)) || wanted.tierings.is_empty() {
        return Err(faults::malformed_xml());
    }
    if let Some(filter) = &wanted.filter {
        let tags = filter.and.as_ref().and_then(|and| and.tags.as_deref()).unwrap_or(filter.tag.as_slice());
        configurations::check_filter(&[filter.prefix.is_some(), filter.tag.is_some(), filter.and.is_some()], tags)?;
    }
    let mut days = [None; 2];
    for tiering in &wanted.tierings {
        let (least, place) = match &tiering.access_tier {
            IntelligentTieringAccessTier::ArchiveAccess => (90, 0),
            IntelligentTieringAccessTier::DeepArchiveAccess => (180, 1),
            IntelligentTieringAccessTier::Unknown(_) => return Err(faults::malformed_xml()),
        };
        if !(least..=MAX_DAYS).contains(&tiering.days) {
            let message = format!("'Days' for {} must be between {least} and {MAX_DAYS}", tiering.access_tier.as_str());
            return Err(faults::invalid_argument("Days", tiering.days.to_string(), message));
        }
        if days[place].replace(tiering.days).is_some() {
            return Err(faults::malformed_xml());
        }
    }
    match days {
        [Some(archive), Some(deep)] if deep <= archive => Err(faults::invalid_argument(
            "Days",
            deep.to_string(),
            "'Days' for DEEP_ARCHIVE_ACCESS must be greater than 'Days' for ARCHIVE_ACCESS",
        )),
        _ => Ok(()),
    }
}

/// The enabled configurations of a bucket.
pub struct Tiers(Vec<IntelligentTieringConfiguration>);

impl Tiers {
    pub fn of(bucket: &Bucket) -> Result<Option<Tiers>> {
        let all = bucket.configuration.all::<IntelligentTieringConfiguration>(NAME)?;
        let enabled = all.into_iter().map(|(_, tiers)| tiers);
        let enabled: Vec<_> = enabled.filter(|tiers| tiers.status == IntelligentTieringStatus::Enabled).collect();
        Ok((!enabled.is_empty()).then_some(Tiers(enabled)))
    }

    /// The archive tier that an object moves to.
    pub fn due(&self, key: &str, record: &ObjectRecord, now: Timestamp) -> Option<&'static str> {
        if record.storage_class != CLASS || record.delete_marker || record.size < MIN_SIZE {
            return None;
        }
        let since = last_read(record, now);
        let mut tier = None;
        for wanted in self.0.iter().filter(|wanted| takes(wanted.filter.as_ref(), key, record)) {
            for tiering in wanted.tierings.iter().filter(|tiering| days::due(since, tiering.days) <= now) {
                tier = match tiering.access_tier {
                    IntelligentTieringAccessTier::DeepArchiveAccess => Some(DEEP_ARCHIVE),
                    _ => tier.or(Some(ARCHIVE)),
                };
            }
        }
        let before = archived(record, now).unwrap_or_default();
        tier.filter(|tier| {
            *tier != before && before != DEEP_ARCHIVE && record.restore.as_ref().is_none_or(|r| r.ready <= now)
        })
    }
}

fn takes(filter: Option<&IntelligentTieringFilter>, key: &str, record: &ObjectRecord) -> bool {
    let Some(filter) = filter else { return true };
    let and = filter.and.as_ref();
    let prefix = filter.prefix.as_ref().or(and.and_then(|and| and.prefix.as_ref()));
    let tags = and.and_then(|and| and.tags.as_deref()).unwrap_or(filter.tag.as_slice());
    prefix.is_none_or(|prefix| key.starts_with(prefix))
        && tags.iter().all(|tag| record.tags.iter().any(|(key, value)| *key == tag.key && *value == tag.value))
}

/// When an object was last read, restored or written, to the day.
fn last_read(record: &ObjectRecord, now: Timestamp) -> Timestamp {
    let restored = record.restore.as_ref().map(|restore| restore.ready).filter(|ready| *ready <= now);
    record.accessed.max(record.modified).max(restored.unwrap_or_default())
}

/// The archive tier that an object is in, and out of which it was not restored.
pub fn archived(record: &ObjectRecord, now: Timestamp) -> Option<&str> {
    let restored = record.restore.as_ref().is_some_and(|restore| restore.ready <= now);
    Some(record.tier.as_str()).filter(|tier| record.storage_class == CLASS && !tier.is_empty() && !restored)
}

/// The tier as inventories show it. The tiers that are read at once are told by how long an object was not read.
pub fn tier(record: &ObjectRecord, now: Timestamp) -> &str {
    if let Some(tier) = archived(record, now) {
        return tier;
    }
    let since = last_read(record, now);
    match record.size >= MIN_SIZE {
        true if days::due(since, 90) <= now => "ARCHIVE_INSTANT",
        true if days::due(since, 30) <= now => "INFREQUENT",
        _ => "FREQUENT",
    }
}

/// Remembers the day of a read: at most one write an object and day. What cannot be remembered was read all the same.
pub async fn note_read(cx: &Cx, bucket: &Bucket, key: &str, record: &ObjectRecord) {
    let today = midnight_before(cx.now());
    if record.storage_class != CLASS || record.accessed >= today || record.modified >= today {
        return;
    }
    let named = Named::of(record);
    let noted: Result<()> = cx
        .write(async |tx| {
            if let Some((row, mut found)) = versions::change(tx, bucket, key, Some(&named)).await?
                && found.order == record.order
            {
                // It was read, so it is out of its archive tier.
                found.accessed = today;
                found.tier = String::new();
                found.restore = None;
                tx.put(row, found.encode());
            }
            Ok(())
        })
        .await;
    drop(noted);
}
