//! When keys were last used, and for what.
//!
//! Written down once an hour for each operation: a write at every call would cost more than the call.

use crate::{
    kms_key::{self, Aliases, KmsKey},
    limits::MICROS,
    records::UsedRecord,
};
use kernel::{Cx, Result, record::Record, store::Part};
use kms_api::*;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use wire::Timestamp;

const PERIOD: i64 = 3_600 * MICROS;
/// Keys with their operations that are remembered as written down.
const KNOWN: usize = 8_192;

/// When the use of a key (by its ARN) for an operation was written down last.
#[derive(Default)]
struct Written(Mutex<HashMap<(Arc<str>, &'static str), Timestamp>>);

/// Of an operation that succeeded.
pub async fn note(cx: &Cx, key: &KmsKey, operation: &'static str) -> Result<()> {
    let now = cx.now();
    let written = cx.cloud().cache::<Written>();
    {
        let mut written = written.0.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() >= KNOWN {
            written.clear();
        }
        let last = written.entry((key.arn.clone(), operation)).or_insert(Timestamp(0));
        if now.0 - last.0 < PERIOD {
            return Ok(());
        }
        *last = now;
    }
    let at = key.keys(cx).used(&key.id).text(operation);
    let record = UsedRecord { at: now, request: cx.request().id.clone() };
    cx.write(async |tx| {
        tx.put(at.clone(), record.encode());
        Ok(())
    })
    .await
}

pub async fn get_key_last_usage(cx: Cx, input: GetKeyLastUsageInput) -> Result<GetKeyLastUsageOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    let mut last: Option<(String, UsedRecord)> = None;
    for (row, value) in kms_key::all(&*cx.read(), &key.keys(&cx).used(&key.id)).await? {
        let used: UsedRecord = kms_key::decode(&value)?;
        let Some(Part::Text(operation)) = row.parts().and_then(|mut parts| parts.pop()) else { continue };
        if last.as_ref().is_none_or(|(_, known)| known.at < used.at) {
            last = Some((operation, used));
        }
    }
    Ok(GetKeyLastUsageOutput {
        key_id: Some(key.id.clone()),
        key_last_usage: last.map(|(operation, used)| KeyLastUsageData {
            operation: Some(operation.as_str().into()),
            timestamp: Some(used.at),
            cloud_trail_event_id: None,
            kms_request_id: Some(used.request),
        }),
        tracking_start_date: Some(key.created),
        key_creation_date: Some(key.created),
    })
}
