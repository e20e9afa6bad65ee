//! Changes that users make to a job: its priority, its confirmation, its end.

use super::{end, records, schedule};
use kernel::{Cx, Result};
use s3control_api::*;

pub async fn update_job_priority(cx: Cx, input: UpdateJobPriorityInput) -> Result<UpdateJobPriorityOutput> {
    cx.write(async |tx| {
        let mut job = records::find_in(&cx, tx, &input.job_id).await?;
        if end::is_terminal(&job.status()) {
            return Err(fault::bad_request_exception(format!(
                "The priority of a job in the status {} cannot be changed.",
                job.status
            )));
        }
        job.priority = u32::try_from(input.priority).unwrap_or_default();
        records::put(&cx, tx, &job);
        Ok(())
    })
    .await?;
    Ok(UpdateJobPriorityOutput { job_id: input.job_id, priority: input.priority })
}

pub async fn update_job_status(cx: Cx, input: UpdateJobStatusInput) -> Result<UpdateJobStatusOutput> {
    let reason = input.status_update_reason.clone().unwrap_or_default();
    let status = cx
        .write(async |tx| {
            let mut job = records::find_in(&cx, tx, &input.job_id).await?;
            match (&input.requested_job_status, job.status()) {
                (RequestedJobStatus::Ready, JobStatus::Suspended) => job.set_status(JobStatus::Ready),
                // Nothing is under way that would have to be brought to an end.
                (RequestedJobStatus::Cancelled, JobStatus::Suspended) => {
                    end::finish(&cx, tx, &mut job, JobStatus::Cancelled);
                }
                (
                    RequestedJobStatus::Cancelled,
                    JobStatus::New
                    | JobStatus::Preparing
                    | JobStatus::Ready
                    | JobStatus::Active
                    | JobStatus::Pausing
                    | JobStatus::Paused,
                ) => end::begin(&cx, &mut job, JobStatus::Cancelling),
                (requested, status) => {
                    return Err(fault::job_status_exception(format!(
                        "A job in the status {} cannot be moved to {}.",
                        status.as_str(),
                        requested.as_str()
                    )));
                }
            }
            job.update_reason.clone_from(&reason);
            records::put(&cx, tx, &job);
            schedule::expect(&cx, tx, "");
            Ok(job.status())
        })
        .await?;
    Ok(UpdateJobStatusOutput {
        job_id: Some(input.job_id),
        status: Some(status),
        status_update_reason: input.status_update_reason,
    })
}
