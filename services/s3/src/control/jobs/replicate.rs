//! Replicating an object that is there already. This is where the job and replication meet.

use super::{operation::not_built, records::TaskRecord};
use kernel::{Cx, Result};

/// Replicates a version under the source bucket's rules, as the job's role.
pub async fn replicate(_role: &Cx, _task: &TaskRecord) -> Result<()> {
    Err(not_built("S3ReplicateObject"))
}
