//! MFA delete: versions are removed, and versioning is changed, by the root user with a second factor only (user guide,
//! "Configuring MFA delete").

use crate::{bucket::Bucket, faults};
use identity::{IamKeys, MfaDeviceRecord, totp};
use kernel::{Arn, Cx, Result, record::Record};
use wire::Fault;

/// Refuses to remove a version of a bucket with MFA delete without a device's code.
pub async fn check(cx: &Cx, bucket: &Bucket, versions: bool, given: Option<&str>) -> Result<()> {
    match bucket.record.mfa_delete && versions {
        true => spend(cx, bucket, given).await,
        false => Ok(()),
    }
}

/// Refuses to change MFA delete, or the versioning of a bucket with it, without a device's code.
pub async fn check_change(cx: &Cx, bucket: &Bucket, given: Option<&str>) -> Result<()> {
    spend(cx, bucket, given).await
}

fn wanted() -> Fault {
    faults::ACCESS_DENIED.fault("Mfa Authentication must be used for this request")
}

/// Uses up the code of `serial code`, which the root user's device shows. The code is spent, whatever becomes of what it
/// was shown for.
async fn spend(cx: &Cx, bucket: &Bucket, given: Option<&str>) -> Result<()> {
    let caller = cx.caller();
    let (serial, code) = given.and_then(|given| given.trim().rsplit_once(' ')).ok_or_else(wanted)?;
    if !caller.is_root() || caller.account != bucket.account {
        return Err(wanted());
    }
    // The sentence is a guess, as that of all that is wrong with a device.
    let failed = || faults::ACCESS_DENIED.fault("Mfa Authentication failed: the device or its code is not valid");
    let serial = serial.trim();
    let own = Arn::parse(serial).is_some_and(|arn| arn.account_id() == Some(caller.account));
    let row = IamKeys::of(caller.account).mfa_device_of(serial).filter(|_| own).ok_or_else(failed)?;
    cx.write(async |tx| {
        let mut device = tx.read::<MfaDeviceRecord>(&row).await?.ok_or_else(failed)?;
        // A device without a user that is enabled is the root user's.
        if device.enabled.is_none() || !device.user.is_empty() || !totp::accept(&mut device, code, cx.now()) {
            return Err(failed());
        }
        tx.put(row.clone(), device.encode());
        Ok(())
    })
    .await
}
