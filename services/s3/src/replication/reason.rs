//! Why a version is not replicated, and the events that tell of it (S3 user guide, "Amazon S3 replication failure reasons").

use super::pending::Task;
use crate::{
    bucket::Bucket,
    events::{instant, note_with},
    records::ObjectRecord,
};
use kernel::{
    Cx, Result,
    store::{StoreError, Txn},
};
use s3_api::Event;
use wire::{Fault, Json, Timestamp};

/// What keeps a version from being replicated.
#[derive(Debug)]
pub enum Stop {
    /// For good, as far as trying again goes; in S3's words.
    Failed(&'static str),
    /// The version is gone, or no rule is for it any more.
    Untracked,
    /// For now.
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        Stop::Fault(error.into())
    }
}

/// What is refused fails for a reason; what is not answered may be answered later.
pub fn refused<T>(result: Result<T>, reason: &'static str) -> std::result::Result<T, Stop> {
    result.map_err(|fault| match is_passing(&fault) {
        true => Stop::Fault(fault),
        false => Stop::Failed(reason),
    })
}

fn is_passing(fault: &Fault) -> bool {
    let code = fault.kind().code;
    fault.kind().status >= 500 || code.starts_with("Throttling") || code == "SlowDown" || code == "OperationAborted"
}

/// The reasons of a KMS key: that it is not there, not to be used, or not by this role.
pub fn of_key<T>(
    result: Result<T>,
    missing: &'static str,
    state: &'static str,
    denied: &'static str,
) -> std::result::Result<T, Stop> {
    let reason = match &result {
        Err(fault) if fault.kind().code == "KMS.NotFoundException" => missing,
        Err(fault) if fault.kind().code.starts_with("KMS.") => state,
        _ => denied,
    };
    refused(result, reason)
}

/// Tells of a replication that failed, takes too long, took too long, or is given up; to the source's notifications, where
/// the rule has metrics.
pub fn note(
    cx: &Cx,
    tx: &mut Txn,
    source: &Bucket,
    task: &Task,
    record: &ObjectRecord,
    event: &Event,
    failure: Option<&str>,
) -> Result<()> {
    if !task.metrics {
        return Ok(());
    }
    let text = |text: &str| Json::from(text);
    let mut data = vec![
        ("replicationRuleId".to_owned(), text(&task.rule)),
        ("destinationBucket".to_owned(), text(&format!("arn:{}:s3:::{}", source.region.partition(), task.to))),
        // The documentation shows OBJECT_PUT only; the other is a guess.
        ("s3Operation".to_owned(), text(if task.delete_marker { "OBJECT_DELETE" } else { "OBJECT_PUT" })),
        ("requestTime".to_owned(), text(&instant(task.since))),
    ];
    match event {
        Event::S3ReplicationOperationFailedReplication => {
            data.push(("failureReason".to_owned(), text(failure.unwrap_or_default())));
        }
        Event::S3ReplicationOperationMissedThreshold => data.push(("threshold".to_owned(), text("15"))),
        Event::S3ReplicationOperationReplicatedAfterThreshold => {
            data.push(("threshold".to_owned(), text("15")));
            data.push(("replicationTime".to_owned(), text(&late(task, cx.now()))));
        }
        _ => {}
    }
    let data = Json::Object(data);
    note_with(cx, tx, source, event, (&task.key, record), Some(("replicationEventData", data)))
}

/// How long it took, in seconds.
fn late(task: &Task, now: Timestamp) -> String {
    (now.secs() - task.since.secs()).to_string()
}
