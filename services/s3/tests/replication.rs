//! Replication: what is told of it, what other calls meanwhile do to it, and that no bytes are lost or left.
#![allow(clippy::unwrap_used)]

use http::Request;
use kernel::store::{Key, Scan};
use std::{collections::BTreeMap, time::Duration};
use testkit::{Cloud, Credentials};
use wire::Json;

const SERVICES: &[&kernel::Service] = &[&s3::SERVICE, &iam::SERVICE, &kms::SERVICE, &sqs::SERVICE, &sts::SERVICE];
const VERSIONED: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
const ALL: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const URL: &str = "http://localhost:4566/000000000000/told";

struct Client(Cloud);

fn trust(service: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}}}"#
    )
}

fn rules(destination: &str, more: &str) -> String {
    format!(
        "<ReplicationConfiguration><Role>arn:aws:iam::000000000000:role/copier</Role><Rule><ID>r</ID><Status>Enabled</Status>\
         <Priority>1</Priority><Filter></Filter><DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication>\
         {more}<Destination><Bucket>arn:aws:s3:::dst</Bucket>{destination}</Destination></Rule></ReplicationConfiguration>"
    )
}

impl Client {
    /// Two buckets, and rules from the one to the other.
    fn new(cloud: Cloud) -> Client {
        let mut client = Client(cloud);
        client.iam("CreateRole", &[("RoleName", "copier"), ("AssumeRolePolicyDocument", &trust("s3.amazonaws.com"))]);
        client.permit(ALL);
        for bucket in ["src", "dst"] {
            client.s3("PUT", &format!("/{bucket}"), &[], "");
            client.s3("PUT", &format!("/{bucket}?versioning"), &[], VERSIONED);
        }
        client.s3("PUT", "/src?replication", &[], &rules("", ""));
        client
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Vec<u8>> {
        let mut request = Request::builder().method(method).uri(path).header("content-length", body.len());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.as_bytes().to_vec()).unwrap();
        self.0.sign(&mut request, &Credentials::new("test", "test", "s3"), Duration::ZERO);
        request
    }

    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> http::Response<Vec<u8>> {
        let request = self.request(method, path, headers, body);
        self.0.send(request).take().unwrap()
    }

    fn s3(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
        let response = self.send(method, path, headers, body);
        let text = String::from_utf8_lossy(response.body()).into_owned();
        assert!(response.status().is_success(), "{method} {path}: {text}");
        text
    }

    fn status(&mut self, path: &str) -> String {
        let response = self.send("HEAD", path, &[], "");
        response
            .headers()
            .get("x-amz-replication-status")
            .map(|status| status.to_str().unwrap().to_owned())
            .unwrap_or_default()
    }

    fn other(&mut self, service: &str, request: http::request::Builder, body: String) -> String {
        let mut request = request.body(body.into_bytes()).unwrap();
        self.0.sign(&mut request, &Credentials::new("test", "test", service), Duration::ZERO);
        let response = self.0.send(request).take().unwrap();
        let text = String::from_utf8_lossy(response.body()).into_owned();
        assert_eq!(response.status(), 200, "{text}");
        text
    }

    fn iam(&mut self, operation: &str, members: &[(&str, &str)]) {
        let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let members: String = members.iter().map(|(name, value)| format!("&{name}={}", escape(value))).collect();
        let request = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
        self.other("iam", request, format!("Action={operation}&Version=2010-05-08{members}"));
    }

    fn permit(&mut self, policy: &str) {
        self.iam("PutRolePolicy", &[("RoleName", "copier"), ("PolicyName", "may"), ("PolicyDocument", policy)]);
    }

    fn json(&mut self, service: &str, target: &str, body: &str) -> Json {
        let kind = if service == "sqs" { "application/x-amz-json-1.0" } else { "application/x-amz-json-1.1" };
        let request = Request::post("/").header("content-type", kind).header("x-amz-target", target);
        let text = self.other(service, request, body.to_owned());
        Json::parse(if text.is_empty() { "{}" } else { &text }).unwrap()
    }

    /// A queue that is told of these events of a bucket.
    fn listen(&mut self, bucket: &str, events: &str) {
        self.json("sqs", "AmazonSQS.CreateQueue", r#"{"QueueName": "told"}"#);
        let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}}"#;
        let attributes = Json::Object(vec![("Policy".to_owned(), policy.into())]);
        let body = Json::Object(vec![("QueueUrl".to_owned(), URL.into()), ("Attributes".to_owned(), attributes)]);
        self.json("sqs", "AmazonSQS.SetQueueAttributes", &body.to_string());
        let body = format!(
            "<NotificationConfiguration><QueueConfiguration><Queue>arn:aws:sqs:us-east-1:000000000000:told</Queue>\
             <Event>{events}</Event></QueueConfiguration></NotificationConfiguration>"
        );
        self.s3("PUT", &format!("/{bucket}?notification"), &[], &body);
        self.told();
    }

    fn told(&mut self) -> Json {
        self.next().unwrap()
    }

    /// The next message, which is deleted.
    fn next(&mut self) -> Option<Json> {
        let answer = self.json("sqs", "AmazonSQS.ReceiveMessage", &format!(r#"{{"QueueUrl": "{URL}"}}"#));
        let message = answer.get("Messages").and_then(Json::as_list).map(|list| list[0].clone())?;
        let handle = message.get("ReceiptHandle").and_then(Json::as_str).unwrap();
        self.json(
            "sqs",
            "AmazonSQS.DeleteMessage",
            &format!(r#"{{"QueueUrl": "{URL}", "ReceiptHandle": "{handle}"}}"#),
        );
        let body = Json::parse(message.get("Body").and_then(Json::as_str).unwrap()).unwrap();
        Some(body.get("Records").and_then(Json::as_list).map_or(Json::Null, |records| records[0].clone()))
    }

    /// Why the next object could not be replicated.
    fn failure(&mut self) -> String {
        let event = self.told();
        assert_eq!(text(&event, "eventName"), "Replication:OperationFailedReplication");
        text(&event, "replicationEventData.failureReason").to_owned()
    }

    /// The blobs that the store keeps alive.
    fn blobs(&mut self) -> usize {
        let kernel = self.0.kernel().clone();
        let range = Key::new().text("sys").text("blob").children();
        self.0.run(async move { kernel.engine().snapshot().scan(&range, &Scan::default()).await }).unwrap().rows.len()
    }

    /// The versions of a bucket, the newest of each key first: key, id, and whether it is a delete marker.
    fn versions(&mut self, bucket: &str) -> Vec<(String, String, bool)> {
        let list = self.s3("GET", &format!("/{bucket}?versions"), &[], "");
        let element = |text: &str, name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>")).unwrap();
            rest.split('<').next().unwrap().to_owned()
        };
        let mut found = Vec::new();
        for piece in list
            .split("<Version>")
            .skip(1)
            .flat_map(|piece| piece.split("<DeleteMarker>").enumerate().collect::<Vec<_>>())
        {
            let (place, text) = piece;
            found.push((element(text, "Key"), element(text, "VersionId"), place > 0));
        }
        found
    }
}

fn text<'a>(json: &'a Json, path: &str) -> &'a str {
    let found = path.split('.').try_fold(json, |json, name| json.get(name));
    found.and_then(Json::as_str).unwrap_or_else(|| panic!("no {path} in {json}"))
}

fn large(letter: &str) -> String {
    letter.repeat(20_000)
}

#[test]
fn failures_are_told_with_their_reasons() {
    let mut client = Client::new(Cloud::new(SERVICES, 1));
    client.s3("PUT", "/src?replication", &[], &rules("<Metrics><Status>Enabled</Status></Metrics>", ""));
    client.listen("src", "s3:Replication:*");
    let may = |actions: &str| {
        format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}}}"#)
    };
    client.iam("UpdateAssumeRolePolicy", &[("RoleName", "copier"), ("PolicyDocument", &trust("ec2.amazonaws.com"))]);
    client.s3("PUT", "/src/k", &[], "one");
    let event = client.told();
    assert_eq!(text(&event, "eventVersion"), "2.2");
    assert_eq!(text(&event, "s3.bucket.name"), "src");
    assert_eq!(text(&event, "s3.object.key"), "k");
    assert_eq!(text(&event, "replicationEventData.replicationRuleId"), "r");
    assert_eq!(text(&event, "replicationEventData.destinationBucket"), "arn:aws:s3:::dst");
    assert_eq!(text(&event, "replicationEventData.s3Operation"), "OBJECT_PUT");
    assert_eq!(text(&event, "replicationEventData.failureReason"), "AssumeRoleNotPermitted");
    client.iam("UpdateAssumeRolePolicy", &[("RoleName", "copier"), ("PolicyDocument", &trust("s3.amazonaws.com"))]);
    for (actions, reason) in [
        (r#""s3:Replicate*""#, "SrcHeadObjectNotPermitted"),
        (r#""s3:GetR*","s3:List*""#, "SrcGetObjectNotPermitted"),
        (r#""s3:GetR*","s3:List*","s3:GetObjectVersionF*""#, "SrcGetAclNotPermitted"),
        (r#""s3:GetR*","s3:List*","s3:GetObjectVersionF*","s3:GetObjectVersionAcl""#, "SrcGetTagNotPermitted"),
        (r#""s3:Get*","s3:List*""#, "DstPutObjectNotPermitted"),
        (r#""s3:Get*","s3:List*","s3:ReplicateObject""#, "DstPutTagNotPermitted"),
    ] {
        client.permit(&may(actions));
        client.s3("PUT", "/src/k", &[("x-amz-tagging", "a=b")], "more");
        assert_eq!(client.failure(), reason);
        assert_eq!(client.status("/src/k"), "FAILED");
    }
    client.s3("DELETE", "/src/k", &[], "");
    assert_eq!(client.failure(), "DstDelObjNotPermitted");
    client.permit(ALL);
    client.s3("PUT", "/dst?versioning", &[], &VERSIONED.replace("Enabled", "Suspended"));
    client.s3("PUT", "/src/k", &[], "more");
    assert_eq!(client.failure(), "DstBucketUnversioned");
    client.s3("DELETE", "/dst", &[], "");
    client.s3("PUT", "/src/k", &[], "more");
    assert_eq!(client.failure(), "DstBucketNotFound");
}

#[test]
fn a_replica_is_told_at_its_bucket() {
    let mut client = Client::new(Cloud::new(SERVICES, 1));
    client.listen("dst", "s3:ObjectCreated:*");
    client.s3("PUT", "/src/k", &[], "one");
    let event = client.told();
    assert_eq!((text(&event, "eventName"), text(&event, "s3.bucket.name")), ("ObjectCreated:Put", "dst"));
    assert!(text(&event, "userIdentity.principalId").ends_with(":s3-replication"));
}

#[test]
fn parts_are_replicated_as_they_are() {
    let mut client = Client::new(Cloud::new(SERVICES, 1));
    let key = client.json("kms", "TrentService.CreateKey", "{}");
    let arn = text(&key, "KeyMetadata.Arn").to_owned();
    let criteria = "<SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status></SseKmsEncryptedObjects>\
                    </SourceSelectionCriteria>";
    let to = format!("<EncryptionConfiguration><ReplicaKmsKeyID>{arn}</ReplicaKmsKeyID></EncryptionConfiguration>");
    client.s3("PUT", "/src?replication", &[], &rules(&to, criteria));
    let plain: &[(&str, &str)] = &[];
    let sealed =
        &[("x-amz-server-side-encryption", "aws:kms"), ("x-amz-server-side-encryption-bucket-key-enabled", "true")];
    for (key, headers) in [("plain", plain), ("sealed", sealed)] {
        let begun = client.s3("POST", &format!("/src/{key}?uploads"), headers, "");
        let upload = begun.split("<UploadId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let mut list = String::new();
        // Two parts: the first of the least size, the second a small one in a row.
        for (number, body) in [(1, "a".repeat(5 * 1024 * 1024)), (3, "end".to_owned())] {
            let part = client.send("PUT", &format!("/src/{key}?partNumber={number}&uploadId={upload}"), &[], &body);
            let etag = part.headers()["etag"].to_str().unwrap();
            list.push_str(&format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"));
        }
        let list = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
        client.s3("POST", &format!("/src/{key}?uploadId={upload}"), &[], &list);
        assert_eq!(client.status(&format!("/src/{key}")), "COMPLETED", "{key}");
        let whole = client.s3("GET", &format!("/dst/{key}"), &[], "");
        assert!(whole.len() == 5 * 1024 * 1024 + 3 && whole.ends_with("aaaend"), "{key}");
        let tags = [
            client.send("HEAD", &format!("/src/{key}"), &[], ""),
            client.send("HEAD", &format!("/dst/{key}"), &[], ""),
        ];
        assert_eq!(tags[0].headers()["etag"], tags[1].headers()["etag"]);
        assert_eq!(client.s3("GET", &format!("/dst/{key}?partNumber=3"), &[], ""), "end");
    }
    // What is gone at the source is there at the destination, and no bytes are left of what is gone everywhere.
    assert_eq!(client.blobs(), 4);
    for bucket in ["src", "dst"] {
        for (key, version, _) in client.versions(bucket) {
            client.s3("DELETE", &format!("/{bucket}/{key}?versionId={version}"), &[], "");
        }
        client.0.advance(Duration::from_secs(61));
        let left = if bucket == "src" { 2 } else { 0 };
        assert_eq!(client.blobs(), left);
    }
    client.0.advance(Duration::from_secs(2 * 86_400));
}

/// Whatever overtakes what: nothing waits for ever, what is said to be replicated is at the destination as it is at the
/// source, in its order, and no bytes are left over.
#[test]
fn replication_meets_other_calls() {
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..60 {
        let mut client = Client::new(Cloud::interleaved(SERVICES, seed));
        client.s3("PUT", "/src/k", &[], &large("a"));
        let first = client.versions("src")[0].1.clone();
        let tags =
            |value: &str| format!("<Tagging><TagSet><Tag><Key>t</Key><Value>{value}</Value></Tag></TagSet></Tagging>");
        let requests = vec![
            client.request("PUT", "/src/k", &[("x-amz-tagging", "t=new")], &large("b")),
            client.request("PUT", "/src/k?tagging", &[], &tags("changed")),
            client.request("DELETE", "/src/k", &[], ""),
            client.request("DELETE", &format!("/src/k?versionId={first}"), &[], ""),
            client.request("PUT", "/dst/k", &[], &large("c")),
            client.request("PUT", &format!("/src/k?tagging&versionId={first}"), &[], &tags("old")),
        ];
        for response in client.0.send_together(requests) {
            let status = response.take().unwrap().status().as_u16();
            assert!(status < 500, "seed {seed}: {status}");
        }
        client.0.advance(Duration::from_secs(120));
        let (at_source, at_destination) = (client.versions("src"), client.versions("dst"));
        let mut last = 0;
        for (key, version, marker) in &at_source {
            let there = at_destination.iter().position(|found| found == &(key.clone(), version.clone(), *marker));
            let there = there.unwrap_or_else(|| panic!("seed {seed}: {version} is not at the destination"));
            assert!(there >= last, "seed {seed}: in another order");
            last = there;
            if !marker {
                let [a, b] = ["src", "dst"].map(|bucket| format!("/{bucket}/k?versionId={version}"));
                assert_eq!(client.status(&a), "COMPLETED", "seed {seed}");
                assert_eq!(client.status(&b), "REPLICA", "seed {seed}");
                let [a, b] = [a, b].map(|path| client.s3("GET", &path.replace('?', "?tagging&"), &[], ""));
                assert_eq!(a, b, "seed {seed}");
            }
        }
        let objects = at_source.iter().chain(&at_destination).filter(|(_, _, marker)| !marker).count();
        assert_eq!(client.blobs(), objects, "seed {seed}");
        let seen = |response: http::Response<Vec<u8>>| (response.status().as_u16(), response.body().first().copied());
        let current = ["/src/k", "/dst/k"].map(|path| seen(client.send("GET", path, &[], "")));
        *outcomes.entry(format!("{current:?}")).or_default() += 1;
    }
    assert!(outcomes.len() > 1, "{outcomes:?}");
}

/// The rules go while something is under way: it does not wait for them, and who listens is told that it is given up.
#[test]
fn rules_go_meanwhile() {
    let mut given_up = 0;
    for seed in 0..40 {
        let mut client = Client::new(Cloud::interleaved(SERVICES, seed));
        let rules = rules("<Metrics><Status>Enabled</Status></Metrics>", "");
        client.s3("PUT", "/src?replication", &[], &rules);
        client.listen("src", "s3:Replication:*");
        let off = rules.replacen("Enabled", "Disabled", 1);
        let requests =
            vec![client.request("PUT", "/src/k", &[], "x"), client.request("PUT", "/src?replication", &[], &off)];
        client.0.send_together(requests);
        client.0.advance(Duration::from_secs(120));
        let there = client.send("HEAD", "/dst/k", &[], "").status() == 200;
        assert_eq!(client.status("/src/k"), if there { "COMPLETED" } else { "" }, "seed {seed}");
        if let Some(event) = client.next() {
            assert_eq!(text(&event, "eventName"), "Replication:OperationNotTracked", "seed {seed}");
            assert!(!there, "seed {seed}");
            given_up += 1;
        }
    }
    assert!((1..40).contains(&given_up), "{given_up}");
}
