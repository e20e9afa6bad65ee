//! What a call acts on, for authorisation: the bucket or the object that it names, and the bucket's policy.

use crate::{bucket::Bucket, delete::Deletion, faults};
use kernel::{
    AccountId, Cx, Local, Result,
    authorise::{Ask, Target, require},
};
use lang::policy::ContextKeys;
use std::sync::Arc;
use wire::{Operation, Shape, View};

pub fn target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    let member = |name: &str| match input.schema().index(name).map(|index| input.get(index)) {
        Some(View::Str(text)) => Some(text.to_owned()),
        _ => None,
    };
    let (name, key, version) = (member("Bucket"), member("Key"), member("VersionId"));
    let owner = member("ExpectedBucketOwner");
    Box::pin(async move {
        let Some(name) = name else { return Ok(Target::of(cx.account(), vec!["*".into()])) };
        if operation.name == "CreateBucket" {
            return Ok(Target::of(cx.account(), vec![arn(&cx, &name)]));
        }
        let Some(bucket) = Bucket::lookup(&cx, &name).await? else { return Err(faults::no_such_bucket(&name)) };
        redirect(&cx, &bucket)?;
        if owner.is_some_and(|owner| AccountId::parse(&owner) != Some(bucket.account)) {
            return Err(faults::access_denied());
        }
        crate::accelerate::check(&cx, &bucket)?;
        let resource = key.map_or_else(|| bucket.arn.clone(), |key| bucket.object_arn(&key));
        let target = Target {
            policy: policy(&bucket),
            tags: bucket.record.tags.clone(),
            action: of_version(operation, version.is_some()),
            ..Target::of(bucket.account, vec![resource])
        };
        cx.keep(bucket);
        Ok(target)
    })
}

fn arn(cx: &Cx, bucket: &str) -> Arc<str> {
    format!("arn:{}:s3:::{bucket}", cx.region().partition()).into()
}

/// Who names a version needs another permission.
fn of_version(operation: &Operation, named: bool) -> Option<&'static str> {
    match operation.name {
        "GetObject" | "HeadObject" if named => Some("s3:GetObjectVersion"),
        "DeleteObject" if named => Some("s3:DeleteObjectVersion"),
        "GetObjectAttributes" if named => Some("s3:GetObjectVersionAttributes"),
        _ => None,
    }
}

/// A bucket in another region than the request was signed for is elsewhere. Who does not sign goes to any.
fn redirect(cx: &Cx, bucket: &Bucket) -> Result<()> {
    if cx.request().signed.is_none() || cx.region() == bucket.region {
        return Ok(());
    }
    cx.answer_header(http::HeaderName::from_static("x-amz-bucket-region"), bucket.region.as_str());
    Err(faults::permanent_redirect(&bucket.name, bucket.region.as_str()))
}

fn policy(bucket: &Bucket) -> Option<Arc<str>> {
    bucket.configuration.text("policy").map(Arc::from)
}

/// Whether the caller may delete a key of a batch.
pub async fn may_delete(cx: &Cx, bucket: &Bucket, deletion: &Deletion<'_>) -> Result<()> {
    let action = if deletion.version.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
    may(cx, bucket, action, bucket.object_arn(deletion.key)).await
}

/// Whether the caller may do something beside what the operation is.
pub async fn may(cx: &Cx, bucket: &Bucket, action: &str, resource: Arc<str>) -> Result<()> {
    let ask = Ask {
        action,
        resource,
        account: bucket.account,
        policy: policy(bucket),
        policy_kind: Default::default(),
        beside: None,
        tags: &bucket.record.tags,
        keys: &ContextKeys::default(),
        principal: None,
        input: None,
    };
    require(cx, &ask).await
}
