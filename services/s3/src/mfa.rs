//! MFA delete: versions are removed, and versioning is changed, by the root user with a second factor only.

use crate::{bucket::Bucket, faults};
use kernel::{Cx, Result};

/// Refuses to remove a version of a bucket with MFA delete without a device's code.
pub async fn check(_cx: &Cx, bucket: &Bucket, versions: bool, _given: Option<&str>) -> Result<()> {
    if !bucket.record.mfa_delete || !versions {
        return Ok(());
    }
    Err(faults::ACCESS_DENIED.fault("Mfa Authentication must be used for this request"))
}

/// Refuses to change MFA delete without a device's code.
pub async fn check_change(_cx: &Cx, _bucket: &Bucket, _given: Option<&str>) -> Result<()> {
    Err(faults::not_implemented("x-amz-mfa"))
}
