//! Configurations of which a bucket has several, each with an id: keeping, listing and deleting them is the same of all.

use crate::{
    bucket::Bucket,
    configuration::{self, encode},
    faults,
};
use kernel::{Cx, Result, store::Txn};
use s3_api::Tag;
use wire::{Fault, Shape};

/// Of each kind (API reference, PutBucketInventoryConfiguration and its likes).
const MAX: usize = 1_000;
/// How many a list answers at once.
const PAGE: usize = 100;
/// Guess: the documentation bounds the ids of inventories only.
const MAX_ID: usize = 64;

/// Keeps a configuration. `inner` is the id that the document says; `beside` goes into the same commit.
pub async fn put(
    cx: &Cx,
    bucket: &Bucket,
    kind: &str,
    (id, inner): (&str, &str),
    shape: &dyn Shape,
    beside: impl Fn(&mut Txn),
) -> Result<()> {
    let letters = |id: &str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if id.is_empty() || id.len() > MAX_ID || !letters(id) {
        return Err(faults::INVALID_CONFIGURATION_ID.fault("The specified configuration id is invalid."));
    }
    if id != inner {
        return Err(faults::ID_MISMATCH.fault("Document ID does not match the specified configuration ID."));
    }
    let known = bucket.configuration.ids(kind);
    if known.len() >= MAX && known.iter().all(|known| *known != id) {
        return Err(faults::TOO_MANY_CONFIGURATIONS.fault(
            "You are attempting to create a new configuration but have already reached the 1,000-configuration limit.",
        ));
    }
    cx.write(async |tx| {
        configuration::set(tx, bucket, kind, id, Some(encode(shape))).await?;
        beside(tx);
        Ok(())
    })
    .await
}

pub fn get<S: Shape + Default>(bucket: &Bucket, kind: &str, id: &str) -> Result<S> {
    bucket.configuration.one(kind, id)?.ok_or_else(missing)
}

pub async fn delete(cx: &Cx, bucket: &Bucket, kind: &str, id: &str) -> Result<()> {
    if bucket.configuration.ids(kind).iter().all(|known| *known != id) {
        return Err(missing());
    }
    cx.write(async |tx| configuration::set(tx, bucket, kind, id, None).await).await
}

/// A page of configurations, and the token of the next.
pub struct Page<S> {
    pub found: Option<Vec<S>>,
    pub next: Option<String>,
}

pub fn list<S: Shape + Default>(bucket: &Bucket, kind: &str, token: Option<&str>) -> Result<Page<S>> {
    let mut all = bucket.configuration.all::<S>(kind)?;
    if let Some(token) = token {
        let after =
            data_encoding::BASE64URL_NOPAD.decode(token.as_bytes()).ok().and_then(|id| String::from_utf8(id).ok());
        let after = after.ok_or_else(|| {
            faults::invalid_argument("continuation-token", token, "The continuation token provided is incorrect")
        })?;
        all.retain(|(id, _)| *id > after);
    }
    let more = all.len() > PAGE;
    all.truncate(PAGE);
    let last = all.last().filter(|_| more).map(|(id, _)| data_encoding::BASE64URL_NOPAD.encode(id.as_bytes()));
    let found: Vec<S> = all.into_iter().map(|(_, shape)| shape).collect();
    Ok(Page { found: (!found.is_empty()).then_some(found), next: last })
}

fn missing() -> Fault {
    faults::NO_SUCH_CONFIGURATION.fault("The specified configuration does not exist.")
}

/// Refuses a filter that says several things at its top, and tags that are none.
pub fn check_filter(conditions: &[bool], tags: &[Tag]) -> Result<()> {
    if conditions.iter().filter(|given| **given).count() > 1 {
        return Err(faults::malformed_xml());
    }
    let tags: Vec<_> = tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
    crate::attributes::check_tags(&tags, crate::attributes::MAX_TAGS)
}
