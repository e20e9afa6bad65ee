//! Object lock by its own operations: a bucket's default, and the retention and legal hold of versions that are there.

use crate::{
    bucket::Bucket,
    configuration::{self, encode},
    faults, get, lock,
    records::{ObjectRecord, versioning},
    tags::change_object,
};
use kernel::{Cx, Result};
use s3_api::*;
use wire::{TimeFormat, Timestamp};

const MAX_DAYS: i32 = 36_500;
const MAX_YEARS: i32 = 100;

pub async fn put_object_lock_configuration(
    cx: Cx,
    input: PutObjectLockConfigurationInput,
) -> Result<PutObjectLockConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    if input.token.is_some() {
        // AWS's support gave such tokens before versioned buckets could be locked without one.
        return Err(faults::not_implemented("x-amz-bucket-object-lock-token"));
    }
    let configuration = input.object_lock_configuration.unwrap_or_default();
    if configuration.object_lock_enabled != Some(ObjectLockEnabled::Enabled) {
        return Err(faults::malformed_xml());
    }
    if let Some(rule) = &configuration.rule {
        check_default(rule.default_retention.as_ref().ok_or_else(faults::malformed_xml)?)?;
    }
    let value = configuration.rule.is_some().then(|| encode(&configuration));
    cx.write(async |tx| {
        let mut record = bucket.change(tx).await?;
        if record.versioning != versioning::ENABLED {
            return Err(faults::INVALID_BUCKET_STATE
                .fault("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"));
        }
        record.object_lock = true;
        bucket.put(tx, record);
        configuration::set(tx, &bucket, "object-lock", "", value.clone()).await
    })
    .await?;
    Ok(PutObjectLockConfigurationOutput::default())
}

fn check_default(retention: &DefaultRetention) -> Result<()> {
    let known =
        matches!(retention.mode, Some(ObjectLockRetentionMode::Governance | ObjectLockRetentionMode::Compliance));
    let (name, period, most) = match (retention.days, retention.years) {
        (Some(days), None) => ("Days", days, MAX_DAYS),
        (None, Some(years)) => ("Years", years, MAX_YEARS),
        _ => return Err(faults::malformed_xml()),
    };
    if !known {
        return Err(faults::malformed_xml());
    }
    let invalid = |message: &str| Err(faults::invalid_argument(name, period.to_string(), message));
    match period {
        ..=0 => invalid("Default retention period must be a positive integer value."),
        _ if period > most => invalid("Default retention period is too long."),
        _ => Ok(()),
    }
}

pub async fn get_object_lock_configuration(
    cx: Cx,
    input: GetObjectLockConfigurationInput,
) -> Result<GetObjectLockConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    if !bucket.record.object_lock {
        return Err(faults::with_bucket_name(faults::no_lock_configuration(), &bucket.name));
    }
    let configuration = bucket.configuration.get::<ObjectLockConfiguration>("object-lock")?;
    let configuration = configuration
        .unwrap_or(ObjectLockConfiguration { object_lock_enabled: Some(ObjectLockEnabled::Enabled), rule: None });
    Ok(GetObjectLockConfigurationOutput { object_lock_configuration: Some(configuration) })
}

fn needs_lock(bucket: &Bucket) -> Result<()> {
    match bucket.record.object_lock {
        true => Ok(()),
        false => Err(faults::invalid_request("Bucket is missing Object Lock Configuration")),
    }
}

pub async fn put_object_retention(cx: Cx, input: PutObjectRetentionInput) -> Result<PutObjectRetentionOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    needs_lock(&bucket)?;
    let retention = input.retention.unwrap_or_default();
    let (mode, until) = match (&retention.mode, retention.retain_until_date) {
        // An empty element takes the retention away.
        (None, None) => ("", Timestamp(0)),
        (Some(mode @ (ObjectLockRetentionMode::Governance | ObjectLockRetentionMode::Compliance)), Some(until)) => {
            if until <= cx.now() {
                return Err(faults::invalid_argument(
                    "RetainUntilDate",
                    until.format(TimeFormat::Iso8601),
                    "The retain until date must be in the future!",
                ));
            }
            (mode.as_str(), lock::kept(until))
        }
        _ => return Err(faults::malformed_xml()),
    };
    // The permission for it was asked for with the call's own.
    let bypass = input.bypass_governance_retention == Some(true);
    change_object(&cx, &bucket, &input.key, input.version_id.as_deref(), None, |record| {
        lock::allow_change(&cx, record, mode, until, bypass)?;
        mode.clone_into(&mut record.lock_mode);
        record.retain_until = until;
        Ok(())
    })
    .await?;
    Ok(PutObjectRetentionOutput::default())
}

async fn locked(cx: &Cx, bucket: &Bucket, key: &str, version: Option<&str>) -> Result<ObjectRecord> {
    needs_lock(bucket)?;
    get::version(cx, bucket, key, version).await
}

pub async fn get_object_retention(cx: Cx, input: GetObjectRetentionInput) -> Result<GetObjectRetentionOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let record = locked(&cx, &bucket, &input.key, input.version_id.as_deref()).await?;
    if record.lock_mode.is_empty() {
        return Err(faults::no_such_lock());
    }
    let retention = ObjectLockRetention {
        mode: Some(record.lock_mode.as_str().into()),
        retain_until_date: Some(record.retain_until),
    };
    Ok(GetObjectRetentionOutput { retention: Some(retention) })
}

pub async fn put_object_legal_hold(cx: Cx, input: PutObjectLegalHoldInput) -> Result<PutObjectLegalHoldOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    needs_lock(&bucket)?;
    let on = match input.legal_hold.and_then(|hold| hold.status) {
        Some(ObjectLockLegalHoldStatus::On) => true,
        Some(ObjectLockLegalHoldStatus::Off) => false,
        _ => return Err(faults::malformed_xml()),
    };
    change_object(&cx, &bucket, &input.key, input.version_id.as_deref(), None, |record| {
        record.legal_hold = on;
        record.legal_hold_set = true;
        Ok(())
    })
    .await?;
    Ok(PutObjectLegalHoldOutput::default())
}

pub async fn get_object_legal_hold(cx: Cx, input: GetObjectLegalHoldInput) -> Result<GetObjectLegalHoldOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let record = locked(&cx, &bucket, &input.key, input.version_id.as_deref()).await?;
    if !record.legal_hold && !record.legal_hold_set {
        return Err(faults::no_such_lock());
    }
    let status = if record.legal_hold { ObjectLockLegalHoldStatus::On } else { ObjectLockLegalHoldStatus::Off };
    Ok(GetObjectLegalHoldOutput { legal_hold: Some(ObjectLockLegalHold { status: Some(status) }) })
}
