//! Reading and setting the access control lists of buckets and objects.

use crate::{
    acl::{self, Asked, asked},
    bucket::{Bucket, with_bucket},
    configuration, events, faults, get, owner,
    ownership::{self, Ownership},
    replication::pending,
    versions::{self, Named},
};
use kernel::{AccountId, Cx, Result, record::Record};
use s3_api::*;

pub async fn get_bucket_acl(cx: Cx, input: GetBucketAclInput) -> Result<GetBucketAclOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    Ok(GetBucketAclOutput {
        owner: Some(owner::of(bucket.account)),
        grants: Some(shown(&bucket, acl::of_bucket(&bucket)?)?),
    })
}

pub async fn put_bucket_acl(cx: Cx, input: PutBucketAclInput) -> Result<PutBucketAclOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let asked = asked!(input, input.grant_write.as_ref());
    let grants = given(&cx, &bucket, &asked, input.access_control_policy.as_ref(), bucket.account).await?;
    let stored = acl::stored(&grants, bucket.account);
    let value = Some(stored.into_bytes()).filter(|value| !value.is_empty());
    cx.write(async |tx| configuration::set(tx, &bucket, "acl", "", value.clone()).await).await?;
    Ok(PutBucketAclOutput {})
}

pub async fn get_object_acl(cx: Cx, input: GetObjectAclInput) -> Result<GetObjectAclOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let record = get::version(&cx, &bucket, &input.key, input.version_id.as_deref()).await?;
    versions::tell(&cx, &bucket, &record);
    let owner = owner_of(&bucket, record.owner)?;
    Ok(GetObjectAclOutput {
        owner: Some(owner::of(owner)),
        grants: Some(shown(&bucket, acl::read(&record.acl, owner)?)?),
        request_charged: None,
    })
}

pub async fn put_object_acl(cx: Cx, input: PutObjectAclInput) -> Result<PutObjectAclOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let version = input.version_id.as_deref();
    let named = version.map(Named::parse).transpose()?;
    let before = get::version(&cx, &bucket, &input.key, version).await?;
    let asked = asked!(input, input.grant_write.as_ref());
    let owner = owner_of(&bucket, before.owner)?;
    let grants = given(&cx, &bucket, &asked, input.access_control_policy.as_ref(), owner).await?;
    let stored = acl::stored(&grants, owner);
    with_bucket(&cx, &bucket, async |tx, bucket| {
        let found = versions::change(tx, bucket, &input.key, named.as_ref()).await?;
        let Some((row, mut record)) = found.filter(|(_, record)| !record.delete_marker) else {
            return Err(faults::no_such_key(&input.key));
        };
        let before = record.clone();
        record.acl.clone_from(&stored);
        let changed = record.acl != before.acl;
        if changed {
            pending::changed(&cx, tx, bucket, &input.key, &before, &mut record)?;
        }
        tx.put(row, record.encode());
        // "You do not receive event notifications … when a request results in no change to an object's ACL."
        if changed {
            events::note(&cx, tx, bucket, &Event::S3ObjectAclPut, &input.key, &record)?;
        }
        Ok(())
    })
    .await?;
    versions::tell(&cx, &bucket, &before);
    Ok(PutObjectAclOutput::default())
}

/// Without access control lists, everything is the bucket's owner's.
pub fn owner_of(bucket: &Bucket, owner: u64) -> Result<AccountId> {
    Ok(match ownership::of(bucket)? {
        Ownership::BucketOwnerEnforced => bucket.account,
        _ => AccountId(owner),
    })
}

/// Without them, too, the list shows what holds: the bucket's owner's full control.
fn shown(bucket: &Bucket, grants: Vec<Grant>) -> Result<Vec<Grant>> {
    match ownership::of(bucket)? {
        Ownership::BucketOwnerEnforced => acl::read("", bucket.account),
        _ => Ok(grants),
    }
}

/// The grants that a request sets: canned, in headers, or in a document.
async fn given(
    cx: &Cx,
    bucket: &Bucket,
    asked: &Asked<'_>,
    document: Option<&AccessControlPolicy>,
    owner: AccountId,
) -> Result<Vec<Grant>> {
    if ownership::of(bucket)? == Ownership::BucketOwnerEnforced {
        return Err(acl::not_supported());
    }
    let document = document.filter(|document| document.grants.is_some() || document.owner.is_some());
    let grants = match document {
        Some(_) if !asked.is_none() => {
            return Err(faults::UNEXPECTED_CONTENT.fault("This request does not support content"));
        }
        None if asked.is_none() => return Err(faults::missing_security_header()),
        None => asked.grants(owner, bucket.account)?,
        Some(AccessControlPolicy { grants: Some(grants), owner: Some(stated) }) => {
            // Nobody can give away what is owned.
            if stated.id.as_deref() != Some(&owner::canonical_id(owner)) {
                return Err(faults::access_denied());
            }
            acl::check(grants)?;
            grants.iter().cloned().map(without_name).collect()
        }
        Some(_) => return Err(faults::malformed_acl()),
    };
    acl::refuse_public(cx, bucket, &grants).await?;
    Ok(grants)
}

/// Clients send back the names that they were shown, which mean nothing.
fn without_name(mut grant: Grant) -> Grant {
    if let Some(grantee) = &mut grant.grantee {
        grantee.display_name = None;
    }
    grant
}
