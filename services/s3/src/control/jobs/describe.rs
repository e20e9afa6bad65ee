//! Telling of jobs: DescribeJob, ListJobs.

use super::records::{self, JobKeys, JobRecord};
use kernel::{Cx, Result, paging, record::Record, store::Rows};
use s3control_api::*;
use std::cmp::Reverse;
use wire::Timestamp;

/// A guess.
pub const SUSPENDED_CAUSE: &str = "AWAITING_CONFIRMATION";
/// The model's bound of MaxResults.
const PAGE: i32 = 1_000;

pub async fn describe_job(cx: Cx, input: DescribeJobInput) -> Result<DescribeJobOutput> {
    let job = records::find(&cx, &input.job_id).await?;
    let asked = records::request(&cx, &job.id).await?;
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let at = |at: Timestamp| Some(at).filter(|at| at.0 != 0);
    let failure = (!job.failure_code.is_empty())
        .then(|| JobFailure { failure_code: some(&job.failure_code), failure_reason: some(&job.failure_reason) });
    let generated = (!job.manifest_arn.is_empty()).then(|| S3GeneratedManifestDescriptor {
        format: Some(GeneratedManifestFormat::S3InventoryReportCsv20211130),
        location: Some(JobManifestLocation {
            object_arn: job.manifest_arn.clone(),
            object_version_id: some(&job.manifest_version),
            e_tag: job.manifest_etag.clone(),
        }),
    });
    let descriptor = JobDescriptor {
        job_id: some(&job.id),
        confirmation_required: asked.confirmation_required,
        description: some(&job.description),
        job_arn: Some(job.arn(&cx)),
        status: Some(job.status()),
        manifest: asked.manifest,
        operation: Some(asked.operation),
        priority: Some(job.priority as i32),
        progress_summary: Some(progress(&cx, &job)),
        status_update_reason: some(&job.update_reason),
        failure_reasons: Some(failure.into_iter().collect()),
        report: Some(asked.report),
        creation_time: at(job.created),
        termination_date: at(job.terminated),
        role_arn: some(&job.role),
        suspended_date: at(job.suspended),
        suspended_cause: at(job.suspended).map(|_| SUSPENDED_CAUSE.to_owned()),
        manifest_generator: asked.manifest_generator,
        generated_manifest_descriptor: generated,
    };
    Ok(DescribeJobOutput { job: Some(descriptor) })
}

fn progress(cx: &Cx, job: &JobRecord) -> JobProgressSummary {
    let present = if job.active_since.0 == 0 { 0 } else { cx.now().0 - job.active_since.0 };
    JobProgressSummary {
        total_number_of_tasks: Some(job.total as i64),
        number_of_tasks_succeeded: Some(job.succeeded as i64),
        number_of_tasks_failed: Some(job.failed as i64),
        timers: Some(JobTimers { elapsed_time_in_active_seconds: Some((job.active + present) / 1_000_000) }),
    }
}

/// The newest first.
pub async fn list_jobs(cx: Cx, input: ListJobsInput) -> Result<ListJobsOutput> {
    let after = match &input.next_token {
        None => None,
        Some(token) => {
            Some(named(token).ok_or_else(|| fault::invalid_next_token_exception("The token is not valid."))?)
        }
    };
    let most = match input.max_results {
        None | Some(0) => PAGE,
        Some(most) => most.clamp(1, PAGE),
    };
    let statuses = input.job_statuses.unwrap_or_default();
    let mut jobs = Vec::new();
    for row in cx.read().below(&JobKeys::of(&cx).jobs()).await? {
        let job = JobRecord::read(&row.value)?;
        if statuses.is_empty() || statuses.contains(&job.status()) {
            jobs.push(job);
        }
    }
    jobs.sort_by_cached_key(|job| (Reverse(job.created), job.id.clone()));
    if let Some((created, id)) = after {
        jobs.retain(|job| (Reverse(job.created), &job.id) > (Reverse(created), &id));
    }
    let more = jobs.len() > most as usize;
    jobs.truncate(most as usize);
    let next = jobs.last().filter(|_| more).map(token);
    let listed = jobs.iter().map(|job| JobListDescriptor {
        job_id: Some(job.id.clone()),
        description: Some(job.description.clone()).filter(|text| !text.is_empty()),
        operation: Some(job.operation.as_str().into()),
        priority: Some(job.priority as i32),
        status: Some(job.status()),
        creation_time: Some(job.created),
        termination_date: Some(job.terminated).filter(|at| at.0 != 0),
        progress_summary: Some(progress(&cx, job)),
    });
    Ok(ListJobsOutput { next_token: next, jobs: Some(listed.collect()) })
}

fn token(job: &JobRecord) -> String {
    paging::token(format!("{}/{}", job.created.0, job.id).as_bytes())
}

fn named(token: &str) -> Option<(Timestamp, String)> {
    let text = paging::named_text(token)?;
    let (created, id) = text.split_once('/')?;
    Some((Timestamp(created.parse().ok()?), id.to_owned()))
}
