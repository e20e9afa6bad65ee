//! Buckets: finding, creating, deleting, listing them.

use crate::{
    access_point::{AccessPoint, Reference},
    configuration::Configuration,
    faults,
    known::Known,
    names,
    ownership::{self, Ownership},
    records::{BucketRecord, Keys, buckets, named, versioning},
};
use kernel::{
    AccountId, Cx, Region, Result,
    record::Record,
    store::{Row, Rows, Scan, Txn, Ver},
};
use s3_api::*;
use std::{ops::Deref, sync::Arc};

/// General-purpose buckets of an account (S3 user guide, "Bucket quotas, limitations, and restrictions").
const MAX_BUCKETS: usize = 10_000;
/// Rows that DeleteBucket removes: of a bucket without objects, its configuration.
const PAGE: usize = 1_000;

/// A bucket as it was when the call found it, with its configuration.
#[derive(Clone)]
pub struct Bucket {
    found: Arc<Found>,
    /// What it was reached through, unless it was named itself.
    pub point: Option<AccessPoint>,
}

pub struct Found {
    pub name: String,
    pub record: BucketRecord,
    pub account: AccountId,
    pub region: Region,
    /// `arn:aws:s3:::name`
    pub arn: Arc<str>,
    pub keys: Keys,
    pub configuration: Configuration,
    pub ownership: Ownership,
    ver: Ver,
}

impl Deref for Bucket {
    type Target = Found;

    fn deref(&self) -> &Found {
        &self.found
    }
}

impl Bucket {
    /// The bucket of a name, wherever it is.
    pub async fn lookup(cx: &Cx, name: &str) -> Result<Option<Bucket>> {
        let snapshot = cx.read();
        let Some(row) = snapshot.get(&named(name)).await? else { return Ok(None) };
        let known = cx.cloud().cache::<Known>();
        let found = known.get(name).filter(|bucket| bucket.ver == row.ver && bucket.name == name);
        if found.is_some() {
            return Ok(found);
        }
        let record = BucketRecord::read(&row.value)?;
        let (account, region) = (AccountId(record.account), Region::parse(&record.region).unwrap_or(Region::DEFAULT));
        let keys = Keys::of(account, region, record.id);
        let configuration = Configuration::read(&*snapshot, &keys).await?;
        let found = Arc::new(Found {
            name: name.to_owned(),
            account,
            region,
            arn: format!("arn:{}:s3:::{name}", region.partition()).into(),
            ownership: ownership::read(&configuration)?,
            configuration,
            keys,
            record,
            ver: row.ver,
        });
        let bucket = Bucket { found, point: None };
        known.keep(name, &bucket);
        Ok(Some(bucket))
    }

    /// The bucket that a request names, itself or by an access point.
    pub async fn reached(cx: &Cx, text: &str) -> Result<Option<Bucket>> {
        let point = match Reference::parse(text) {
            Some(reference) => AccessPoint::find(cx, &reference).await?,
            None => {
                let found = Bucket::lookup(cx, text).await?;
                // A host may mean either. What another account called its bucket hides nobody's access point.
                let named = Reference::of_host(cx, text);
                let named = named.filter(|named| found.as_ref().is_none_or(|bucket| !named.is_of(bucket.account)));
                let Some(named) = named else { return Ok(found) };
                match AccessPoint::find(cx, &named).await {
                    Err(fault) if found.is_some() && fault.kind().status == 404 => return Ok(found),
                    point => point?,
                }
            }
        };
        let found = Bucket::lookup(cx, &point.record.bucket).await?;
        let bucket = found.filter(|bucket| bucket.record.id == point.record.bucket_id);
        let bucket = bucket.ok_or_else(|| faults::no_such_bucket(&point.record.bucket))?;
        let bucket = Bucket { point: Some(point), ..bucket };
        if bucket.configuration.has(crate::logging::NAME) {
            cx.cloud().cache::<Known>().keep(text, &bucket);
        }
        Ok(Some(bucket))
    }

    /// The bucket that a call is about: what its authorisation found, or a fault where there is none.
    pub async fn of_call(cx: &Cx, name: &str) -> Result<Bucket> {
        match cx.kept::<Bucket>() {
            Some(bucket) if bucket.name == name || bucket.point.is_some() => Ok(bucket),
            _ => Bucket::reached(cx, name).await?.ok_or_else(|| faults::no_such_bucket(name)),
        }
    }

    /// Lets the commit fail if the bucket changes until then; a fault if it has changed since it was found.
    pub fn rely(&self, tx: &mut Txn) {
        tx.check(&Row { key: named(&self.name), value: Default::default(), ver: self.ver });
    }

    /// The bucket's record for a change of it, or of its configuration.
    pub async fn change(&self, tx: &mut Txn) -> Result<BucketRecord> {
        match tx.read::<BucketRecord>(&named(&self.name)).await? {
            Some(record) if record.id == self.record.id => Ok(record),
            _ => Err(faults::no_such_bucket(&self.name)),
        }
    }

    /// Writes the record that `change` gave.
    pub fn put(&self, tx: &mut Txn, mut record: BucketRecord) {
        record.changes += 1;
        tx.put(named(&self.name), record.encode());
    }

    pub fn object_arn(&self, key: &str) -> Arc<str> {
        [&*self.arn, "/", key].concat().into()
    }

    pub fn is_versioned(&self) -> bool {
        self.record.versioning != versioning::NEVER
    }
}

/// Runs a change that relies on a bucket as it is, looking for it again where it has changed meanwhile.
pub async fn with_bucket<R>(
    cx: &Cx,
    bucket: &Bucket,
    mut attempt: impl AsyncFnMut(&mut Txn, &Bucket) -> Result<R>,
) -> Result<R> {
    let mut current = bucket.clone();
    let mut first = true;
    cx.write(async |tx| {
        if !std::mem::take(&mut first) {
            let again = Bucket::lookup(cx, &bucket.name).await?.filter(|again| again.record.id == bucket.record.id);
            let again = again.ok_or_else(|| faults::no_such_bucket(&bucket.name))?;
            current = Bucket { point: bucket.point.clone(), ..again };
        }
        current.rely(tx);
        attempt(tx, &current).await
    })
    .await
}

pub async fn create_bucket(cx: Cx, input: CreateBucketInput) -> Result<CreateBucketOutput> {
    names::check(&input.bucket)?;
    if input.bucket_namespace.as_ref().is_some_and(|namespace| namespace.as_str() != "global") {
        // Names that are an account's own in a Region.
        return Err(faults::not_implemented("x-amz-bucket-namespace"));
    }
    // Both are of directory buckets.
    let configuration = input.create_bucket_configuration.as_ref();
    if configuration.is_some_and(|configuration| configuration.location.is_some()) {
        return Err(faults::not_implemented("Location"));
    }
    if configuration.is_some_and(|configuration| configuration.bucket.is_some()) {
        return Err(faults::not_implemented("Bucket"));
    }
    let region = location(&cx, configuration)?;
    let asked = crate::acl::asked!(input, input.grant_write.as_ref());
    let configured = crate::new_bucket::of(&cx, input.object_ownership.as_ref(), &asked)
        .map_err(|fault| faults::with_bucket_name(fault, &input.bucket))?;
    let tags = input.create_bucket_configuration.and_then(|configuration| configuration.tags).unwrap_or_default();
    let record = BucketRecord {
        id: cx.cloud().ids().sequence(cx.now()),
        account: cx.account().0,
        region: region.to_string(),
        created: cx.now(),
        versioning: if input.object_lock_enabled_for_bucket == Some(true) { versioning::ENABLED } else { 0 },
        object_lock: input.object_lock_enabled_for_bucket == Some(true),
        tags: crate::tags::of_new(tags)?,
        ..BucketRecord::default()
    };
    let name = &input.bucket;
    cx.write(async |tx| {
        if let Some(taken) = tx.read::<BucketRecord>(&named(name)).await? {
            let mine = taken.account == cx.account().0;
            return match mine {
                // "In all AWS Regions except us-east-1"; there it is answered as if it were made anew.
                true if taken.region == "us-east-1" && region == Region::DEFAULT => Ok(()),
                true => Err(faults::with_bucket_name(
                    fault::bucket_already_owned_by_you(
                        "Your previous request to create the named bucket succeeded and you already own it.",
                    ),
                    name,
                )),
                false => Err(faults::with_bucket_name(
                    fault::bucket_already_exists(
                        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
                    ),
                    name,
                )),
            };
        }
        if tx.count(&buckets(cx.account())).await? >= MAX_BUCKETS {
            return Err(faults::too_many_buckets());
        }
        tx.put(named(name), record.encode());
        tx.put(buckets(cx.account()).text(name), "");
        let keys = Keys::of(cx.account(), region, record.id);
        for (name, value) in &configured {
            tx.put(keys.configuration(name, ""), value.clone());
        }
        Ok(())
    })
    .await?;
    Ok(CreateBucketOutput {
        location: Some(match region {
            Region::DEFAULT => format!("/{name}"),
            _ => format!("http://{name}.s3.amazonaws.com/"),
        }),
        bucket_arn: Some(format!("arn:{}:s3:::{name}", region.partition())),
    })
}

/// Where a bucket is to be: where the request was signed for, and the configuration must say so.
fn location(cx: &Cx, configuration: Option<&CreateBucketConfiguration>) -> Result<Region> {
    let constraint = configuration.and_then(|configuration| configuration.location_constraint.as_ref());
    let constraint = constraint.map(|constraint| constraint.as_str()).filter(|constraint| !constraint.is_empty());
    match constraint {
        None if cx.region() == Region::DEFAULT => Ok(Region::DEFAULT),
        None => Err(faults::ILLEGAL_LOCATION.fault(
            "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.",
        )),
        // us-east-1 has no constraint; saying it is an error on AWS, too.
        Some("us-east-1") => Err(faults::INVALID_LOCATION.fault("The specified location-constraint is not valid")),
        Some(name) => {
            let name = if name == "EU" { "eu-west-1" } else { name };
            let region = Region::parse(name)
                .ok_or_else(|| faults::INVALID_LOCATION.fault("The specified location-constraint is not valid"))?;
            // The endpoint of us-east-1 makes buckets everywhere.
            if region != cx.region() && cx.region() != Region::DEFAULT {
                return Err(faults::ILLEGAL_LOCATION.fault(format!(
                    "The {name} location constraint is incompatible for the region specific endpoint this request was sent to."
                )));
            }
            Ok(region)
        }
    }
}

pub async fn delete_bucket(cx: Cx, input: DeleteBucketInput) -> Result<DeleteBucketOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let keys = &bucket.keys;
    cx.write(async |tx| {
        bucket.change(tx).await?;
        let guard = named(&bucket.name);
        for rows in [keys.objects(), keys.versions()] {
            let some = tx.scan(&rows.children(), &Scan { limit: 1, keys_only: true, ..Scan::default() }).await?;
            if !some.rows.is_empty() {
                return Err(faults::with_bucket_name(faults::bucket_not_empty(), &bucket.name));
            }
            tx.check_empty(guard.clone(), rows.children());
        }
        // Those of other accounts keep nobody from deleting the bucket, or every stranger could. A guess.
        let points = keys.points_of(bucket.account).children();
        if !tx.scan(&points, &Scan { limit: 1, keys_only: true, ..Scan::default() }).await?.rows.is_empty() {
            return Err(faults::with_bucket_name(faults::bucket_has_access_points(), &bucket.name));
        }
        tx.check_empty(guard.clone(), points);
        tx.delete(guard);
        tx.delete(buckets(bucket.account).text(&bucket.name));
        // Uploads on their way go with their bucket; their parts' bytes in the background.
        crate::garbage::of_bucket(&cx, tx, &bucket);
        Ok(DeleteBucketOutput {})
    })
    .await
}

pub async fn head_bucket(cx: Cx, input: HeadBucketInput) -> Result<HeadBucketOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    Ok(HeadBucketOutput {
        bucket_region: Some(bucket.region.to_string()),
        bucket_arn: Some(bucket.arn.to_string()),
        access_point_alias: Some(Reference::is_alias(&input.bucket)),
        ..HeadBucketOutput::default()
    })
}

pub async fn get_bucket_location(cx: Cx, input: GetBucketLocationInput) -> Result<GetBucketLocationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    // us-east-1 is told by an empty element.
    let constraint = if bucket.region == Region::DEFAULT { "" } else { bucket.region.as_str() };
    Ok(GetBucketLocationOutput { location_constraint: Some(constraint.into()) })
}

pub async fn list_buckets(cx: Cx, input: ListBucketsInput) -> Result<ListBucketsOutput> {
    let limit = match input.max_buckets {
        None => MAX_BUCKETS,
        Some(most @ 1..=10_000) => most as usize,
        Some(other) => {
            return Err(faults::invalid_argument(
                "max-buckets",
                other.to_string(),
                "Argument max-buckets must be an integer between 1 and 10000",
            ));
        }
    };
    let prefix = input.prefix.clone().unwrap_or_default();
    let snapshot = cx.read();
    let mut range = buckets(cx.account()).texts(&prefix);
    if let Some(token) = &input.continuation_token {
        range = range.after(&buckets(cx.account()).text(token));
    }
    let mut found: Vec<s3_api::Bucket> = Vec::new();
    let mut more = false;
    'pages: loop {
        let page = snapshot.scan(&range, &Scan { limit: PAGE, keys_only: true, ..Scan::default() }).await?;
        for row in &page.rows {
            let Some(name) = row.key.name() else { continue };
            let Some(record) = snapshot.record::<BucketRecord>(&named(&name)).await? else { continue };
            if input.bucket_region.as_ref().is_some_and(|region| *region != record.region) {
                continue;
            }
            if found.len() == limit {
                more = true;
                break 'pages;
            }
            found.push(s3_api::Bucket {
                bucket_arn: Some(format!("arn:aws:s3:::{name}")),
                name: Some(name),
                creation_date: Some(seconds(record.created)),
                bucket_region: Some(record.region),
            });
        }
        match page.rows.last() {
            Some(last) if page.more => range = range.after(&last.key),
            _ => break,
        }
    }
    Ok(ListBucketsOutput {
        continuation_token: more.then(|| found.last().and_then(|last| last.name.clone())).flatten(),
        buckets: Some(found),
        owner: Some(crate::owner::of(cx.account())),
        prefix: input.prefix,
    })
}

/// S3 tells the creation of buckets to the second.
fn seconds(at: wire::Timestamp) -> wire::Timestamp {
    wire::Timestamp::from_secs(at.secs())
}
