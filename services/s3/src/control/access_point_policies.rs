//! The policies of access points.

use crate::{
    access_point::AccessPoint,
    bucket::Bucket,
    faults,
    policy::{self, Given, Over},
    public, public_access,
    records::{AccessPointRecord, points},
};
use kernel::{Cx, Result, record::Record};
use s3control_api::*;

pub async fn put_access_point_policy(cx: Cx, input: PutAccessPointPolicyInput) -> Result<PutAccessPointPolicyOutput> {
    let point = find(&cx, &input.name).await?;
    let given = Given::read(&cx, &input.policy, &Over::AccessPoint(&point.arn)).await?;
    let public = !point.is_of_vpc() && public::point_allows_public(&given.policy);
    if public && are_public_policies_blocked(&cx, &point).await? {
        return Err(policy::prevented(&cx, "s3:PutAccessPointPolicy", &point.arn));
    }
    change(&cx, &input.name, |record| {
        record.policy.clone_from(&input.policy);
        record.policy_in_force.clone_from(&given.in_force);
        record.policy_principals.clone_from(&given.principals);
        Ok(())
    })
    .await?;
    Ok(PutAccessPointPolicyOutput {})
}

/// By the access point, its account, or a bucket of the same account ("reject PUT access point policy calls for all of the
/// bucket's same-account access points").
async fn are_public_policies_blocked(cx: &Cx, point: &AccessPoint) -> Result<bool> {
    if point.blocks().and(public_access::by_account(cx, point.account).await?).public_policy {
        return Ok(true);
    }
    let ours = point.record.bucket_account == point.account.0;
    match Bucket::lookup(cx, &point.record.bucket).await?.filter(|bucket| bucket.record.id == point.record.bucket_id) {
        Some(bucket) if ours => Ok(public_access::of(cx, &bucket).await?.public_policy),
        _ => Ok(false),
    }
}

pub async fn get_access_point_policy(cx: Cx, input: GetAccessPointPolicyInput) -> Result<GetAccessPointPolicyOutput> {
    let point = find(&cx, &input.name).await?;
    let policy = policy::shown(&cx, stored(&point)?, Some(&point.record.policy_principals)).await?;
    Ok(GetAccessPointPolicyOutput { policy: Some(policy) })
}

pub async fn get_access_point_policy_status(
    cx: Cx,
    input: GetAccessPointPolicyStatusInput,
) -> Result<GetAccessPointPolicyStatusOutput> {
    let point = find(&cx, &input.name).await?;
    stored(&point)?;
    let is_public = Some(public::is_public_point(&point));
    Ok(GetAccessPointPolicyStatusOutput { policy_status: Some(PolicyStatus { is_public }) })
}

/// Taking away what is not there is no error, as of a bucket's policy. A guess.
pub async fn delete_access_point_policy(
    cx: Cx,
    input: DeleteAccessPointPolicyInput,
) -> Result<DeleteAccessPointPolicyOutput> {
    change(&cx, &input.name, |record| {
        record.policy.clear();
        record.policy_in_force.clear();
        record.policy_principals.clear();
        Ok(())
    })
    .await?;
    Ok(DeleteAccessPointPolicyOutput {})
}

async fn find(cx: &Cx, name: &str) -> Result<AccessPoint> {
    AccessPoint::named(cx, cx.account(), cx.region(), name).await
}

fn stored(point: &AccessPoint) -> Result<&str> {
    point.policy().ok_or_else(|| faults::no_such_access_point_policy(&point.name))
}

/// Changes an access point of the caller's account.
pub async fn change(cx: &Cx, name: &str, change: impl Fn(&mut AccessPointRecord) -> Result<()>) -> Result<()> {
    let key = points(cx.account(), cx.region()).text(name);
    cx.write(async |tx| {
        let record = tx.read::<AccessPointRecord>(&key).await?;
        let mut record = record.ok_or_else(|| faults::no_such_access_point(name))?;
        change(&mut record)?;
        tx.put(key.clone(), record.encode());
        Ok(())
    })
    .await
}
