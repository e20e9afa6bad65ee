//! Access points, as their owners manage them.

use super::tags;
use crate::{
    access_point::{self, AccessPoint, arn_of, new_alias},
    bucket::{Bucket, with_bucket},
    faults,
    public_access::Blocks,
    records::{AccessPointRecord, AliasRecord, Keys, aliased, points},
};
use kernel::{
    AccountId, Cx, Result, paging,
    record::Record,
    store::{Rows, Scan},
};
use s3control_api::*;
use wire::Timestamp;

/// Of an account, in a Region (S3 user guide, "Restrictions and limitations for access points").
const MAX_ACCESS_POINTS: usize = 10_000;
/// In an answer of ListAccessPoints.
const PAGE: usize = 1_000;

pub async fn create_access_point(cx: Cx, input: CreateAccessPointInput) -> Result<CreateAccessPointOutput> {
    let (name, bucket) = (&input.name, &input.bucket);
    if !access_point::is_valid(name) {
        return Err(faults::invalid_access_point());
    }
    if input.scope.is_some() {
        return Err(faults::invalid_request(
            "Scope is only supported for access points attached to directory buckets.",
        ));
    }
    let tags = tags::pairs(input.tags.unwrap_or_default());
    tags::check(&tags)?;
    let found = Bucket::lookup(&cx, bucket).await?.ok_or_else(|| faults::no_such_bucket(bucket))?;
    // "For same account access point [...] the BucketAccountId is not required." Who names the wrong one, or none, does not
    // know whose it is.
    let owner = match &input.bucket_account_id {
        Some(id) => AccountId::parse(id),
        None => Some(cx.account()),
    };
    if owner != Some(found.account) {
        return Err(faults::access_denied());
    }
    if found.region != cx.region() {
        return Err(faults::invalid_request("An access point must be in the Region of its bucket."));
    }
    let blocks = input.public_access_block_configuration.as_ref().map_or(Blocks::ALL, blocks);
    let record = AccessPointRecord {
        bucket: found.name.clone(),
        bucket_id: found.record.id,
        bucket_account: found.account.0,
        created: Timestamp::from_secs(cx.now().secs()),
        alias: new_alias(&cx, name),
        // There are no VPCs here yet, so it is taken as it is.
        vpc: input.vpc_configuration.map(|configuration| configuration.vpc_id).unwrap_or_default(),
        public_acls_blocked: blocks.public_acls,
        public_acls_ignored: blocks.acls_ignored,
        public_policy_blocked: blocks.public_policy,
        public_restricted: blocks.restricted,
        tags,
        ..AccessPointRecord::default()
    };
    let (account, region) = (cx.account(), cx.region());
    let all = points(account, region);
    with_bucket(&cx, &found, async |tx, bucket| {
        let key = all.extended(64).text(name);
        if tx.get(&key).await?.is_some() {
            return Err(faults::access_point_owned());
        }
        if tx.count(&all).await? >= MAX_ACCESS_POINTS {
            return Err(faults::too_many_access_points());
        }
        let of = AliasRecord { account: account.0, region: region.to_string(), name: name.clone() };
        tx.put(key, record.encode());
        tx.put(aliased(&record.alias), of.encode());
        tx.put(bucket.keys.points_of(account).text(name), "");
        Ok(())
    })
    .await?;
    Ok(CreateAccessPointOutput {
        access_point_arn: Some(arn_of(account, region, name).to_string()),
        alias: Some(record.alias),
    })
}

/// What is given. All is blocked that is not said: "You must explicitly disable any settings that you don't want".
fn blocks(given: &PublicAccessBlockConfiguration) -> Blocks {
    let on = |setting: Option<bool>| setting != Some(false);
    Blocks {
        public_acls: on(given.block_public_acls),
        acls_ignored: on(given.ignore_public_acls),
        public_policy: on(given.block_public_policy),
        restricted: on(given.restrict_public_buckets),
    }
}

pub async fn get_access_point(cx: Cx, input: GetAccessPointInput) -> Result<GetAccessPointOutput> {
    let point = AccessPoint::named(&cx, cx.account(), cx.region(), &input.name).await?;
    let (blocks, region) = (point.blocks(), point.region);
    let dns = if region.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let endpoint = |kind: &str, host: &str| (kind.to_owned(), format!("{host}.{region}.{dns}"));
    Ok(GetAccessPointOutput {
        name: Some(point.name.clone()),
        bucket: Some(point.record.bucket.clone()),
        network_origin: Some(origin(&point)),
        vpc_configuration: vpc(&point),
        public_access_block_configuration: Some(PublicAccessBlockConfiguration {
            block_public_acls: Some(blocks.public_acls),
            ignore_public_acls: Some(blocks.acls_ignored),
            block_public_policy: Some(blocks.public_policy),
            restrict_public_buckets: Some(blocks.restricted),
        }),
        creation_date: Some(point.record.created),
        alias: Some(point.record.alias.clone()),
        access_point_arn: Some(point.arn.to_string()),
        endpoints: Some(
            [
                endpoint("ipv4", "s3-accesspoint"),
                endpoint("fips", "s3-accesspoint-fips"),
                endpoint("fips_dualstack", "s3-accesspoint-fips.dualstack"),
                endpoint("dualstack", "s3-accesspoint.dualstack"),
            ]
            .into_iter()
            .collect(),
        ),
        bucket_account_id: Some(AccountId(point.record.bucket_account).to_string()),
        // Of volumes and the like: a bucket is told by its name. A guess.
        data_source_id: None,
        data_source_type: None,
    })
}

fn origin(point: &AccessPoint) -> NetworkOrigin {
    if point.is_of_vpc() { NetworkOrigin::Vpc } else { NetworkOrigin::Internet }
}

fn vpc(point: &AccessPoint) -> Option<VpcConfiguration> {
    point.is_of_vpc().then(|| VpcConfiguration { vpc_id: point.record.vpc.clone() })
}

pub async fn list_access_points(cx: Cx, input: ListAccessPointsInput) -> Result<ListAccessPointsOutput> {
    let most = input.max_results.filter(|most| *most > 0).map_or(PAGE, |most| PAGE.min(most as usize));
    let after = match &input.next_token {
        None => None,
        Some(token) => Some(
            paging::named_text(token).ok_or_else(|| faults::invalid_request("The continuation token is not valid."))?,
        ),
    };
    // "Returns only access points attached to S3 buckets by default"; there are no others here.
    let of_buckets = input.data_source_type.as_ref().is_none_or(|kind| kind == "ALL");
    if !of_buckets || input.data_source_id.is_some() {
        return Ok(ListAccessPointsOutput { access_point_list: Some(Vec::new()), next_token: None });
    }
    let all = points(cx.account(), cx.region());
    let names = match &input.bucket {
        None => all.clone(),
        Some(name) => {
            let bucket = Bucket::lookup(&cx, name).await?.ok_or_else(|| faults::no_such_bucket(name))?;
            bucket.keys.points_of(cx.account())
        }
    };
    let range = match &after {
        Some(last) => names.children().after(&names.extended(64).text(last)),
        None => names.children(),
    };
    let snapshot = cx.read();
    let page = snapshot.scan(&range, &Scan { limit: most, keys_only: true, ..Scan::default() }).await?;
    let mut found = Vec::with_capacity(page.rows.len());
    for name in page.rows.iter().filter_map(|row| row.key.name()) {
        let Some(record) = snapshot.record::<AccessPointRecord>(&all.extended(64).text(&name)).await? else { continue };
        let point = AccessPoint::of(cx.account(), cx.region(), &name, record);
        found.push(s3control_api::AccessPoint {
            network_origin: origin(&point),
            vpc_configuration: vpc(&point),
            bucket: point.record.bucket.clone(),
            access_point_arn: Some(point.arn.to_string()),
            alias: Some(point.record.alias.clone()),
            bucket_account_id: Some(AccountId(point.record.bucket_account).to_string()),
            name,
            ..Default::default()
        });
    }
    let last = page.rows.last().filter(|_| page.more).and_then(|row| row.key.name());
    Ok(ListAccessPointsOutput {
        access_point_list: Some(found),
        next_token: last.map(|name| paging::token(name.as_bytes())),
    })
}

pub async fn delete_access_point(cx: Cx, input: DeleteAccessPointInput) -> Result<DeleteAccessPointOutput> {
    let name = &input.name;
    let key = points(cx.account(), cx.region()).text(name);
    cx.write(async |tx| {
        let record = tx.read::<AccessPointRecord>(&key).await?;
        let record = record.ok_or_else(|| faults::no_such_access_point(name))?;
        tx.delete(key.clone());
        tx.delete(aliased(&record.alias));
        let bucket = Keys::of(AccountId(record.bucket_account), cx.region(), record.bucket_id);
        tx.delete(bucket.points_of(cx.account()).text(name));
        Ok(DeleteAccessPointOutput {})
    })
    .await
}
