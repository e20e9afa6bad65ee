//! How jobs end: what cannot go on fails, what waits too long is cancelled, what has ended is forgotten after a while.

use super::records::{self, JobKeys, JobRecord};
use crate::days::DAY;
use kernel::{
    Cx, Local, Result,
    store::{Rows, Txn},
    timers::{Due, Timer},
};
use s3control_api::JobStatus;
use wire::Timestamp;

/// Ends a job that nobody confirms, and forgets one that has ended. Its id is the job's.
pub const TIMER: Timer = Timer { kind: "job-end", run };

/// "If … not confirmed within 30 days" (S3 user guide), it is cancelled.
const UNCONFIRMED: i64 = 30 * DAY;
/// "Jobs are automatically deleted 90 days after reaching a terminal state" (S3 user guide, "Troubleshooting S3 Batch
/// Operations").
const REMEMBERED: i64 = 90 * DAY;
/// A reason has so many characters at most.
const MAX_REASON: usize = 256;

pub fn is_terminal(status: &JobStatus) -> bool {
    matches!(status, JobStatus::Complete | JobStatus::Failed | JobStatus::Cancelled)
}

/// Why a job fails.
#[derive(Debug)]
pub struct Failure {
    pub code: String,
    pub reason: String,
}

impl Failure {
    pub fn new(code: &str, reason: impl Into<String>) -> Failure {
        Failure { code: code.to_owned(), reason: reason.into() }
    }
}

/// Leaves off working, on the way to an end.
pub fn begin(cx: &Cx, job: &mut JobRecord, status: JobStatus) {
    rest(cx, job);
    // The report begins anew where a generated manifest was being written.
    job.files.clear();
    job.written = 0;
    job.set_status(status);
}

pub fn fail(cx: &Cx, job: &mut JobRecord, failure: &Failure) {
    begin(cx, job, JobStatus::Failing);
    job.failure_code.clone_from(&failure.code);
    job.failure_reason = failure.reason.chars().take(MAX_REASON).collect();
}

/// Ends a stretch of being Active.
pub fn rest(cx: &Cx, job: &mut JobRecord) {
    if job.active_since.0 != 0 {
        job.active += cx.now().0 - job.active_since.0;
        job.active_since = Timestamp::default();
    }
}

/// The end.
pub fn finish(cx: &Cx, tx: &mut Txn, job: &mut JobRecord, status: JobStatus) {
    rest(cx, job);
    job.set_status(status);
    job.terminated = cx.now();
    let keys = JobKeys::of(cx);
    tx.delete(keys.open(&job.id));
    tx.delete_range(keys.tasks(&job.id).children());
    set(cx, tx, &job.id, REMEMBERED);
}

/// Waits for a confirmation.
pub fn suspend(cx: &Cx, tx: &mut Txn, job: &mut JobRecord) {
    job.set_status(JobStatus::Suspended);
    job.suspended = cx.now();
    set(cx, tx, &job.id, UNCONFIRMED);
}

fn set(cx: &Cx, tx: &mut Txn, id: &str, after: i64) {
    tx.set_timer(cx, TIMER.kind, id.as_bytes(), Timestamp(cx.now().0 + after), "");
}

fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let id = String::from_utf8(due.id).unwrap_or_default();
        let keys = JobKeys::of(&cx);
        cx.write(async |tx| {
            let Some(mut job) = tx.read::<JobRecord>(&keys.job(&id)).await? else { return Ok(()) };
            let ended = job.terminated.0 != 0 && job.terminated.0 + REMEMBERED <= cx.now().0;
            match job.status() {
                JobStatus::Suspended => {
                    "The job was not confirmed within 30 days.".clone_into(&mut job.update_reason);
                    finish(&cx, tx, &mut job, JobStatus::Cancelled);
                    records::put(&cx, tx, &job);
                }
                _ if ended => {
                    tx.delete(keys.job(&id));
                    tx.delete(keys.request(&id));
                    tx.delete(keys.token(&job.token));
                }
                // It was confirmed.
                _ => {}
            }
            Ok(())
        })
        .await
    })
}

/// The jobs that have not ended, in the order of their ids.
pub async fn open(cx: &Cx) -> Result<Vec<JobRecord>> {
    let (keys, snapshot) = (JobKeys::of(cx), cx.read());
    let mut jobs = Vec::new();
    for id in snapshot.names(&keys.all_open()).await? {
        jobs.extend(snapshot.record::<JobRecord>(&keys.job(&id)).await?);
    }
    Ok(jobs)
}
