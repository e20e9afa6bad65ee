//! Object lock: retention and legal holds.

use crate::{attributes::Given, bucket::Bucket, faults, records::ObjectRecord};
use kernel::{Cx, Result};

/// What is said of the lock when an object is written.
pub fn describe(cx: &Cx, bucket: &Bucket, given: &Given<'_>, record: &mut ObjectRecord) -> Result<()> {
    if given.lock_mode.is_none() && given.retain_until.is_none() && given.legal_hold.is_none() {
        return Ok(());
    }
    if !bucket.record.object_lock {
        return Err(faults::invalid_request("Bucket is missing Object Lock Configuration"));
    }
    match (given.lock_mode, given.retain_until) {
        (None, None) => {}
        (Some(mode @ ("GOVERNANCE" | "COMPLIANCE")), Some(until)) => {
            if until <= cx.now() {
                return Err(faults::invalid_argument(
                    "x-amz-object-lock-retain-until-date",
                    until.format(wire::TimeFormat::Iso8601),
                    "The retain until date must be in the future!",
                ));
            }
            mode.clone_into(&mut record.lock_mode);
            record.retain_until = until;
        }
        (Some(mode), Some(_)) => {
            return Err(faults::invalid_argument("x-amz-object-lock-mode", mode, "Unknown wormMode directive."));
        }
        _ => {
            return Err(faults::invalid_argument(
                "x-amz-object-lock-mode",
                given.lock_mode.unwrap_or_default(),
                "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
            ));
        }
    }
    match given.legal_hold {
        None | Some("OFF") => {}
        Some("ON") => record.legal_hold = true,
        Some(other) => {
            return Err(faults::invalid_argument(
                "x-amz-object-lock-legal-hold",
                other,
                "Legal Hold must be either of 'ON' or 'OFF'",
            ));
        }
    }
    Ok(())
}

/// Refuses to remove a version that is locked. `bypass`: the caller may, and asked to, bypass governance.
pub fn allow_removal(cx: &Cx, record: &ObjectRecord, bypass: bool) -> Result<()> {
    let retained = record.retain_until > cx.now() && !(bypass && record.lock_mode == "GOVERNANCE");
    if record.legal_hold || !record.lock_mode.is_empty() && retained {
        return Err(faults::ACCESS_DENIED.fault("Access Denied because object protected by object lock."));
    }
    Ok(())
}
