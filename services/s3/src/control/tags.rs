//! The tags of what S3 Control can tag: buckets and access points. Jobs have operations of their own.

use super::access_point_policies::change;
use crate::{
    access_point::{AccessPoint, Reference},
    attributes::check_tags,
    bucket::Bucket,
    faults,
};
use kernel::{AccountId, Arn, Cx, Result};
use s3control_api::*;
use wire::Fault;

/// Of any resource (API reference, TagResource).
const MAX_TAGS: usize = 50;

type Pairs = Vec<(String, String)>;

/// What an ARN of these operations names.
pub enum Tagged {
    Bucket(Bucket),
    AccessPoint(AccessPoint),
}

impl Tagged {
    /// `account`: the one that the request names.
    pub async fn find(cx: &Cx, arn: &str, account: AccountId) -> Result<Tagged> {
        let invalid =
            |what: &str| Err(faults::invalid_request(format!("The {what} in the resource ARN is not valid.")));
        let Some(parts) = Arn::parse(arn).filter(|parts| parts.service == "s3") else { return invalid("service") };
        if parts.partition != cx.region().partition() {
            return invalid("AWS partition");
        }
        if parts.region.is_empty() && parts.account.is_empty() {
            let found = Bucket::lookup(cx, &parts.resource).await?;
            return found.map(Tagged::Bucket).ok_or_else(faults::no_such_resource);
        }
        if parts.region != cx.region().as_str() {
            return Err(faults::invalid_request(
                "The AWS Region in the resource ARN doesn't match the Region that's specified in this request.",
            ));
        }
        if parts.account_id() != Some(account) {
            return Err(faults::invalid_request(
                "The AWS account in the resource ARN doesn't match the account ID that's specified in this request.",
            ));
        }
        match Reference::parse(arn) {
            Some(reference @ Reference::Named { .. }) => match AccessPoint::find(cx, &reference).await {
                Ok(point) => Ok(Tagged::AccessPoint(point)),
                Err(fault) if fault.kind().status == 404 => Err(faults::no_such_resource()),
                Err(fault) => Err(fault),
            },
            // Of Storage Lens and S3 Access Grants, which are not part of this cloud.
            _ => Err(faults::no_such_resource()),
        }
    }

    pub fn account(&self) -> AccountId {
        match self {
            Tagged::Bucket(bucket) => bucket.account,
            Tagged::AccessPoint(point) => point.account,
        }
    }

    fn tags(&self) -> &[(String, String)] {
        match self {
            Tagged::Bucket(bucket) => &bucket.record.tags,
            Tagged::AccessPoint(point) => &point.record.tags,
        }
    }

    async fn change(&self, cx: &Cx, change_tags: impl Fn(&mut Pairs) -> Result<()>) -> Result<()> {
        match self {
            Tagged::Bucket(bucket) => {
                cx.write(async |tx| {
                    let mut record = bucket.change(tx).await?;
                    change_tags(&mut record.tags)?;
                    bucket.put(tx, record);
                    Ok(())
                })
                .await
            }
            Tagged::AccessPoint(point) => change(cx, &point.name, |record| change_tags(&mut record.tags)).await,
        }
    }
}

pub fn pairs(tags: Vec<Tag>) -> Pairs {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// Refuses tags that nothing may have.
pub fn check(tags: &[(String, String)]) -> Result<()> {
    match tags.len() > MAX_TAGS {
        true => Err(faults::too_many_tags()),
        false => check_tags(tags, MAX_TAGS),
    }
}

/// What the call's authorisation found.
async fn of_call(cx: &Cx, arn: &str, account: &str) -> Result<Tagged> {
    match cx.kept::<Tagged>() {
        Some(tagged) => Ok(tagged),
        None => Tagged::find(cx, arn, AccountId::parse(account).ok_or_else(denied)?).await,
    }
}

fn denied() -> Fault {
    faults::access_denied()
}

pub async fn tag_resource(cx: Cx, input: TagResourceInput) -> Result<TagResourceOutput> {
    let tagged = of_call(&cx, &input.resource_arn, &input.account_id).await?;
    let new = pairs(input.tags);
    check(&new)?;
    tagged
        .change(&cx, |tags| {
            for (key, value) in &new {
                match tags.iter_mut().find(|(known, _)| known == key) {
                    Some((_, known)) => known.clone_from(value),
                    None => tags.push((key.clone(), value.clone())),
                }
            }
            check(tags)
        })
        .await?;
    Ok(TagResourceOutput {})
}

pub async fn untag_resource(cx: Cx, input: UntagResourceInput) -> Result<UntagResourceOutput> {
    let tagged = of_call(&cx, &input.resource_arn, &input.account_id).await?;
    tagged
        .change(&cx, |tags| {
            tags.retain(|(key, _)| !input.tag_keys.contains(key));
            Ok(())
        })
        .await?;
    Ok(UntagResourceOutput {})
}

pub async fn list_tags_for_resource(cx: Cx, input: ListTagsForResourceInput) -> Result<ListTagsForResourceOutput> {
    let tagged = of_call(&cx, &input.resource_arn, &input.account_id).await?;
    let tags = tagged.tags().iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
    Ok(ListTagsForResourceOutput { tags: Some(tags.collect()) })
}
