//! Acting as the role of a replication configuration: a session that S3 begins as everybody does, by STS.

use crate::{bucket::Bucket, logging::as_service, role};
use identity::generation;
use kernel::{Caller, Cx, Result};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
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
pub async fn assume(cx: &Cx, bucket: &Bucket, arn: &str) -> Result<Caller> {
    let sessions = cx.cloud().cache::<Sessions>();
    let of = (arn.to_owned(), bucket.record.id);
    let generation = generation(&*cx.cloud().engine().latest()).await?;
    let kept = sessions.0.lock().unwrap_or_else(PoisonError::into_inner).get(&of).cloned();
    let kept = kept.filter(|session| session.generation == generation && cx.now() < session.until);
    let session = match kept {
        Some(session) => session,
        None => {
            let service = as_service(cx, "s3.amazonaws.com", bucket);
            let role::Session { key, expires } = role::begin(&service, arn, "s3-replication").await?;
            let session = Session { generation, key, until: expires };
            let mut sessions = sessions.0.lock().unwrap_or_else(PoisonError::into_inner);
            if sessions.len() >= KEPT {
                sessions.clear();
            }
            sessions.insert(of, session.clone());
            session
        }
    };
    let bearer = role::bearer(cx, &session.key, bucket.region).await?;
    bearer.ok_or_else(|| common::access_denied("The role's session has ended."))
}
