//! Whether a bucket keeps versions.

use crate::{bucket::Bucket, faults, records::versioning, replication};
use kernel::{Cx, Result};
use s3_api::*;

pub async fn get_bucket_versioning(cx: Cx, input: GetBucketVersioningInput) -> Result<GetBucketVersioningOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    Ok(GetBucketVersioningOutput {
        status: match bucket.record.versioning {
            versioning::ENABLED => Some(BucketVersioningStatus::Enabled),
            versioning::SUSPENDED => Some(BucketVersioningStatus::Suspended),
            _ => None,
        },
        mfa_delete: bucket.record.mfa_delete.then_some(MFADeleteStatus::Enabled),
    })
}

pub async fn put_bucket_versioning(cx: Cx, input: PutBucketVersioningInput) -> Result<PutBucketVersioningOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    if input.versioning_configuration.mfa_delete.is_some() || bucket.record.mfa_delete {
        crate::mfa::check_change(&cx, &bucket, input.mfa.as_deref()).await?;
    }
    let status = match input.versioning_configuration.status {
        Some(BucketVersioningStatus::Enabled) => versioning::ENABLED,
        Some(BucketVersioningStatus::Suspended) => versioning::SUSPENDED,
        _ => return Err(faults::malformed_xml()),
    };
    let mfa_delete = match input.versioning_configuration.mfa_delete {
        None => None,
        Some(MFADelete::Enabled) => Some(true),
        Some(MFADelete::Disabled) => Some(false),
        Some(MFADelete::Unknown(_)) => return Err(faults::malformed_xml()),
    };
    cx.write(async |tx| {
        let mut record = bucket.change(tx).await?;
        if record.object_lock && status == versioning::SUSPENDED {
            return Err(faults::INVALID_BUCKET_STATE.fault(
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
            ));
        }
        if status == versioning::SUSPENDED && bucket.configuration.has(replication::NAME) {
            return Err(faults::INVALID_BUCKET_STATE.fault(
                "A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.",
            ));
        }
        record.versioning = status;
        record.mfa_delete = mfa_delete.unwrap_or(record.mfa_delete);
        bucket.put(tx, record);
        Ok(PutBucketVersioningOutput {})
    })
    .await
}
