//! The public access block of an account, which is over those of its buckets.

use crate::{configuration::encode, public_access};
use kernel::{Cx, Result};
use s3control_api::*;

pub async fn put_public_access_block(cx: Cx, input: PutPublicAccessBlockInput) -> Result<PutPublicAccessBlockOutput> {
    let given = input.public_access_block_configuration;
    // What is left out is off.
    let on = |setting: Option<bool>| Some(setting == Some(true));
    let value = encode(&PublicAccessBlockConfiguration {
        block_public_acls: on(given.block_public_acls),
        ignore_public_acls: on(given.ignore_public_acls),
        block_public_policy: on(given.block_public_policy),
        restrict_public_buckets: on(given.restrict_public_buckets),
    });
    let key = public_access::of_account(cx.account());
    cx.write(async |tx| {
        tx.put(key.clone(), value.clone());
        Ok(())
    })
    .await?;
    Ok(PutPublicAccessBlockOutput {})
}

pub async fn get_public_access_block(cx: Cx, _: GetPublicAccessBlockInput) -> Result<GetPublicAccessBlockOutput> {
    match public_access::stored(&cx, cx.account()).await? {
        Some(block) => Ok(GetPublicAccessBlockOutput { public_access_block_configuration: Some(block) }),
        None => {
            Err(fault::no_such_public_access_block_configuration("The public access block configuration was not found"))
        }
    }
}

pub async fn delete_public_access_block(
    cx: Cx,
    _: DeletePublicAccessBlockInput,
) -> Result<DeletePublicAccessBlockOutput> {
    let key = public_access::of_account(cx.account());
    cx.write(async |tx| {
        tx.delete(key.clone());
        Ok(())
    })
    .await?;
    Ok(DeletePublicAccessBlockOutput {})
}
