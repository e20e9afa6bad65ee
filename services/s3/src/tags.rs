//! Tags of buckets and of objects.

use crate::{
    attributes::{MAX_TAGS, check_tags},
    bucket::{Bucket, with_bucket},
    events, faults, get,
    records::ObjectRecord,
    replication::pending,
    versions::{self, Named},
};
use kernel::{Cx, Result, record::Record};
use s3_api::*;

/// Tags of a bucket (S3 user guide, "Using cost allocation S3 bucket tags").
const MAX_BUCKET_TAGS: usize = 50;

fn pairs(tags: Vec<Tag>) -> Vec<(String, String)> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

fn shown(tags: &[(String, String)]) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

/// The tags of a new bucket.
pub fn of_new(tags: Vec<Tag>) -> Result<Vec<(String, String)>> {
    let tags = pairs(tags);
    check_tags(&tags, MAX_BUCKET_TAGS)?;
    Ok(tags)
}

pub async fn put_bucket_tagging(cx: Cx, input: PutBucketTaggingInput) -> Result<PutBucketTaggingOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    change(&cx, &bucket, of_new(input.tagging.tag_set)?).await?;
    Ok(PutBucketTaggingOutput {})
}

pub async fn get_bucket_tagging(cx: Cx, input: GetBucketTaggingInput) -> Result<GetBucketTaggingOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    match bucket.record.tags.as_slice() {
        [] => Err(faults::with_bucket_name(faults::no_such_tag_set(), &bucket.name)),
        tags => Ok(GetBucketTaggingOutput { tag_set: shown(tags) }),
    }
}

pub async fn delete_bucket_tagging(cx: Cx, input: DeleteBucketTaggingInput) -> Result<DeleteBucketTaggingOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    change(&cx, &bucket, Vec::new()).await?;
    Ok(DeleteBucketTaggingOutput {})
}

async fn change(cx: &Cx, bucket: &Bucket, tags: Vec<(String, String)>) -> Result<()> {
    // "you must use TagResource" where tags decide (API reference, PutBucketAbac). The sentence is a guess.
    if bucket.configuration.has("abac") {
        return Err(faults::invalid_request(
            "ABAC is enabled for this bucket. Use the TagResource and UntagResource operations to change its tags.",
        ));
    }
    cx.write(async |tx| {
        let mut record = bucket.change(tx).await?;
        record.tags.clone_from(&tags);
        bucket.put(tx, record);
        Ok(())
    })
    .await
}

pub async fn put_object_tagging(cx: Cx, input: PutObjectTaggingInput) -> Result<PutObjectTaggingOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let tags = pairs(input.tagging.tag_set);
    check_tags(&tags, MAX_TAGS)?;
    let told = Some(&Event::S3ObjectTaggingPut);
    let record = change_object(&cx, &bucket, &input.key, input.version_id.as_deref(), told, |record| {
        record.tags.clone_from(&tags);
        Ok(())
    })
    .await?;
    Ok(PutObjectTaggingOutput { version_id: versions::shown(&bucket, &record) })
}

pub async fn get_object_tagging(cx: Cx, input: GetObjectTaggingInput) -> Result<GetObjectTaggingOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let record = get::version(&cx, &bucket, &input.key, input.version_id.as_deref()).await?;
    Ok(GetObjectTaggingOutput { version_id: versions::shown(&bucket, &record), tag_set: shown(&record.tags) })
}

pub async fn delete_object_tagging(cx: Cx, input: DeleteObjectTaggingInput) -> Result<DeleteObjectTaggingOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let told = Some(&Event::S3ObjectTaggingDelete);
    let record = change_object(&cx, &bucket, &input.key, input.version_id.as_deref(), told, |record| {
        record.tags.clear();
        Ok(())
    })
    .await?;
    Ok(DeleteObjectTaggingOutput { version_id: versions::shown(&bucket, &record) })
}

/// Changes what is known of a version, not its bytes. Gives back how it is now. `told`: the event that it is.
pub async fn change_object(
    cx: &Cx,
    bucket: &Bucket,
    key: &str,
    version: Option<&str>,
    told: Option<&Event>,
    change: impl Fn(&mut ObjectRecord) -> Result<()>,
) -> Result<ObjectRecord> {
    let named = version.map(Named::parse).transpose()?;
    // Says what there is instead, and to whom.
    get::version(cx, bucket, key, version).await?;
    with_bucket(cx, bucket, async |tx, bucket| {
        let found = versions::change(tx, bucket, key, named.as_ref()).await?;
        let Some((row, mut record)) = found.filter(|(_, record)| !record.delete_marker) else {
            return Err(faults::no_such_key(key));
        };
        let before = record.clone();
        change(&mut record)?;
        pending::changed(cx, tx, bucket, key, &before, &mut record)?;
        tx.put(row, record.encode());
        if let Some(event) = told {
            events::note(cx, tx, bucket, event, key, &record)?;
        }
        Ok(record)
    })
    .await
}
