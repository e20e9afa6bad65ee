//! Which job does what next. A timer ticks while there is work: each tick gives every job one step, those of lower priority
//! none on their objects.

use super::{end, prepare, records, records::JobRecord, report, tasks};
use kernel::{
    Cx, Local, Result,
    store::Txn,
    timers::{Due, Timer},
};
use s3control_api::JobStatus;
use wire::Timestamp;

/// Its payload is the id of the job that had the last step.
pub const TIMER: Timer = Timer { kind: "jobs", run };

/// Ticks come at multiples of this, so that there is one at a time, whoever asks for it. In microseconds, as all here.
const GRID: i64 = 50_000;
/// Of real time; what waits behind the tick waits so long at most, and for the object that is being worked on.
const BUDGET: i64 = 100_000;
/// After a step that failed in this cloud, not in the job.
const PAUSE: i64 = 60_000_000;

/// Sees to the next tick.
pub fn expect(cx: &Cx, tx: &mut Txn, after: &str) {
    let next = Timestamp((cx.now().0.div_euclid(GRID) + 1) * GRID);
    tx.set_timer(cx, TIMER.kind, b"", next, after.as_bytes().to_vec());
}

/// The real time that a tick has.
pub struct Budget {
    cx: Cx,
    until: Timestamp,
}

impl Budget {
    fn of(cx: &Cx) -> Budget {
        let until = Timestamp(cx.cloud().clock().wall().0 + BUDGET);
        Budget { cx: cx.clone(), until }
    }

    pub fn is_spent(&self) -> bool {
        self.cx.cloud().clock().wall() >= self.until
    }
}

fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let mut last = String::from_utf8(due.payload.to_vec()).unwrap_or_default();
        let mut jobs = end::open(&cx).await?;
        let top = jobs.iter().filter(|job| is_runnable(job)).map(|job| job.priority).max();
        // Where the last tick left off.
        let behind = jobs.partition_point(|job| job.id <= last);
        jobs.rotate_left(behind);
        let budget = Budget::of(&cx);
        let mut failed = false;
        for job in jobs {
            if budget.is_spent() {
                break;
            }
            if let Err(fault) = step(&cx, &job, top, &budget).await {
                cx.cloud().note_background_failure("jobs", &fault);
                failed = true;
            }
            last = job.id;
        }
        let left = end::open(&cx).await?.iter().any(|job| job.status() != JobStatus::Suspended);
        cx.write(async |tx| {
            match (left, failed) {
                (false, _) => {}
                (true, false) => expect(&cx, tx, &last),
                (true, true) => {
                    let later = Timestamp(cx.now().0 + PAUSE);
                    tx.set_timer(&cx, TIMER.kind, b"", later, last.as_bytes().to_vec());
                }
            }
            Ok(())
        })
        .await
    })
}

/// It works on its objects, or could.
fn is_runnable(job: &JobRecord) -> bool {
    matches!(job.status(), JobStatus::Ready | JobStatus::Active | JobStatus::Pausing | JobStatus::Paused)
}

async fn step(cx: &Cx, job: &JobRecord, top: Option<u32>, budget: &Budget) -> Result<()> {
    let first = Some(job.priority) == top;
    match job.status() {
        JobStatus::New => enter(cx, job, JobStatus::Preparing).await,
        JobStatus::Preparing => prepare::step(cx, job, budget).await,
        JobStatus::Ready | JobStatus::Paused if first => enter(cx, job, JobStatus::Active).await,
        JobStatus::Active if !first => enter(cx, job, JobStatus::Pausing).await,
        JobStatus::Active => tasks::step(cx, job, budget).await,
        JobStatus::Pausing => enter(cx, job, JobStatus::Paused).await,
        JobStatus::Completing => report::step(cx, job, JobStatus::Complete).await,
        JobStatus::Failing => report::step(cx, job, JobStatus::Failed).await,
        JobStatus::Cancelling => report::step(cx, job, JobStatus::Cancelled).await,
        _ => Ok(()),
    }
}

/// Moves on, if the job is still as it was.
async fn enter(cx: &Cx, job: &JobRecord, status: JobStatus) -> Result<()> {
    records::change(cx, &job.id, Some(job.status()), async |_, job| {
        end::rest(cx, job);
        if status == JobStatus::Active {
            job.active_since = cx.now();
        }
        job.set_status(status.clone());
        Ok(())
    })
    .await
    .map(drop)
}
