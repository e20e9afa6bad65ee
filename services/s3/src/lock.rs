//! Object lock: retention and legal holds.

use crate::{attributes::Given, bucket::Bucket, faults, records::ObjectRecord};
use kernel::{Cx, Result};
use s3_api::ObjectLockConfiguration;
use wire::Timestamp;

/// What is said of the lock when an object is written.
pub fn describe(cx: &Cx, bucket: &Bucket, given: &Given<'_>, record: &mut ObjectRecord) -> Result<()> {
    if given.lock_mode.is_none() && given.retain_until.is_none() {
        by_default(cx, bucket, record)?;
    }
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
            record.retain_until = kept(until);
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
        None => {}
        Some(status @ ("ON" | "OFF")) => {
            record.legal_hold = status == "ON";
            record.legal_hold_set = true;
        }
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

/// An end of retention as it is kept: as it is shown, in milliseconds, so that what was read can be asked for again.
pub fn kept(until: Timestamp) -> Timestamp {
    Timestamp::from_millis(until.millis())
}

/// The bucket's default retention, for what is written without one of its own.
pub fn by_default(cx: &Cx, bucket: &Bucket, record: &mut ObjectRecord) -> Result<()> {
    let configuration = bucket.configuration.get::<ObjectLockConfiguration>("object-lock")?;
    let rule = configuration.and_then(|configuration| configuration.rule?.default_retention);
    let Some((mode, rule)) = rule.and_then(|rule| Some((rule.mode.clone()?, rule))) else { return Ok(()) };
    // "Amazon S3 calculates" a year as 365 days.
    let days = rule.days.map(i64::from).or(rule.years.map(|years| i64::from(years) * 365)).unwrap_or_default();
    mode.as_str().clone_into(&mut record.lock_mode);
    record.retain_until = kept(Timestamp(cx.now().0 + days * 86_400 * 1_000_000));
    Ok(())
}

/// Whether an upload that is to be locked must, and does not, say what its bytes add up to.
pub fn needs_checksum(cx: &Cx, record: &ObjectRecord) -> Result<()> {
    if record.lock_mode.is_empty() && !record.legal_hold_set {
        return Ok(());
    }
    let names = ["content-md5", "x-amz-sdk-checksum-algorithm", "x-amz-trailer"];
    let stated = cx.request().head.as_ref().is_none_or(|head| {
        let mut headers = head.headers.keys().map(http::HeaderName::as_str);
        headers.any(|name| names.contains(&name) || name.starts_with("x-amz-checksum-"))
    });
    match stated {
        true => Ok(()),
        false => Err(faults::invalid_request(
            "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters",
        )),
    }
}

/// Refuses to weaken a retention: who may bypass governance can, but nobody can weaken compliance before its time.
pub fn allow_change(cx: &Cx, record: &ObjectRecord, mode: &str, until: Timestamp, bypass: bool) -> Result<()> {
    if record.lock_mode.is_empty() || record.retain_until <= cx.now() {
        return Ok(());
    }
    // Governance that becomes compliance is not weaker; that this needs no bypass is a guess.
    let weaker = until < record.retain_until || mode == "GOVERNANCE" && record.lock_mode == "COMPLIANCE";
    if weaker && !(bypass && record.lock_mode == "GOVERNANCE") {
        return Err(faults::ACCESS_DENIED.fault("Access Denied because object protected by object lock."));
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
