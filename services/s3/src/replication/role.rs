//! Acting as the role of a replication configuration: a session that S3 begins as everybody does, by STS.

use crate::{bucket::Bucket, logging::as_service};
use identity::generation;
use kernel::{Caller, Cx, Region, Request, Result};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use sts_api::AssumeRoleInput;
use wire::{Timestamp, common};

/// Sessions kept; beyond that all are begun anew.
const KEPT: usize = 256;

/// Sessions by the role's ARN and the bucket on whose behalf they are.
#[derive(Default)]
struct Sessions(Mutex<HashMap<(String, u64), Session>>);

#[derive(Clone)]
struct Session {
    /// Of identity: whether the role still trusts S3 is asked again once anything changed.
    generation: i64,
    key: String,
    until: Timestamp,
}

/// S3 as the role, for a bucket; a fault where the role does not trust it.
pub async fn assume(cx: &Cx, bucket: &Bucket, role: &str) -> Result<Caller> {
    let sessions = cx.cloud().cache::<Sessions>();
    let of = (role.to_owned(), bucket.record.id);
    let generation = generation(&*cx.cloud().engine().latest()).await?;
    let kept = sessions.0.lock().unwrap_or_else(PoisonError::into_inner).get(&of).cloned();
    let kept = kept.filter(|session| session.generation == generation && cx.now() < session.until);
    let session = match kept {
        Some(session) => session,
        None => {
            let session = Session { generation, ..begin(cx, bucket, role).await? };
            let mut sessions = sessions.0.lock().unwrap_or_else(PoisonError::into_inner);
            if sessions.len() >= KEPT {
                sessions.clear();
            }
            sessions.insert(of, session.clone());
            session
        }
    };
    let bearer = cx.cloud().identity().bearer(cx.cloud(), &session.key, bucket.region).await?;
    let bearer = bearer.ok_or_else(|| common::access_denied("The role's session has ended."))?;
    Ok(bearer.caller.clone())
}

async fn begin(cx: &Cx, bucket: &Bucket, role: &str) -> Result<Session> {
    let input = AssumeRoleInput {
        role_arn: role.to_owned(),
        role_session_name: "s3-replication".to_owned(),
        ..AssumeRoleInput::default()
    };
    let answer = as_service(cx, "s3.amazonaws.com", bucket).call(input).await?;
    let credentials = answer.credentials.unwrap_or_default();
    Ok(Session { generation: 0, key: credentials.access_key_id, until: credentials.expiration })
}

/// The role's own calls in a region. S3 does not send them in the clear, so a bucket that wants TLS takes them.
pub fn acting(cx: &Cx, caller: &Caller, region: Region) -> Cx {
    let request = Request { secure: true, signed: None, head: None, body: None, ..cx.request().clone() };
    Cx::new(cx.cloud(), cx.model(), caller.account, region, caller.clone(), request)
}
