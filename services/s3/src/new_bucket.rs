//! How a bucket is configured from its beginning: owned by one, and closed to the public.

use crate::{
    acl::{self, Asked},
    faults,
    ownership::{self, Ownership},
    public_access,
};
use kernel::{Cx, Result};
use s3_api::ObjectOwnership;

/// The configurations of a new bucket: their names, and as they are stored.
pub fn of(cx: &Cx, asked: Option<&ObjectOwnership>, list: &Asked<'_>) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let (owned, controls) = ownership::of_new(asked)?;
    let mut configured = vec![("ownership", controls), ("public-access-block", public_access::of_new())];
    if !list.is_none() {
        let grants = list.grants(cx.account(), cx.account())?;
        let stored = acl::stored(&grants, cx.account());
        if owned == Ownership::BucketOwnerEnforced && !stored.is_empty() {
            return Err(faults::acl_with_ownership());
        }
        if acl::is_public(&grants) {
            return Err(faults::acl_with_block());
        }
        if !stored.is_empty() {
            configured.push(("acl", stored.into_bytes()));
        }
    }
    Ok(configured)
}
