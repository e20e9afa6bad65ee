//! What a call about jobs acts on, and its condition keys (Service authorization reference, "Actions, resources, and condition
//! keys for Amazon S3").

use super::records::{self, JobKeys, JobRecord};
use crate::condition_keys;
use kernel::{AccountId, Cx, Result, authorise::Target, store::Rows};
use lang::policy::ContextKeys;
use wire::{Operation, Shape, View};

/// What of the input decides.
pub struct Asked {
    operation: &'static Operation,
    job: Option<String>,
    priority: Option<i64>,
    /// The operation of a new job.
    work: Option<String>,
}

/// `None`: it is no call about jobs.
pub fn asked(operation: &'static Operation, input: &dyn Shape) -> Option<Asked> {
    if !operation.name.contains("Job") {
        return None;
    }
    let member = |name: &str| input.schema().index(name).map(|index| input.get(index));
    let job = match member("JobId") {
        Some(View::Str(id)) => Some(id.to_owned()),
        _ => None,
    };
    let priority = match member("Priority") {
        Some(View::Int(priority)) => Some(priority),
        _ => None,
    };
    let work = match member("Operation") {
        Some(View::Shape(work)) => {
            let given = |index: &usize| !matches!(work.get(*index), View::Unset);
            let index = (0..work.schema().members.len()).find(given);
            index.map(|index| work.schema().members[index].name.to_owned())
        }
        _ => None,
    };
    Some(Asked { operation, job, priority, work })
}

pub async fn target(cx: &Cx, account: AccountId, asked: Asked) -> Result<Target> {
    let mut keys = ContextKeys::default();
    condition_keys::add_signature(&mut keys, cx, account);
    if let Some(priority) = asked.priority {
        keys.set("s3:RequestJobPriority", priority.to_string());
    }
    if let Some(work) = asked.work {
        keys.set("s3:RequestJobOperation", work);
    }
    let Some(id) = asked.job else {
        return Ok(Target { keys, ..Target::of(account, vec!["*".into()]) });
    };
    // Of one that is not there, who may ask is told so.
    let job: JobRecord = cx.read().record(&JobKeys::of(cx).job(&id)).await?.unwrap_or_default();
    if !job.id.is_empty() {
        keys.set("s3:ExistingJobPriority", job.priority.to_string());
        keys.set("s3:ExistingJobOperation", job.operation.as_str());
        if asked.operation.name == "UpdateJobStatus" && job.suspended.0 != 0 {
            keys.set("s3:JobSuspendedCause", super::describe::SUSPENDED_CAUSE);
        }
    }
    let resource = records::arn(cx, &id).into();
    Ok(Target { keys, tags: job.tags, ..Target::of(account, vec![resource]) })
}
