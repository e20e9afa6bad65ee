//! What no client can bring about: bytes that are not there for a while, and jobs that replicate on demand.

use super::{
    pending,
    run::{Answer, now},
};
use crate::{
    bucket::{Bucket, with_bucket},
    records::{Content, ObjectRecord, kind},
    versions,
};
use kernel::{
    AccountId, Caller, Cx, Region, Result,
    store::{BlobId, Scan},
};
use std::time::Duration;
use testkit::{Cloud, Credentials};

const ROLE: &str = "arn:aws:iam::000000000000:role/copier";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
const ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

fn cloud() -> Cloud {
    let mut cloud = Cloud::new(&[&crate::SERVICE, &iam::SERVICE, &sqs::SERVICE, &sts::SERVICE], 1);
    iam(&mut cloud, &format!("CreateRole&RoleName=copier&AssumeRolePolicyDocument={}", escaped(TRUST)));
    iam(&mut cloud, &format!("PutRolePolicy&RoleName=copier&PolicyName=p&PolicyDocument={}", escaped(ALL)));
    for bucket in ["src", "dst"] {
        s3(&mut cloud, "PUT", &format!("/{bucket}"), "");
        let versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        s3(&mut cloud, "PUT", &format!("/{bucket}?versioning"), versioned);
    }
    cloud
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn send(cloud: &mut Cloud, service: &str, request: http::request::Builder, body: &str) -> http::Response<Vec<u8>> {
    let mut request = request.header("content-length", body.len()).body(body.as_bytes().to_vec()).unwrap();
    cloud.sign(&mut request, &Credentials::new("test", "test", service), Duration::ZERO);
    cloud.send(request).take().unwrap()
}

fn iam(cloud: &mut Cloud, call: &str) {
    let request = http::Request::post("/").header("content-type", "application/x-www-form-urlencoded");
    let response = send(cloud, "iam", request, &format!("Version=2010-05-08&Action={call}"));
    assert_eq!(response.status(), 200, "{call}");
}

fn s3(cloud: &mut Cloud, method: &str, path: &str, body: &str) -> String {
    let response = send(cloud, "s3", http::Request::builder().method(method).uri(path), body);
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert!(response.status().is_success(), "{method} {path}: {text}");
    text
}

fn status(cloud: &mut Cloud, path: &str) -> String {
    let response = send(cloud, "s3", http::Request::head(path), "");
    let status = response.headers().get("x-amz-replication-status");
    status.map(|status| status.to_str().unwrap().to_owned()).unwrap_or_default()
}

fn configure(cloud: &mut Cloud, from: &str, to: &str, more: &str) {
    let rule = format!(
        "<ReplicationConfiguration><Role>{ROLE}</Role><Rule><Status>Enabled</Status><Priority>1</Priority><Filter></Filter>\
         <DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>\
         <Destination><Bucket>arn:aws:s3:::{to}</Bucket>{more}</Destination></Rule></ReplicationConfiguration>"
    );
    s3(cloud, "PUT", &format!("/{from}?replication"), &rule);
}

fn root(cloud: &Cloud) -> Cx {
    let cx = Cx::background(cloud.kernel(), &s3_api::MODEL, AccountId(0), Region::DEFAULT);
    cx.acting(Caller::root(AccountId(0), ""), Region::DEFAULT, None)
}

/// Puts an object whose bytes are in a blob that is not there.
fn put_without_bytes(cloud: &mut Cloud, blob: u128) {
    let cx = root(cloud);
    let done: Result<()> = cloud.run(async move {
        let bucket = Bucket::lookup(&cx, "src").await?.unwrap();
        with_bucket(&cx, &bucket, async |tx, bucket| {
            let content = Content { id: blob, kind: kind::BLOB, ..Content::default() };
            let mut record = ObjectRecord { size: 3, etag: "e".to_owned(), content, ..ObjectRecord::default() };
            pending::put(&cx, tx, bucket, "k", &mut record).await?;
            tx.keep_blob(BlobId(blob));
            Ok(())
        })
        .await
    });
    done.unwrap();
}

/// The kinds of events of a queue.
fn told(cloud: &mut Cloud) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        let request = http::Request::post("/")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "AmazonSQS.ReceiveMessage");
        let body = r#"{"QueueUrl": "http://localhost:4566/000000000000/told"}"#;
        let answer = String::from_utf8(send(cloud, "sqs", request, body).into_body()).unwrap();
        let Some((_, rest)) = answer.split_once(r#"\"eventName\":\""#) else { return found };
        found.push(rest.split('\\').next().unwrap().to_owned());
    }
}

#[test]
fn what_passes_is_tried_again_and_told_when_it_is_late() {
    let mut cloud = cloud();
    let timed = "<ReplicationTime><Status>Enabled</Status><Time><Minutes>15</Minutes></Time></ReplicationTime><Metrics>\
                 <Status>Enabled</Status><EventThreshold><Minutes>15</Minutes></EventThreshold></Metrics>";
    configure(&mut cloud, "src", "dst", timed);
    let policy = ALL.replace(r#""Allow","#, r#""Allow","Principal":"*","#).replace('"', r#"\""#);
    let create =
        format!(r#"{{"QueueName": "told", "Attributes": {{"VisibilityTimeout": "43200", "Policy": "{policy}"}}}}"#);
    let request = http::Request::post("/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "AmazonSQS.CreateQueue");
    assert_eq!(send(&mut cloud, "sqs", request, &create).status(), 200);
    let rule = "<NotificationConfiguration><QueueConfiguration><Queue>arn:aws:sqs:us-east-1:000000000000:told</Queue>\
                <Event>s3:Replication:*</Event></QueueConfiguration></NotificationConfiguration>";
    s3(&mut cloud, "PUT", "/src?notification", rule);
    // The test message.
    assert!(told(&mut cloud).is_empty());

    put_without_bytes(&mut cloud, 7);
    cloud.advance(Duration::from_secs(14 * 60));
    assert_eq!(status(&mut cloud, "/src/k"), "PENDING");
    assert!(told(&mut cloud).is_empty());
    cloud.advance(Duration::from_secs(2 * 60));
    assert_eq!(told(&mut cloud), ["Replication:OperationMissedThreshold"]);
    cloud.advance(Duration::from_secs(60 * 60));
    assert!(told(&mut cloud).is_empty(), "once");
    let kernel = cloud.kernel().clone();
    cloud.run(async move { kernel.blobs().put(BlobId(7), &["abc".into()]).await }).unwrap();
    cloud.advance(Duration::from_secs(16 * 60));
    assert_eq!(status(&mut cloud, "/src/k"), "COMPLETED");
    assert_eq!(told(&mut cloud), ["Replication:OperationReplicatedAfterThreshold"]);
    assert_eq!(s3(&mut cloud, "GET", "/dst/k", ""), "abc");
}

/// What became of a version on demand.
fn replicate(cloud: &mut Cloud, bucket: &'static str, key: &'static str) -> Vec<(String, String)> {
    let cx = root(cloud);
    let answers: Vec<Answer> = cloud.run(async move { now(&cx, bucket, key, None).await }).unwrap();
    answers.into_iter().map(|answer| (answer.to, answer.done.err().unwrap_or("done").to_owned())).collect()
}

#[test]
fn versions_are_replicated_on_demand() {
    let mut cloud = cloud();
    let answer = |to: &str, done: &str| vec![(to.to_owned(), done.to_owned())];
    s3(&mut cloud, "PUT", "/src/old", "before the rules");
    assert_eq!(replicate(&mut cloud, "nowhere", "old"), answer("", "SrcBucketNotFound"));
    assert_eq!(replicate(&mut cloud, "src", "old"), answer("", "SrcBucketReplicationConfigMissing"));
    configure(&mut cloud, "src", "dst", "");
    assert_eq!(replicate(&mut cloud, "src", "none"), answer("", "SrcVersionNotFound"));
    // Older than the rules.
    assert_eq!(status(&mut cloud, "/src/old"), "");
    assert_eq!(replicate(&mut cloud, "src", "old"), answer("dst", "done"));
    assert_eq!(status(&mut cloud, "/src/old"), "COMPLETED");
    assert_eq!(s3(&mut cloud, "GET", "/dst/old", ""), "before the rules");
    // Twice is once.
    assert_eq!(replicate(&mut cloud, "src", "old"), answer("dst", "done"));
    // What failed.
    iam(&mut cloud, "DeleteRolePolicy&RoleName=copier&PolicyName=p");
    s3(&mut cloud, "PUT", "/src/failed", "x");
    assert_eq!(status(&mut cloud, "/src/failed"), "FAILED");
    assert_eq!(replicate(&mut cloud, "src", "failed"), answer("dst", "SrcHeadObjectNotPermitted"));
    iam(&mut cloud, &format!("PutRolePolicy&RoleName=copier&PolicyName=p&PolicyDocument={}", escaped(ALL)));
    assert_eq!(replicate(&mut cloud, "src", "failed"), answer("dst", "done"));
    assert_eq!(status(&mut cloud, "/src/failed"), "COMPLETED");
    // A replica, further on.
    s3(&mut cloud, "PUT", "/third", "");
    let versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    s3(&mut cloud, "PUT", "/third?versioning", versioned);
    configure(&mut cloud, "dst", "third", "");
    assert_eq!(replicate(&mut cloud, "dst", "old"), answer("third", "done"));
    assert_eq!(status(&mut cloud, "/dst/old"), "REPLICA");
    assert_eq!(s3(&mut cloud, "GET", "/third/old", ""), "before the rules");
    // What was deleted at the destination for good stays so.
    let list = s3(&mut cloud, "GET", "/third?versions", "");
    let version = list.split("<VersionId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    s3(&mut cloud, "DELETE", &format!("/dst/old?versionId={version}"), "");
    assert_eq!(replicate(&mut cloud, "src", "old"), answer("dst", "DstObjectHardDeleted"));
}

#[test]
fn older_versions_stay_below_newer_ones() {
    let mut cloud = cloud();
    s3(&mut cloud, "PUT", "/src/k", "older");
    s3(&mut cloud, "PUT", "/dst/k", "newer");
    s3(&mut cloud, "PUT", "/src/hidden", "older");
    s3(&mut cloud, "DELETE", "/dst/hidden", "");
    configure(&mut cloud, "src", "dst", "");
    for key in ["k", "hidden"] {
        assert_eq!(replicate(&mut cloud, "src", key), [("dst".to_owned(), "done".to_owned())]);
    }
    assert_eq!(s3(&mut cloud, "GET", "/dst/k", ""), "newer");
    assert_eq!(send(&mut cloud, "s3", http::Request::get("/dst/hidden"), "").status(), 404);
    let list = s3(&mut cloud, "GET", "/dst?versions", "");
    assert_eq!(list.matches("<IsLatest>true").count(), 2, "{list}");
}

/// Null versions come among the others in the order of their time, and there is one at most.
#[test]
fn null_versions_find_their_place() {
    let mut cloud = cloud();
    let suspended = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    let enabled = suspended.replace("Suspended", "Enabled");
    let null = |cloud: &mut Cloud, bucket: &str, body: &str| {
        s3(cloud, "PUT", &format!("/{bucket}?versioning"), suspended);
        s3(cloud, "PUT", &format!("/{bucket}/k"), body);
        s3(cloud, "PUT", &format!("/{bucket}?versioning"), &enabled);
    };
    null(&mut cloud, "src", "source");
    s3(&mut cloud, "PUT", "/dst/k", "newer");
    null(&mut cloud, "dst", "replaced");
    configure(&mut cloud, "src", "dst", "");
    assert_eq!(replicate(&mut cloud, "src", "k"), [("dst".to_owned(), "done".to_owned())]);
    // The newest went: the next one moves up, and what came is older.
    assert_eq!(s3(&mut cloud, "GET", "/dst/k", ""), "newer");
    assert_eq!(s3(&mut cloud, "GET", "/dst/k?versionId=null", ""), "source");
    let kernel = cloud.kernel().clone();
    let cx = root(&cloud);
    let rows = cloud.run(async move {
        let bucket = Bucket::lookup(&cx, "dst").await?.unwrap();
        let all = kernel.engine().snapshot();
        let found = versions::latest(&*all, &bucket, "k").await?;
        let versions = all.scan(&bucket.keys.versions().children(), &Scan::default()).await?;
        Ok::<_, wire::Fault>((found.is_some(), versions.rows.len()))
    });
    assert_eq!(rows.unwrap(), (true, 1));
}
