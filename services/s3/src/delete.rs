//! Deleting objects and versions of them, one by one and in batches.

use crate::{
    bucket::{Bucket, with_bucket},
    conditions, events, faults, lock, names,
    records::ObjectRecord,
    replication::pending,
    versions::{self, Named},
};
use kernel::{Cx, Result};
use s3_api::*;

/// Keys in a request of DeleteObjects.
const MAX_BATCH: usize = 1_000;

/// What became of a key.
struct Done {
    /// The version that was removed, or the delete marker that was made.
    version: Option<String>,
    marker: bool,
}

/// What to delete, and on what conditions.
#[derive(Default)]
pub struct Deletion<'a> {
    pub key: &'a str,
    pub version: Option<&'a str>,
    pub if_match: Option<&'a str>,
    pub size: Option<i64>,
    pub modified: Option<wire::Timestamp>,
    /// The caller may and wants to bypass governance.
    pub bypass: bool,
}

pub async fn delete_object(cx: Cx, input: DeleteObjectInput) -> Result<DeleteObjectOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    crate::mfa::check(&cx, &bucket, input.version_id.is_some(), input.mfa.as_deref()).await?;
    let deletion = Deletion {
        key: &input.key,
        version: input.version_id.as_deref(),
        if_match: input.if_match.as_deref(),
        size: input.if_match_size,
        modified: input.if_match_last_modified_time,
        bypass: input.bypass_governance_retention == Some(true),
    };
    let done = delete(&cx, &bucket, &deletion).await?;
    Ok(DeleteObjectOutput {
        delete_marker: done.marker.then_some(true),
        version_id: done.version,
        ..DeleteObjectOutput::default()
    })
}

async fn delete(cx: &Cx, bucket: &Bucket, deletion: &Deletion<'_>) -> Result<Done> {
    names::check_key(deletion.key)?;
    let named = deletion.version.map(Named::parse).transpose()?;
    with_bucket(cx, bucket, async |tx, bucket| {
        let keep = |record: &ObjectRecord| {
            hold(deletion, record)?;
            lock::allow_removal(cx, record, deletion.bypass)
        };
        if let Some(named) = &named {
            let removed = versions::remove(cx, tx, bucket, deletion.key, named, keep).await?;
            if let Some(removed) = &removed {
                events::note(cx, tx, bucket, &Event::S3ObjectRemovedDelete, deletion.key, removed)?;
            }
            return Ok(Done {
                // What is not there is deleted already.
                version: Some(deletion.version.unwrap_or_default().to_owned()),
                marker: removed.is_some_and(|removed| removed.delete_marker),
            });
        }
        if deletion.if_match.is_some() || deletion.size.is_some() || deletion.modified.is_some() {
            match tx.read::<ObjectRecord>(&bucket.keys.object(deletion.key)).await? {
                Some(current) => hold(deletion, &current)?,
                None => return Err(faults::no_such_key(deletion.key)),
            }
        }
        if !bucket.is_versioned() && tx.get(&bucket.keys.object(deletion.key)).await?.is_none() {
            return Ok(Done { version: None, marker: false });
        }
        let mut marker = ObjectRecord { delete_marker: true, owner: bucket.account.0, ..ObjectRecord::default() };
        pending::put(cx, tx, bucket, deletion.key, &mut marker).await?;
        let event = match bucket.is_versioned() {
            true => Event::S3ObjectRemovedDeleteMarkerCreated,
            false => Event::S3ObjectRemovedDelete,
        };
        events::note(cx, tx, bucket, &event, deletion.key, &marker)?;
        Ok(match bucket.is_versioned() {
            true => Done { version: Some(versions::id(&marker)), marker: true },
            false => Done { version: None, marker: false },
        })
    })
    .await
}

/// Refuses where the object is not the one that the caller means.
fn hold(deletion: &Deletion<'_>, record: &ObjectRecord) -> Result<()> {
    if deletion.if_match.is_some_and(|tags| !conditions::matches(tags, &record.etag)) {
        return Err(faults::precondition_failed("If-Match"));
    }
    if deletion.size.is_some_and(|size| size != record.size as i64) {
        return Err(faults::precondition_failed("x-amz-if-match-size"));
    }
    if deletion.modified.is_some_and(|at| at.secs() != record.modified.secs()) {
        return Err(faults::precondition_failed("x-amz-if-match-last-modified-time"));
    }
    Ok(())
}

pub async fn delete_objects(cx: Cx, input: DeleteObjectsInput) -> Result<DeleteObjectsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let objects = &input.delete.objects;
    if objects.is_empty() || objects.len() > MAX_BATCH {
        return Err(faults::malformed_xml());
    }
    crate::mfa::check(&cx, &bucket, objects.iter().any(|object| object.version_id.is_some()), input.mfa.as_deref())
        .await?;
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in objects {
        let deletion = Deletion {
            key: &object.key,
            version: object.version_id.as_deref().filter(|version| !version.is_empty()),
            if_match: object.e_tag.as_deref(),
            size: object.size,
            modified: object.last_modified_time,
            bypass: input.bypass_governance_retention == Some(true),
        };
        let done = match crate::target::may_delete(&cx, &bucket, &deletion).await {
            Ok(()) => delete(&cx, &bucket, &deletion).await,
            Err(fault) => Err(fault),
        };
        match done {
            Ok(done) => deleted.push(DeletedObject {
                key: Some(object.key.clone()),
                version_id: deletion.version.map(str::to_owned),
                delete_marker: done.marker.then_some(true),
                delete_marker_version_id: if done.marker { done.version } else { None },
            }),
            Err(fault) if fault.kind().status >= 500 => return Err(fault),
            Err(fault) => errors.push(Error {
                key: Some(object.key.clone()),
                version_id: deletion.version.map(str::to_owned),
                code: Some(fault.kind().code.to_owned()),
                message: Some(fault.message().to_owned()),
            }),
        }
    }
    let quiet = input.delete.quiet == Some(true);
    Ok(DeleteObjectsOutput {
        deleted: (!quiet && !deleted.is_empty()).then_some(deleted),
        errors: (!errors.is_empty()).then_some(errors),
        ..DeleteObjectsOutput::default()
    })
}
