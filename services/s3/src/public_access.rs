//! The public access block of a bucket, and that of its owner's account over it.

use crate::{
    bucket::Bucket,
    configuration::{self, decode, encode},
    faults,
};
use kernel::{
    AccountId, Cx, Result,
    store::{Key, StoreError},
};
use s3_api::*;
use wire::Shape;

/// What is blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Blocks {
    pub public_acls: bool,
    pub acls_ignored: bool,
    pub public_policy: bool,
    pub restricted: bool,
}

impl Blocks {
    pub const ALL: Blocks = Blocks { public_acls: true, acls_ignored: true, public_policy: true, restricted: true };

    fn of(given: &PublicAccessBlockConfiguration) -> Blocks {
        Blocks {
            public_acls: given.block_public_acls == Some(true),
            acls_ignored: given.ignore_public_acls == Some(true),
            public_policy: given.block_public_policy == Some(true),
            restricted: given.restrict_public_buckets == Some(true),
        }
    }

    pub fn and(self, other: Blocks) -> Blocks {
        Blocks {
            public_acls: self.public_acls || other.public_acls,
            acls_ignored: self.acls_ignored || other.acls_ignored,
            public_policy: self.public_policy || other.public_policy,
            restricted: self.restricted || other.restricted,
        }
    }
}

/// What is blocked of a bucket, by itself, by its account or by what it is reached through: "the most restrictive combination"
/// (user guide, "Blocking public access to your Amazon S3 storage").
pub async fn of(cx: &Cx, bucket: &Bucket) -> Result<Blocks> {
    let own: Option<PublicAccessBlockConfiguration> = bucket.configuration.get("public-access-block")?;
    let own = own.as_ref().map(Blocks::of).unwrap_or_default();
    let point = bucket.point.as_ref();
    let own = own.and(point.map(|point| point.blocks()).unwrap_or_default());
    if own == Blocks::ALL {
        return Ok(own);
    }
    let blocks = own.and(by_account(cx, bucket.account).await?);
    match point.filter(|point| point.account != bucket.account) {
        Some(point) => Ok(blocks.and(by_account(cx, point.account).await?)),
        None => Ok(blocks),
    }
}

/// What an account blocks of all that is its own.
pub async fn by_account(cx: &Cx, account: AccountId) -> Result<Blocks> {
    let block: Option<PublicAccessBlockConfiguration> = stored(cx, account).await?;
    Ok(block.as_ref().map(Blocks::of).unwrap_or_default())
}

/// Where an account's block is.
pub fn of_account(account: AccountId) -> Key {
    Key::new().number(account.0).text("").text("s3").text("public-access-block")
}

/// An account's own block, as the shape of either API.
pub async fn stored<S: Shape + Default>(cx: &Cx, account: AccountId) -> Result<Option<S>> {
    let Some(row) = cx.read().get(&of_account(account)).await? else { return Ok(None) };
    Ok(Some(decode(str::from_utf8(&row.value).map_err(|_| StoreError::Damaged)?)?))
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
