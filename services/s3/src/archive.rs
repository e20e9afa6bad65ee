//! Objects in archives: restoring them, and what is told of it.

use crate::{
    bucket::{Bucket, with_bucket},
    days, events, faults, get,
    records::{ObjectRecord, RestoreRecord},
    restored, tiering,
    versions::{self, Named},
};
use http::StatusCode;
use kernel::{Cx, Result, record::Record};
use s3_api::*;
use wire::Timestamp;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

/// The documentation's bounds, the upper ones (S3 user guide, "Understanding archive retrieval options"). `None`: the
/// archive has no such tier.
fn retrieval(deep: bool, tier: &str) -> Option<i64> {
    match (deep, tier) {
        (false, "Expedited") => Some(5 * MINUTE),
        (false, "Standard") => Some(5 * HOUR),
        (false, "Bulk") | (true, "Standard") => Some(12 * HOUR),
        (true, "Bulk") => Some(48 * HOUR),
        _ => None,
    }
}

pub async fn restore_object(cx: Cx, input: RestoreObjectInput) -> Result<RestoreObjectOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let request = input.restore_request.ok_or_else(faults::malformed_xml)?;
    for (given, name) in [
        (request.r#type.is_some(), "Type"),
        (request.select_parameters.is_some(), "SelectParameters"),
        (request.output_location.is_some(), "OutputLocation"),
    ] {
        if given {
            return Err(faults::not_implemented(name));
        }
    }
    let record = get::version(&cx, &bucket, &input.key, input.version_id.as_deref()).await?;
    let named = Named::of(&record);
    let tier = request.glacier_job_parameters.as_ref().map(|parameters| &parameters.tier).or(request.tier.as_ref());
    let tier = tier.map_or("Standard", |tier| tier.as_str());
    let status = with_bucket(&cx, &bucket, async |tx, bucket| {
        let found = versions::change(tx, bucket, &input.key, Some(&named)).await?;
        let Some((row, mut record)) = found.filter(|(_, found)| found.order == record.order) else {
            return Err(faults::no_such_key(&input.key));
        };
        let status = restore(cx.now(), &mut record, request.days, tier)?;
        tx.put(row, record.encode());
        if status == StatusCode::ACCEPTED {
            events::note(&cx, tx, bucket, &Event::S3ObjectRestorePost, &input.key, &record)?;
            restored::expect(&cx, tx, bucket, &input.key, &record);
        }
        Ok(status)
    })
    .await?;
    cx.answer_status(status);
    Ok(RestoreObjectOutput::default())
}

/// 202 where a copy is on its way, 200 where it is there and only stays for longer.
fn restore(now: Timestamp, record: &mut ObjectRecord, days: Option<i32>, tier: &str) -> Result<StatusCode> {
    let in_tier = record.storage_class == tiering::CLASS;
    let deep = match record.storage_class.as_str() {
        "GLACIER" => false,
        "DEEP_ARCHIVE" => true,
        tiering::CLASS if record.tier.is_empty() || tiering::archived(record, now).is_none() => {
            return Err(fault::object_already_in_active_tier_error(
                "This action is not allowed against this storage tier.",
            ));
        }
        tiering::CLASS => record.tier == tiering::DEEP_ARCHIVE,
        _ => {
            return Err(fault::invalid_object_state(
                "Restore is not allowed for the object's current storage class",
                InvalidObjectState {
                    storage_class: Some(crate::attributes::shown_class(record).into()),
                    access_tier: None,
                },
            ));
        }
    };
    let days = match (days, in_tier) {
        (None, true) => 0,
        (Some(days @ 1..), false) => days,
        (None, false) => return Err(faults::malformed_xml()),
        // The copy is the object itself, which stays.
        (Some(days), true) => {
            let message = "Restoration days must not be specified for objects in the INTELLIGENT_TIERING storage class";
            return Err(faults::invalid_argument("Days", days.to_string(), message));
        }
        (Some(days), false) => {
            let message = "Restoration days must be at least one";
            return Err(faults::invalid_argument("Days", days.to_string(), message));
        }
    };
    let Some(takes) = retrieval(deep, tier) else {
        let message = format!("Restore tier '{tier}' is not supported for the object's storage class");
        return Err(faults::invalid_argument("Tier", tier, message));
    };
    let ready = Timestamp(now.0.saturating_add(takes));
    let expires = |from| if in_tier { Timestamp::default() } else { days::due(from, days) };
    match &mut record.restore {
        Some(restore) if restore.ready > now => {
            // A faster tier speeds it up ("Upgrade the speed of an in-progress restore"); for the same time.
            let before = retrieval(deep, &restore.tier).unwrap_or_default();
            if takes >= before {
                return Err(faults::RESTORE_ALREADY_IN_PROGRESS.fault("Object restore is already in progress"));
            }
            restore.ready = restore.ready.min(ready);
            tier.clone_into(&mut restore.tier);
            restore.expires = match in_tier {
                true => Timestamp::default(),
                false => days::due(restore.ready, i32::try_from(restore.days).unwrap_or_default()),
            };
            Ok(StatusCode::ACCEPTED)
        }
        Some(restore) if now < restore.expires => {
            restore.expires = expires(now);
            restore.days = days as u32;
            Ok(StatusCode::OK)
        }
        _ => {
            let expires = expires(ready);
            let (days, tier) = (days as u32, tier.to_owned());
            record.restore = Some(RestoreRecord { ready, expires, days, tier, told: false });
            Ok(StatusCode::ACCEPTED)
        }
    }
}

/// What is under way, or there, of an object that was asked back: whether it is ready, and when the copy goes.
pub fn restored(record: &ObjectRecord, now: Timestamp) -> Option<(bool, Timestamp)> {
    let restore = record.restore.as_ref()?;
    let ready = restore.ready <= now;
    (!ready || now < restore.expires).then_some((ready, restore.expires))
}

/// `x-amz-restore`
pub fn header(record: &ObjectRecord, now: Timestamp) -> Option<String> {
    Some(match restored(record, now)? {
        (false, _) => "ongoing-request=\"true\"".to_owned(),
        (true, expires) => format!("ongoing-request=\"false\", expiry-date=\"{}\"", days::in_header(expires)),
    })
}
