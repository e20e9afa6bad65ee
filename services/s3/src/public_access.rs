//! The public access block of a bucket.

use crate::{
    bucket::Bucket,
    configuration::{self, encode},
    faults,
};
use kernel::{Cx, Result};
use s3_api::*;

/// What is blocked; nothing where the bucket has no block.
pub fn of(bucket: &Bucket) -> Result<PublicAccessBlockConfiguration> {
    Ok(bucket.configuration.get("public-access-block")?.unwrap_or_default())
}

/// The block of a new bucket, as it is stored: everything, since April 2023.
pub fn of_new() -> Vec<u8> {
    encode(&PublicAccessBlockConfiguration {
        block_public_acls: Some(true),
        ignore_public_acls: Some(true),
        block_public_policy: Some(true),
        restrict_public_buckets: Some(true),
    })
}

pub async fn put_public_access_block(cx: Cx, input: PutPublicAccessBlockInput) -> Result<PutPublicAccessBlockOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let given = input.public_access_block_configuration;
    // What is left out is off.
    let on = |setting: Option<bool>| Some(setting == Some(true));
    let value = encode(&PublicAccessBlockConfiguration {
        block_public_acls: on(given.block_public_acls),
        ignore_public_acls: on(given.ignore_public_acls),
        block_public_policy: on(given.block_public_policy),
        restrict_public_buckets: on(given.restrict_public_buckets),
    });
    cx.write(async |tx| configuration::set(tx, &bucket, "public-access-block", "", Some(value.clone())).await).await?;
    Ok(PutPublicAccessBlockOutput {})
}

pub async fn get_public_access_block(cx: Cx, input: GetPublicAccessBlockInput) -> Result<GetPublicAccessBlockOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    match bucket.configuration.get("public-access-block")? {
        Some(block) => Ok(GetPublicAccessBlockOutput { public_access_block_configuration: Some(block) }),
        None => Err(faults::with_bucket_name(faults::no_public_access_block(), &bucket.name)),
    }
}

pub async fn delete_public_access_block(
    cx: Cx,
    input: DeletePublicAccessBlockInput,
) -> Result<DeletePublicAccessBlockOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    cx.write(async |tx| configuration::set(tx, &bucket, "public-access-block", "", None).await).await?;
    Ok(DeletePublicAccessBlockOutput {})
}
