//! Events: what happens to objects, told to whom the bucket's notifications name (S3 user guide, "Event message structure").
//!
//! An event is delivered because of the commit that it is about, and after it; see `kernel::deliver`.

use crate::{bucket::Bucket, names, notification, owner, records::ObjectRecord, versions};
use kernel::{Arn, Caller, CallerKind, Cx, Result, deliver::Delivery, store::Txn};
use s3_api::Event;
use wire::{Json, TimeFormat, Timestamp};

/// Tells of something that the commit does to an object. `record`: the version that it is done to, or that it made.
pub fn note(cx: &Cx, tx: &mut Txn, bucket: &Bucket, event: &Event, key: &str, record: &ObjectRecord) -> Result<()> {
    note_with(cx, tx, bucket, event, (key, record), None)
}

/// The same, with what the event tells beside, under its name.
pub fn note_with(
    cx: &Cx,
    tx: &mut Txn,
    bucket: &Bucket,
    event: &Event,
    (key, record): (&str, &ObjectRecord),
    beside: Option<(&'static str, Json)>,
) -> Result<()> {
    if !notification::is_there(bucket) {
        return Ok(());
    }
    for rule in notification::of(bucket)? {
        let wanted = rule.events.iter().any(|wanted| covers(wanted.as_str(), event.as_str()));
        if !wanted || !key.starts_with(&rule.prefix) || !key.ends_with(&rule.suffix) {
            continue;
        }
        let Some(to) = Arn::parse(&rule.to) else { continue };
        let mut told = told(cx, bucket, &rule.id, event, key, record);
        if let (Json::Object(members), Some((name, value))) = (&mut told, &beside) {
            members.push(((*name).to_owned(), value.clone()));
        }
        let told = Json::Object(vec![("Records".to_owned(), Json::List(vec![told]))]);
        tx.deliver(cx, delivery(bucket, to, told.to_string()));
    }
    Ok(())
}

pub fn delivery(bucket: &Bucket, to: Arn, body: String) -> Delivery {
    Delivery { to, source_arn: bucket.arn.to_string(), source_account: bucket.account, body, attributes: Vec::new() }
}

/// Whether an event type is among those of a wildcard: `s3:ObjectCreated:*`.
pub fn covers(wanted: &str, event: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(start) => event.starts_with(start),
        None => wanted == event,
    }
}

/// What is sent to see whether anything can be.
pub fn test(cx: &Cx, bucket: &Bucket) -> String {
    object([
        ("Service", "Amazon S3".into()),
        ("Event", "s3:TestEvent".into()),
        ("Time", instant(cx.now()).into()),
        ("Bucket", bucket.name.as_str().into()),
        ("RequestId", cx.request().id.as_str().into()),
        ("HostId", cx.request().id.as_str().into()),
    ])
    .to_string()
}

fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// To the millisecond, which is always there.
pub fn instant(at: Timestamp) -> String {
    let seconds = Timestamp::from_secs(at.secs()).format(TimeFormat::Iso8601);
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), at.0.rem_euclid(1_000_000) / 1_000)
}

fn told(cx: &Cx, bucket: &Bucket, id: &str, event: &Event, key: &str, record: &ObjectRecord) -> Json {
    let name = event.as_str().trim_start_matches("s3:");
    let request = cx.request();
    let source = request.source_ip.map_or_else(|| cx.model().principal.to_owned(), |ip| ip.to_canonical().to_string());
    let s3 = object([
        ("s3SchemaVersion", "1.0".into()),
        ("configurationId", id.into()),
        (
            "bucket",
            object([
                ("name", bucket.name.as_str().into()),
                ("ownerIdentity", object([("principalId", customer(bucket).into())])),
                ("arn", (&*bucket.arn).into()),
            ]),
        ),
        ("object", of_object(cx, bucket, name, key, record)),
    ]);
    let mut members = vec![
        ("eventVersion", version(name).into()),
        ("eventSource", "aws:s3".into()),
        ("awsRegion", bucket.region.as_str().into()),
        ("eventTime", instant(cx.now()).into()),
        ("eventName", name.into()),
        ("userIdentity", object([("principalId", principal(cx.caller()).into())])),
        ("requestParameters", object([("sourceIPAddress", source.into())])),
        (
            "responseElements",
            object([("x-amz-request-id", request.id.as_str().into()), ("x-amz-id-2", request.id.as_str().into())]),
        ),
        ("s3", s3),
    ];
    members.extend(more(name, record));
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// "Amazon S3 uses version 2.2 for cross-Region replication event notifications. It uses version 2.3 for S3 Lifecycle, S3
/// Intelligent-Tiering, object ACL, object tagging, and object restoration delete events."
fn version(name: &str) -> &'static str {
    match name.split(':').next().unwrap_or_default() {
        "Replication" => "2.2",
        "LifecycleExpiration" | "LifecycleTransition" | "IntelligentTiering" | "ObjectAcl" | "ObjectTagging" => "2.3",
        "ObjectRestore" if name.ends_with(":Delete") => "2.3",
        _ => "2.1",
    }
}

fn of_object(cx: &Cx, bucket: &Bucket, name: &str, key: &str, record: &ObjectRecord) -> Json {
    let mut members: Vec<(&str, Json)> = vec![("key", names::escaped(key).into())];
    // What is gone has no size any more. A marker is told with the entity tag of nothing.
    if name.ends_with(":DeleteMarkerCreated") {
        members.push(("eTag", "d41d8cd98f00b204e9800998ecf8427e".into()));
    } else if !record.delete_marker && !name.starts_with("ObjectRemoved:") && !name.starts_with("LifecycleExpiration:")
    {
        members.push(("size", Json::from(record.size as i64)));
        members.push(("eTag", record.etag.as_str().into()));
    }
    if bucket.is_versioned() {
        members.push(("versionId", versions::id(record).into()));
    }
    // Of two events of a key the later one has the greater: they are compared as numbers in hexadecimal digits. The second
    // of two changes reads what the first has written, so its number is newer.
    members.push(("sequencer", format!("{:018X}", cx.cloud().ids().sequence(cx.now())).into()));
    Json::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// What certain events tell beside.
fn more(name: &str, record: &ObjectRecord) -> Option<(&'static str, Json)> {
    let class = if record.storage_class.is_empty() { "STANDARD" } else { &record.storage_class };
    match name {
        "ObjectRestore:Completed" => {
            let expires = record.restore.as_ref().map(|restore| restore.expires).unwrap_or_default();
            let restore = object([
                ("lifecycleRestorationExpiryTime", instant(expires).into()),
                ("lifecycleRestoreStorageClass", class.into()),
            ]);
            Some(("glacierEventData", object([("restoreEventData", restore)])))
        }
        "LifecycleTransition" => {
            let transition = object([("destinationStorageClass", class.into())]);
            Some(("lifecycleEventData", object([("transitionEventData", transition)])))
        }
        "IntelligentTiering" => {
            Some(("intelligentTieringEventData", object([("destinationAccessTier", record.tier.as_str().into())])))
        }
        _ => None,
    }
}

/// Who did it: `AWS:AIDA…`.
fn principal(caller: &Caller) -> String {
    match &caller.kind {
        CallerKind::Anonymous => "Anonymous".to_owned(),
        CallerKind::Service { principal, .. } => (*principal).to_owned(),
        _ => format!("AWS:{}", caller.user_id()),
    }
}

/// The customer that the bucket's owner is: on AWS an id of its own, here made of the canonical user id.
fn customer(bucket: &Bucket) -> String {
    let id = owner::canonical_id(bucket.account).to_ascii_uppercase();
    format!("A{}", &id[..13])
}
