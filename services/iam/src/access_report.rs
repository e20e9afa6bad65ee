//! Reports of last accesses that were asked for: the jobs, which are done at once.
//!
//! A report is made when it is read, from what was used until then.

use crate::{keys, records::AccessReportRecord};
use iam_api::fault;
use identity::IamKeys;
use kernel::{Cx, Result, record::Record, store::Rows};
use wire::Timestamp;

/// Microseconds for which a job is kept; how long AWS does, no page says.
const KEPT: i64 = 7 * 86_400 * 1_000_000;
/// "IAM reports activity for at least the last 400 days."
const TRACKED: i64 = 400 * 86_400 * 1_000_000;

/// Keeps a new job and forgets old ones; the job's id.
pub async fn begin(cx: &Cx, record: AccessReportRecord) -> Result<String> {
    let id = cx.cloud().ids().uuid();
    let jobs = keys::access_reports(&IamKeys::of(cx.account()));
    let now = cx.now();
    cx.write(async |tx| {
        for (key, job) in tx.records::<AccessReportRecord>(&jobs).await? {
            if job.created.0 + KEPT < now.0 {
                tx.delete(key);
            }
        }
        tx.put(jobs.clone().text(&id), AccessReportRecord { created: now, ..record.clone() }.encode());
        Ok(())
    })
    .await?;
    Ok(id)
}

/// The job of an id, of those about an organization or of the others.
pub async fn job(cx: &Cx, id: &str, of_organization: bool) -> Result<AccessReportRecord> {
    let row = keys::access_reports(&IamKeys::of(cx.account())).text(id);
    let found = cx.read().record::<AccessReportRecord>(&row).await?;
    found
        .filter(|job| job.entity_path.is_empty() != of_organization)
        .ok_or_else(|| fault::no_such_entity_exception(format!("Job {id} cannot be found.")))
}

/// Uses before this are not reported.
pub fn tracked_since(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - TRACKED)
}
