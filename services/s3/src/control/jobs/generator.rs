//! Manifests that a job generates: the walk over the source bucket, its filters, and the manifest as it is written for users.

use super::{
    asked::bucket_of,
    end::Failure,
    filter::Filter,
    output,
    prepare::{Batch, Prepared},
    records::{self, JobRecord, TaskRecord},
    schedule::Budget,
};
use crate::{bucket::Bucket, history::History, replication::rule::Rules, target::may, versions};
use kernel::{AccountId, Cx, Result};
use s3control_api::*;

pub async fn step(
    cx: &Cx,
    role: &Cx,
    job: &JobRecord,
    wanted: &S3JobManifestGenerator,
    budget: &Budget,
) -> Result<Prepared> {
    if !job.listed {
        return list(cx, role, job, wanted, budget).await;
    }
    match &wanted.manifest_output_location {
        Some(location) if wanted.enable_manifest_output => output::step(cx, role, job, wanted, location).await,
        _ => Ok(Prepared::All),
    }
}

async fn list(
    cx: &Cx,
    role: &Cx,
    job: &JobRecord,
    wanted: &S3JobManifestGenerator,
    budget: &Budget,
) -> Result<Prepared> {
    let failed = |code: &str, reason: String| Ok(Prepared::Failed(Failure::new(code, reason)));
    let name = bucket_of(&wanted.source_bucket, "SourceBucket")?;
    let Some(bucket) = Bucket::lookup(role, name).await? else {
        return failed("NoSuchBucket", format!("The source bucket {name} does not exist."));
    };
    let owner = wanted.expected_bucket_owner.as_deref();
    if owner.is_some_and(|owner| AccountId::parse(owner) != Some(bucket.account)) {
        return failed("AccessDenied", "The source bucket is owned by another account than expected.".to_owned());
    }
    // User guide, "Granting permissions for Batch Operations": what a generated manifest needs.
    if let Err(fault) = may(role, &bucket, "s3:PutInventoryConfiguration", None).await {
        return failed(fault.kind().code, fault.message().to_owned());
    }
    // Which versions are listed is a guess: all that are to be replicated, of other jobs the current ones.
    let all = job.operation == "S3ReplicateObject";
    let filter = wanted.filter.clone().unwrap_or_default();
    let rules = match filter.eligible_for_replication {
        None => None,
        Some(_) => {
            // User guide, "Configuring an IAM role for S3 Batch Replication".
            if let Err(fault) = may(role, &bucket, "s3:GetReplicationConfiguration", None).await {
                return failed(fault.kind().code, fault.message().to_owned());
            }
            let Some(rules) = Rules::of(&bucket)? else {
                let reason = "The source bucket has no replication configuration.";
                return failed("SrcBucketReplicationConfigMissing", reason.to_owned());
            };
            Some(rules)
        }
    };
    let filter = Filter::of(filter, rules);
    let snapshot = cx.read();
    let prefix = filter.prefix();
    let mut history = History::new(&*snapshot, &bucket, prefix);
    if !job.last_key.is_empty() {
        history.begin_at(&job.last_key);
    }
    let mut batch = Batch::new(cx, &job.id);
    let mut seen_since = 0;
    while let Some((seen, _)) = history.next().await? {
        // Of the key that the last step ended with, the newest first.
        if seen.key == job.last_key && seen.record.order >= job.last_order {
            continue;
        }
        seen_since += 1;
        if !seen.record.delete_marker && (all || seen.since.is_none()) && filter.takes(&seen.key, &seen.record) {
            let version = versions::shown(&bucket, &seen.record);
            let (bucket, key) = (bucket.name.clone(), seen.key.clone());
            batch.push(TaskRecord { bucket, key, version, ..TaskRecord::default() });
        }
        if batch.is_full() || (seen_since >= SEEN && budget.is_spent()) {
            let (key, order) = (&seen.key, seen.record.order);
            let wanted = batch.commit(|job| {
                job.last_key.clone_from(key);
                job.last_order = order;
            });
            if !wanted.await? || budget.is_spent() {
                return Ok(Prepared::More);
            }
            seen_since = 0;
        }
    }
    batch.commit(|job| job.listed = true).await?;
    // Its manifest is the next step's.
    Ok(match records::find(cx, &job.id).await?.total {
        0 => Prepared::Failed(Failure::new(
            "NoObjectsFound",
            "The manifest generator found no objects that match the filter.",
        )),
        _ => Prepared::More,
    })
}

/// Versions between two looks at the time.
const SEEN: usize = 1_000;
