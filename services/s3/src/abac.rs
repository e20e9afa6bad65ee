//! Whether a bucket's tags decide who may do what with it.

use crate::{bucket::Bucket, configuration, faults};
use kernel::{Cx, Result};
use s3_api::*;

pub async fn put_bucket_abac(cx: Cx, input: PutBucketAbacInput) -> Result<PutBucketAbacOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let value = match input.abac_status.status {
        Some(BucketAbacStatus::Enabled) => Some(configuration::encode(&input.abac_status)),
        Some(BucketAbacStatus::Disabled) => None,
        _ => return Err(faults::malformed_xml()),
    };
    cx.write(async |tx| configuration::set(tx, &bucket, "abac", "", value.clone()).await).await?;
    Ok(PutBucketAbacOutput {})
}

pub async fn get_bucket_abac(cx: Cx, input: GetBucketAbacInput) -> Result<GetBucketAbacOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let status = if bucket.configuration.has("abac") { BucketAbacStatus::Enabled } else { BucketAbacStatus::Disabled };
    Ok(GetBucketAbacOutput { abac_status: Some(AbacStatus { status: Some(status) }) })
}
