//! Transfer acceleration: whether the hosts `bucket.s3-accelerate.…` answer. They are as near as all others here.

use crate::{bucket::Bucket, configuration, edge, faults};
use kernel::{Cx, Result};
use s3_api::*;

/// Of [`configuration`].
const NAME: &str = "accelerate";

pub async fn put_bucket_accelerate_configuration(
    cx: Cx,
    input: PutBucketAccelerateConfigurationInput,
) -> Result<PutBucketAccelerateConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    if bucket.name.contains('.') {
        return Err(faults::invalid_request(
            "S3 Transfer Acceleration is not supported for buckets with periods (.) in their names",
        ));
    }
    if !matches!(
        input.accelerate_configuration.status,
        Some(BucketAccelerateStatus::Enabled | BucketAccelerateStatus::Suspended)
    ) {
        return Err(faults::malformed_xml());
    }
    let value = configuration::encode(&input.accelerate_configuration);
    cx.write(async |tx| configuration::set(tx, &bucket, NAME, "", Some(value.clone())).await).await?;
    Ok(PutBucketAccelerateConfigurationOutput {})
}

pub async fn get_bucket_accelerate_configuration(
    cx: Cx,
    input: GetBucketAccelerateConfigurationInput,
) -> Result<GetBucketAccelerateConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    Ok(GetBucketAccelerateConfigurationOutput { status: status(&bucket)?, ..Default::default() })
}

fn status(bucket: &Bucket) -> Result<Option<BucketAccelerateStatus>> {
    Ok(bucket.configuration.get::<AccelerateConfiguration>(NAME)?.and_then(|found| found.status))
}

/// Refuses a request to an accelerate host of a bucket that has none.
pub fn check(cx: &Cx, bucket: &Bucket) -> Result<()> {
    if !edge::is_accelerated(cx) {
        return Ok(());
    }
    match status(bucket)? {
        Some(BucketAccelerateStatus::Enabled) => Ok(()),
        Some(_) => Err(faults::invalid_request("S3 Transfer Acceleration is disabled on this bucket")),
        None => Err(faults::invalid_request("S3 Transfer Acceleration is not configured on this bucket")),
    }
}
