//! Object ownership: whether what others write is theirs, and with it whether there are access control lists at all.

use crate::{
    acl,
    bucket::Bucket,
    configuration::{self, Configuration, encode},
    faults,
};
use kernel::{Cx, Result};
use s3_api::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The default of new buckets since April 2023: no access control lists.
    BucketOwnerEnforced,
    /// Written with the canned list `bucket-owner-full-control`, objects are the bucket's owner's.
    BucketOwnerPreferred,
    ObjectWriter,
}

pub fn of(bucket: &Bucket) -> Result<Ownership> {
    Ok(bucket.ownership)
}

/// A bucket without controls is as buckets were before there were any.
pub fn read(configuration: &Configuration) -> Result<Ownership> {
    let controls = configuration.get::<OwnershipControls>("ownership")?;
    Ok(controls
        .and_then(|controls| named(controls.rules.first()?.object_ownership.as_str()))
        .unwrap_or(Ownership::ObjectWriter))
}

fn named(name: &str) -> Option<Ownership> {
    Some(match name {
        "BucketOwnerEnforced" => Ownership::BucketOwnerEnforced,
        "BucketOwnerPreferred" => Ownership::BucketOwnerPreferred,
        "ObjectWriter" => Ownership::ObjectWriter,
        _ => return None,
    })
}

/// The controls of a new bucket, as they are stored, and what they say.
pub fn of_new(asked: Option<&ObjectOwnership>) -> Result<(Ownership, Vec<u8>)> {
    let name = asked.map_or("BucketOwnerEnforced", |ownership| ownership.as_str());
    let ownership = named(name).ok_or_else(|| {
        faults::invalid_argument(
            "x-amz-object-ownership",
            name,
            format!("Invalid x-amz-object-ownership header: {name}"),
        )
    })?;
    let rule = OwnershipControlsRule { object_ownership: name.into() };
    Ok((ownership, encode(&OwnershipControls { rules: vec![rule] })))
}

pub async fn put_bucket_ownership_controls(
    cx: Cx,
    input: PutBucketOwnershipControlsInput,
) -> Result<PutBucketOwnershipControlsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let [rule] = input.ownership_controls.rules.as_slice() else { return Err(faults::malformed_xml()) };
    let ownership = named(rule.object_ownership.as_str()).ok_or_else(faults::malformed_xml)?;
    if ownership == Ownership::BucketOwnerEnforced && bucket.configuration.has("acl") {
        let grants = acl::of_bucket(&bucket)?;
        if !acl::stored(&grants, bucket.account).is_empty() {
            return Err(faults::with_bucket_name(faults::acl_with_ownership(), &bucket.name));
        }
    }
    let value = encode(&input.ownership_controls);
    cx.write(async |tx| configuration::set(tx, &bucket, "ownership", "", Some(value.clone())).await).await?;
    Ok(PutBucketOwnershipControlsOutput {})
}

pub async fn get_bucket_ownership_controls(
    cx: Cx,
    input: GetBucketOwnershipControlsInput,
) -> Result<GetBucketOwnershipControlsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let controls = bucket.configuration.get("ownership")?;
    match controls {
        Some(controls) => Ok(GetBucketOwnershipControlsOutput { ownership_controls: Some(controls) }),
        None => Err(faults::with_bucket_name(faults::no_ownership_controls(), &bucket.name)),
    }
}

pub async fn delete_bucket_ownership_controls(
    cx: Cx,
    input: DeleteBucketOwnershipControlsInput,
) -> Result<DeleteBucketOwnershipControlsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    cx.write(async |tx| configuration::set(tx, &bucket, "ownership", "", None).await).await?;
    Ok(DeleteBucketOwnershipControlsOutput {})
}
