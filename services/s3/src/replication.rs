//! Replication: the configuration of a bucket. `rule` has what it means, `pending` what a commit owes because of it, `run`
//! does that later, `transfer` once.

mod check;
pub mod pending;
mod reason;
mod replica;
mod role;
pub mod rule;
pub mod run;
#[cfg(test)]
mod tests;
mod transfer;

use crate::{bucket::Bucket, configuration, faults};
use kernel::{Cx, Result};
use s3_api::*;

/// Of a rule each.
pub const NAME: &str = "replication";
/// Of the role's ARN.
const ROLE: &str = "replication-role";

pub async fn put_bucket_replication(cx: Cx, input: PutBucketReplicationInput) -> Result<PutBucketReplicationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    if input.token.is_some() {
        // AWS's support gave such tokens before versioned buckets could be locked without one.
        return Err(faults::not_implemented("x-amz-bucket-object-lock-token"));
    }
    let mut configuration = input.replication_configuration;
    check::check(&cx, &bucket, &configuration).await?;
    for rule in &mut configuration.rules {
        if rule.id.as_ref().is_none_or(|id| id.is_empty()) {
            rule.id = Some(cx.cloud().ids().uuid());
        }
    }
    set(&cx, &bucket, Some(&configuration)).await?;
    Ok(PutBucketReplicationOutput {})
}

pub async fn get_bucket_replication(cx: Cx, input: GetBucketReplicationInput) -> Result<GetBucketReplicationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let found = of(&bucket)?;
    let found = found.ok_or_else(|| faults::with_bucket_name(faults::no_replication(), &bucket.name))?;
    Ok(GetBucketReplicationOutput { replication_configuration: Some(found) })
}

pub async fn delete_bucket_replication(
    cx: Cx,
    input: DeleteBucketReplicationInput,
) -> Result<DeleteBucketReplicationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    set(&cx, &bucket, None).await?;
    Ok(DeleteBucketReplicationOutput {})
}

/// The configuration of a bucket, if it has one.
fn of(bucket: &Bucket) -> Result<Option<ReplicationConfiguration>> {
    let Some(role) = bucket.configuration.text(ROLE) else { return Ok(None) };
    let rules = bucket.configuration.all(NAME)?.into_iter().map(|(_, rule)| rule).collect();
    Ok(Some(ReplicationConfiguration { role: role.to_owned(), rules }))
}

async fn set(cx: &Cx, bucket: &Bucket, configuration: Option<&ReplicationConfiguration>) -> Result<()> {
    cx.write(async |tx| {
        if configuration.is_some() {
            check::versioned(&bucket.change(tx).await?)?;
        }
        let role = configuration.map(|configuration| configuration.role.clone().into_bytes());
        configuration::set(tx, bucket, ROLE, "", role).await?;
        configuration::set_list(tx, bucket, NAME, configuration.map_or(&[], |configuration| &configuration.rules)).await
    })
    .await
}
