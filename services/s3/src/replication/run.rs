//! The timer that replicates a version, what becomes of it where it cannot, and replication on demand.

use super::{
    pending::{self, FAILED, PENDING, Task},
    reason::{self, Stop},
    rule::{Rules, What},
    transfer::{LIMIT, Transfer},
};
use crate::{
    bucket::{Bucket, with_bucket},
    records::ObjectRecord,
    target,
    versions::{self, Named},
};
use kernel::{
    Cx, Local, Result,
    record::Record,
    store::Txn,
    timers::{Due, Timer},
};
use s3_api::Event;
use wire::Timestamp;

pub const TIMER: Timer = Timer { kind: "replicate", run };

/// The pause after the first failure, in microseconds. Every other is twice as long, up to the longest.
const FIRST_PAUSE: i64 = 1_000_000;
const LONGEST_PAUSE: i64 = 15 * 60 * 1_000_000;

fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let task = Task::read(&due.payload)?;
        match (Transfer { cx: &cx, task: &task, on_demand: false }).run().await {
            Ok(()) => Ok(()),
            Err(Stop::Failed(reason)) => {
                let event = Event::S3ReplicationOperationFailedReplication;
                end(&cx, &task, &event, Some(reason), |record| pending::set(record, &task.to, FAILED)).await
            }
            Err(Stop::Untracked) => {
                let event = Event::S3ReplicationOperationNotTracked;
                end(&cx, &task, &event, None, |record| pending::give_up(record, &task.to)).await
            }
            Err(Stop::Fault(fault)) => {
                if task.failures == 0 {
                    let what = format!("replicating to {} is tried again", task.to);
                    cx.cloud().note_background_failure(&what, &fault);
                }
                again(&cx, &due, task).await
            }
        }
    })
}

/// Says at the version, if it is still there and waits, what came of it, and tells of it.
async fn end(
    cx: &Cx,
    task: &Task,
    event: &Event,
    failure: Option<&str>,
    say: impl Fn(&mut ObjectRecord),
) -> Result<()> {
    let Some(source) = Bucket::lookup(cx, &task.bucket).await?.filter(|source| source.record.id == task.id) else {
        return Ok(());
    };
    let done = with_bucket(cx, &source, async |tx, source| {
        let found = versions::change(tx, source, &task.key, Some(&task.named())).await?;
        let found = found.filter(|(_, record)| record.order == task.order);
        let Some((row, mut record)) = found else {
            // Of what is gone, its name is left.
            let (version, order) = (task.version.clone(), task.order);
            let record = ObjectRecord { version, order, delete_marker: true, ..ObjectRecord::default() };
            return reason::note(cx, tx, source, task, &record, event, failure);
        };
        if pending::status(&record, &task.to) != Some(PENDING) {
            return Ok(());
        }
        say(&mut record);
        tx.put(row, record.encode());
        reason::note(cx, tx, source, task, &record, event, failure)
    })
    .await;
    match done {
        // The bucket is gone.
        Err(fault) if fault.kind().status == 404 => Ok(()),
        other => other,
    }
}

/// Tries again later; at the limit of its time in any case, to tell that it is missed.
async fn again(cx: &Cx, due: &Due, mut task: Task) -> Result<()> {
    let now = cx.now();
    let limit = Timestamp(task.since.0 + LIMIT);
    let mut next = Timestamp(now.0 + pause(task.failures));
    if task.timed && now < limit {
        next = next.min(limit);
    }
    // The first attempt that is not before the limit, and not the ones after it.
    let missed = task.timed && limit <= now && !task.missed;
    task.failures += 1;
    task.missed |= missed;
    let source = Bucket::lookup(cx, &task.bucket).await?.filter(|source| source.record.id == task.id);
    cx.write(async |tx: &mut Txn| {
        if let Some(source) = source.as_ref().filter(|_| missed) {
            let found = versions::change(tx, source, &task.key, Some(&task.named())).await?;
            if let Some((_, record)) = found {
                let event = Event::S3ReplicationOperationMissedThreshold;
                reason::note(cx, tx, source, &task, &record, &event, None)?;
            }
        }
        tx.set_timer(cx, TIMER.kind, &due.id, next, task.encode());
        Ok(())
    })
    .await
}

fn pause(failures: u32) -> i64 {
    FIRST_PAUSE.saturating_mul(1 << failures.min(20)).min(LONGEST_PAUSE)
}

/// What came of a version at one of its destinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The bucket's name.
    pub to: String,
    /// Or why it was not replicated, in S3's words (user guide, "Amazon S3 replication failure reasons").
    pub done: std::result::Result<(), &'static str>,
}

/// Replicates a version now to all buckets that the rules name for it, as a job of S3 Batch Operations asks for
/// (`S3ReplicateObject`), whatever became of it before: one that failed, one that is older than the rules, a replica too.
/// `cx` is the job's role, which needs `s3:InitiateReplication`; what is done then is done as the rules' role. A fault is
/// one that passes: asked again, it may be done.
///
/// User guide, "Replicating existing objects with S3 Batch Replication".
pub async fn now(cx: &Cx, bucket: &str, key: &str, version: Option<&str>) -> Result<Vec<Answer>> {
    // Jobs are S3 Control's, whose timers these are not.
    let (account, region) = (cx.account(), cx.region());
    let cx = &Cx::new(cx.cloud(), &s3_api::MODEL, account, region, cx.caller().clone(), cx.request().clone());
    let none = |reason| Ok(vec![Answer { to: String::new(), done: Err(reason) }]);
    let Some(source) = Bucket::lookup(cx, bucket).await? else { return none("SrcBucketNotFound") };
    if let Err(fault) = target::may_of(cx, &source, "s3:InitiateReplication", key, version).await {
        return if fault.kind().status >= 500 { Err(fault) } else { none("InitiateReplicationNotPermitted") };
    }
    let Some(rules) = Rules::of(&source)? else { return none("SrcBucketReplicationConfigMissing") };
    let snapshot = cx.read();
    let found = match version {
        Some(version) => versions::find(&*snapshot, &source, key, &Named::parse(version)?).await?,
        None => versions::latest(&*snapshot, &source, key).await?,
    };
    let Some(record) = found else { return none("SrcVersionNotFound") };
    let to = rules.destinations(key, &record);
    if to.is_empty() {
        return none("SrcObjectNotEligible");
    }
    let mut answers = Vec::new();
    for to in to {
        let rule = rules.to(to, key, &record, What::Version);
        let task = Task {
            rule: rule.map(|rule| rule.id().to_owned()).unwrap_or_default(),
            ..Task::of(&source, key, &record, to, cx.now())
        };
        let done = match (Transfer { cx, task: &task, on_demand: true }).run().await {
            Ok(()) => Ok(()),
            Err(Stop::Failed(reason)) => Err(reason),
            Err(Stop::Untracked) => Err("SrcVersionNotFound"),
            Err(Stop::Fault(fault)) => return Err(fault),
        };
        answers.push(Answer { to: to.to_owned(), done });
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_quarter_of_an_hour() {
        let seconds: Vec<i64> = [0, 1, 2, 9, 10, 400].map(|failures| pause(failures) / FIRST_PAUSE).into();
        assert_eq!(seconds, [1, 2, 4, 512, 900, 900]);
    }
}
