//! Working as a job's role.

use super::{
    SERVICE,
    end::Failure,
    records::{self, JobRecord},
};
use crate::role;
use kernel::{Caller, CallerKind, Cx, Result};

/// A session is renewed before it ends, in microseconds: a slice of work begins and ends under one.
const SPARE: i64 = 300_000_000;

/// The context of work as the job's role; why there is none, if it is the job's own fault.
pub async fn as_role(cx: &Cx, job: &JobRecord) -> Result<std::result::Result<Cx, Failure>> {
    if !job.session.is_empty()
        && job.session_expires.0 > cx.now().0 + SPARE
        && let Some(caller) = role::bearer(cx, &job.session, cx.region()).await?
    {
        return Ok(Ok(role::acting(cx, &caller, cx.region())));
    }
    let account = cx.account();
    let kind = CallerKind::Service { principal: SERVICE, source_arn: job.arn(cx), source_account: account };
    let service = cx.acting(Caller::new(kind, account, ""), cx.region(), None);
    let session = format!("s3-batch-operations_{}", job.id);
    let session = match role::begin(&service, &job.role, &session).await {
        Ok(session) => session,
        Err(fault) if fault.kind().status < 500 => {
            let reason = format!("The role could not be assumed: {}", fault.message());
            return Ok(Err(Failure::new(fault.kind().code, reason)));
        }
        Err(fault) => return Err(fault),
    };
    records::change(cx, &job.id, None, async |_, job| {
        job.session.clone_from(&session.key);
        job.session_expires = session.expires;
        Ok(())
    })
    .await?;
    let gone = || Failure::new("AccessDenied", "The role is not there any more.");
    let caller = role::bearer(cx, &session.key, cx.region()).await?;
    Ok(caller.map(|caller| role::acting(cx, &caller, cx.region())).ok_or_else(gone))
}
