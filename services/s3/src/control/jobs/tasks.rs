//! A job at work: a slice of its tasks, one after the other, and the commit that says what came of them.

use super::{
    acting::as_role,
    end::{self, Failure},
    operation,
    records::{self, JobKeys, JobRecord, TaskRecord, outcome},
    schedule::Budget,
};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Range, Scan},
};
use s3control_api::*;

/// Tasks a slice.
const SLICE: usize = 250;
/// Of a result's message, in bytes.
const MAX_MESSAGE: usize = 1_024;
/// "If more than 50 percent of … at least 1,000 tasks" fail, the job does (S3 user guide, "Tracking job failures").
const JUDGED_FROM: u64 = 1_000;

pub async fn step(cx: &Cx, job: &JobRecord, budget: &Budget) -> Result<()> {
    let asked = records::request(cx, &job.id).await?;
    let role = match as_role(cx, job).await? {
        Ok(role) => role,
        Err(failure) => {
            return records::change(cx, &job.id, Some(JobStatus::Active), async |_, job| {
                end::fail(cx, job, &failure);
                Ok(())
            })
            .await
            .map(drop);
        }
    };
    let keys = JobKeys::of(cx);
    let first = job.succeeded + job.failed + 1;
    let range = Range { from: keys.task(&job.id, first), to: keys.task(&job.id, job.total).successor() };
    let page = cx.read().scan(&range, &Scan { limit: SLICE, ..Scan::default() }).await?;
    if !operation::bears_repeating(&asked.operation) {
        let last = first - 1 + page.rows.len() as u64;
        let begins = records::change(cx, &job.id, Some(JobStatus::Active), async |_, job| {
            job.begun = last;
            Ok(())
        });
        if begins.await?.is_none() {
            return Ok(());
        }
    }
    let mut done: Vec<TaskRecord> = Vec::new();
    for row in &page.rows {
        if !done.is_empty() && budget.is_spent() {
            break;
        }
        let mut task = TaskRecord::read(&row.value)?;
        let again = first + done.len() as u64 <= job.begun;
        let result = operation::run(&role, &asked.operation, &task, again).await;
        task.outcome = if result.succeeded { outcome::SUCCEEDED } else { outcome::FAILED };
        task.status = result.status.into();
        task.code = result.code;
        task.message = result.message.chars().take(MAX_MESSAGE).collect();
        done.push(task);
    }
    commit(cx, job, &asked.report, first, &done).await
}

/// Whatever became of the job meanwhile: what was done is counted.
async fn commit(cx: &Cx, job: &JobRecord, report: &JobReport, first: u64, done: &[TaskRecord]) -> Result<()> {
    let keys = JobKeys::of(cx);
    let failed_only = report.report_scope == Some(JobReportScope::FailedTasksOnly);
    records::change(cx, &job.id, None, async |tx, job| {
        if end::is_terminal(&job.status()) || job.succeeded + job.failed + 1 != first {
            return Ok(());
        }
        for (number, task) in (first..).zip(done) {
            let succeeded = task.outcome == outcome::SUCCEEDED;
            if succeeded {
                job.succeeded += 1;
            } else {
                job.failed += 1;
            }
            match report.enabled && !(failed_only && succeeded) {
                true => tx.put(keys.task(&job.id, number), task.encode()),
                false => tx.delete(keys.task(&job.id, number)),
            }
        }
        if job.status() != JobStatus::Active {
            return Ok(());
        }
        let tried = job.succeeded + job.failed;
        if tried >= JUDGED_FROM && job.failed * 2 > tried {
            // The code and the sentence are guesses.
            let reason = "More than 50 percent of the tasks failed.";
            end::fail(cx, job, &Failure::new("TaskFailureRateExceeded", reason));
        } else if tried >= job.total {
            end::begin(cx, job, JobStatus::Completing);
        }
        Ok(())
    })
    .await
    .map(drop)
}
