//! Replicating an object that is there already. This is where jobs and replication meet.

use super::records::TaskRecord;
use crate::replication::run::now;
use kernel::{Cx, Result};
use wire::ErrorKind;

/// Replicates a version under the source bucket's rules; the job's role asks for it. It fails where one destination does.
pub async fn replicate(role: &Cx, task: &TaskRecord) -> Result<()> {
    for answer in now(role, &task.bucket, &task.key, task.version.as_deref()).await? {
        if let Err(reason) = answer.done {
            let message = match answer.to.as_str() {
                "" => "The object was not replicated.".to_owned(),
                to => format!("The object was not replicated to {to}."),
            };
            return Err(failed(reason).fault(message));
        }
    }
    Ok(())
}

/// S3's reasons are what reports have as codes (user guide, "Amazon S3 replication failure reasons"). The statuses are
/// guesses by what they say.
fn failed(reason: &'static str) -> ErrorKind {
    let status = match reason {
        _ if reason.ends_with("NotPermitted") => 403,
        _ if reason.ends_with("NotFound") => 404,
        _ => 400,
    };
    ErrorKind { name: reason, code: reason, status, sender: true, message: "message" }
}
