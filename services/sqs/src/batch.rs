//! What the batch operations have in common: their bounds, and entries that fail alone.

use crate::limits::{MAX_BATCH, MESSAGE_SIZE};
use kernel::Result;
use sqs_api::*;
use std::collections::HashSet;
use wire::Fault;

/// The number of entries and their ids. `entry` is the entries' shape, as AWS names it in its message.
pub fn check<'a>(ids: impl ExactSizeIterator<Item = &'a str>, entry: &str) -> Result<()> {
    let count = ids.len();
    if count == 0 {
        return Err(fault::empty_batch_request(format!("There should be at least one {entry} in the request.")));
    }
    if count > MAX_BATCH {
        return Err(fault::too_many_entries_in_batch_request(format!(
            "Maximum number of entries per request are {MAX_BATCH}. You have sent {count}."
        )));
    }
    let mut seen = HashSet::new();
    for id in ids {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if id.is_empty() || id.len() > 80 || !id.bytes().all(plain) {
            return Err(fault::invalid_batch_entry_id(
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 \
                 letters long.",
            ));
        }
        if !seen.insert(id) {
            return Err(fault::batch_entry_ids_not_distinct(format!("Id {id} repeated.")));
        }
    }
    Ok(())
}

pub fn check_size(bytes: usize) -> Result<()> {
    let most = *MESSAGE_SIZE.end();
    match bytes > most as usize {
        true => Err(fault::batch_request_too_long(format!(
            "Batch requests cannot be longer than {most} bytes. You have sent {bytes} bytes."
        ))),
        false => Ok(()),
    }
}

pub fn failure(id: String, fault: &Fault) -> BatchResultErrorEntry {
    BatchResultErrorEntry {
        id,
        sender_fault: fault.kind().sender,
        code: fault.kind().code.to_owned(),
        message: Some(fault.message().to_owned()),
    }
}
