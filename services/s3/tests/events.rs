//! Notifications: what a queue is sent, and that it is sent whatever happens meanwhile.
#![allow(clippy::unwrap_used)]

use std::time::Duration;
use testkit::{Cloud, Credentials};
use wire::Json;

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "sqs:SendMessage", "Resource": "*", "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::films"},
    "StringEquals": {"aws:SourceAccount": "000000000000"}}}}"#;

struct Client(Cloud);

impl Client {
    fn new() -> Client {
        let mut client = Client(Cloud::new(&[&s3::SERVICE, &sqs::SERVICE], 1));
        client.s3("PUT", "/films", "");
        client.sqs("CreateQueue", &[("QueueName", "jobs")]);
        client
    }

    fn send(&mut self, service: &str, request: http::Request<Vec<u8>>) -> (u16, String) {
        let credentials = Credentials {
            access_key: "test".into(),
            secret: "test".into(),
            token: None,
            region: "us-east-1".into(),
            service: service.into(),
        };
        let response = self.0.send_signed(request, &credentials, Duration::ZERO).take().unwrap();
        (response.status().as_u16(), String::from_utf8(response.into_body()).unwrap())
    }

    fn s3(&mut self, method: &str, path: &str, body: &str) -> (u16, String) {
        let request = http::Request::builder().method(method).uri(path).header("content-length", body.len());
        self.send("s3", request.body(body.as_bytes().to_vec()).unwrap())
    }

    fn sqs(&mut self, operation: &str, members: &[(&str, &str)]) -> Json {
        let request = http::Request::post("/")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{operation}"));
        let members = members.iter().map(|(name, value)| (name.to_string(), Json::from(*value)));
        let body = Json::Object(members.collect()).to_string();
        let (status, body) = self.send("sqs", request.body(body.into_bytes()).unwrap());
        assert_eq!(status, 200, "{body}");
        Json::parse(if body.is_empty() { "{}" } else { &body }).unwrap()
    }

    fn permit(&mut self, policy: &str) {
        let request = http::Request::post("/")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", "AmazonSQS.SetQueueAttributes");
        let attributes = Json::Object(vec![("Policy".to_owned(), policy.into())]);
        let body = Json::Object(vec![("QueueUrl".to_owned(), URL.into()), ("Attributes".to_owned(), attributes)]);
        assert_eq!(self.send("sqs", request.body(body.to_string().into_bytes()).unwrap()).0, 200);
    }

    fn notify(&mut self, skip: bool) -> (u16, String) {
        let body = "<NotificationConfiguration><QueueConfiguration><Id>all</Id>\
            <Queue>arn:aws:sqs:us-east-1:000000000000:jobs</Queue>\
            <Event>s3:ObjectCreated:*</Event><Event>s3:ObjectRemoved:*</Event>\
            <Filter><S3Key><FilterRule><Name>Prefix</Name><Value>in/</Value></FilterRule>\
            <FilterRule><Name>Suffix</Name><Value>.txt</Value></FilterRule></S3Key></Filter>\
            </QueueConfiguration></NotificationConfiguration>";
        let request = http::Request::put("/films?notification").header("content-length", body.len());
        let request = if skip { request.header("x-amz-skip-destination-validation", "true") } else { request };
        self.send("s3", request.body(body.as_bytes().to_vec()).unwrap())
    }

    fn notify_of(&mut self, events: &str) {
        let body = format!(
            "<NotificationConfiguration><QueueConfiguration><Queue>arn:aws:sqs:us-east-1:000000000000:jobs</Queue>\
             {events}</QueueConfiguration></NotificationConfiguration>"
        );
        let (status, answer) = self.s3("PUT", "/films?notification", &body);
        assert_eq!(status, 200, "{answer}");
    }

    /// The next message, which is deleted.
    fn receive(&mut self) -> Option<Json> {
        let answer = self.sqs("ReceiveMessage", &[("QueueUrl", URL)]);
        let message = answer.get("Messages")?.as_list()?.first()?.clone();
        let handle = message.get("ReceiptHandle")?.as_str()?.to_owned();
        self.sqs("DeleteMessage", &[("QueueUrl", URL), ("ReceiptHandle", &handle)]);
        Json::parse(message.get("Body")?.as_str()?).ok()
    }

    /// The one record of the next message.
    fn event(&mut self) -> Option<Json> {
        self.receive()?.get("Records")?.as_list()?.first().cloned()
    }
}

const URL: &str = "http://localhost:4566/000000000000/jobs";

fn at<'a>(json: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(json, |json, name| json.get(name))
}

fn text<'a>(json: &'a Json, path: &str) -> &'a str {
    at(json, path).and_then(Json::as_str).unwrap_or_else(|| panic!("no {path} in {json}"))
}

#[test]
fn a_queue_is_told() {
    let mut client = Client::new();
    client.permit(POLICY);
    let (status, answer) = client.notify(false);
    assert_eq!(status, 200, "{answer}");
    let test = client.receive().unwrap();
    assert_eq!((text(&test, "Service"), text(&test, "Event")), ("Amazon S3", "s3:TestEvent"));
    assert_eq!(text(&test, "Bucket"), "films");

    for key in ["in/a%20b.txt", "in/a.jpg", "out/a.txt"] {
        assert_eq!(client.s3("PUT", &format!("/films/{key}"), "It begins.").0, 200);
    }
    let event = client.event().unwrap();
    assert_eq!(text(&event, "eventVersion"), "2.1");
    assert_eq!(text(&event, "eventSource"), "aws:s3");
    assert_eq!(text(&event, "eventName"), "ObjectCreated:Put");
    assert_eq!(text(&event, "eventTime"), "2026-01-01T00:00:00.000Z");
    assert_eq!(text(&event, "userIdentity.principalId"), "AWS:000000000000");
    assert_eq!(text(&event, "requestParameters.sourceIPAddress"), "127.0.0.1");
    assert_eq!(text(&event, "s3.configurationId"), "all");
    assert_eq!(text(&event, "s3.bucket.arn"), "arn:aws:s3:::films");
    assert_eq!(text(&event, "s3.object.key"), "in/a+b.txt");
    assert_eq!(text(&event, "s3.object.eTag"), "e0cfaa67329db01bdc7cce6b334a4bf6");
    assert_eq!(at(&event, "s3.object.size").and_then(Json::as_i64), Some(10));
    assert!(at(&event, "s3.object.versionId").is_none());
    let first = text(&event, "s3.object.sequencer").to_owned();

    client.s3("DELETE", "/films/in/a%20b.txt", "");
    let event = client.event().unwrap();
    assert_eq!(text(&event, "eventName"), "ObjectRemoved:Delete");
    assert!(text(&event, "s3.object.sequencer") > first.as_str());
    assert!(at(&event, "s3.object.size").is_none());
    assert!(client.receive().is_none(), "the others are not asked for");
}

#[test]
fn each_way_has_its_event() {
    let mut client = Client::new();
    client.permit(POLICY);
    client.notify_of("<Event>s3:ObjectCreated:*</Event><Event>s3:ObjectTagging:*</Event>");
    client.receive().unwrap();
    client.s3("PUT", "/films/in/a.txt", "It begins.");
    let copy = http::Request::put("/films/in/b.txt").header("x-amz-copy-source", "films/in/a.txt");
    assert_eq!(client.send("s3", copy.header("content-length", 0).body(Vec::new()).unwrap()).0, 200);
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    let tag = http::Request::put("/films/in/b.txt?tagging").header("content-length", tags.len());
    assert_eq!(client.send("s3", tag.body(tags.as_bytes().to_vec()).unwrap()).0, 200);
    client.s3("DELETE", "/films/in/b.txt?tagging", "");
    let (_, started) = client.s3("POST", "/films/in/c.txt?uploads", "");
    let id = started.split("<UploadId>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert_eq!(client.s3("PUT", &format!("/films/in/c.txt?uploadId={id}&partNumber=1"), "It begins.").0, 200);
    let parts = "<CompleteMultipartUpload><Part><ETag>e0cfaa67329db01bdc7cce6b334a4bf6</ETag>\
        <PartNumber>1</PartNumber></Part></CompleteMultipartUpload>";
    let done = client.s3("POST", &format!("/films/in/c.txt?uploadId={id}"), parts);
    assert_eq!(done.0, 200, "{}", done.1);
    let told: Vec<Json> = std::iter::from_fn(|| client.event()).collect();
    let told: Vec<_> = told.iter().map(|event| (text(event, "eventName"), text(event, "eventVersion"))).collect();
    let expected = [
        ("ObjectCreated:Put", "2.1"),
        ("ObjectCreated:Copy", "2.1"),
        ("ObjectTagging:Put", "2.3"),
        ("ObjectTagging:Delete", "2.3"),
        ("ObjectCreated:CompleteMultipartUpload", "2.1"),
    ];
    assert_eq!(told, expected);
}

#[test]
fn versions_are_named() {
    let mut client = Client::new();
    client.permit(POLICY);
    client.notify(false);
    client.receive().unwrap();
    let enable = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    assert_eq!(client.s3("PUT", "/films?versioning", enable).0, 200);
    client.s3("PUT", "/films/in/a.txt", "It begins.");
    client.s3("DELETE", "/films/in/a.txt", "");
    let (put, marker) = (client.event().unwrap(), client.event().unwrap());
    assert_eq!(text(&marker, "eventName"), "ObjectRemoved:DeleteMarkerCreated");
    let version = text(&put, "s3.object.versionId");
    assert_ne!(text(&marker, "s3.object.versionId"), version);
    client.s3("DELETE", &format!("/films/in/a.txt?versionId={version}"), "");
    let removed = client.event().unwrap();
    assert_eq!(text(&removed, "eventName"), "ObjectRemoved:Delete");
    assert_eq!(text(&removed, "s3.object.versionId"), version);
}

#[test]
fn rules_of_lifecycles_tell_too() {
    let mut client = Client::new();
    client.permit(POLICY);
    client.notify_of("<Event>s3:LifecycleExpiration:*</Event><Event>s3:LifecycleTransition</Event>");
    client.receive().unwrap();
    client.s3("PUT", "/films/a.txt", "It begins.");
    let rules = "<LifecycleConfiguration><Rule><ID>r</ID><Status>Enabled</Status><Filter/>\
        <Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>\
        <Expiration><Days>10</Days></Expiration></Rule></LifecycleConfiguration>";
    let put = http::Request::put("/films?lifecycle").header("content-length", rules.len());
    let put = put.header("x-amz-transition-default-minimum-object-size", "varies_by_storage_class");
    assert_eq!(client.send("s3", put.body(rules.as_bytes().to_vec()).unwrap()).0, 200);
    client.0.advance(Duration::from_secs(3 * 24 * 60 * 60));
    let moved = client.event().unwrap();
    assert_eq!((text(&moved, "eventName"), text(&moved, "eventVersion")), ("LifecycleTransition", "2.3"));
    assert_eq!(text(&moved, "lifecycleEventData.transitionEventData.destinationStorageClass"), "GLACIER");
    assert_eq!(text(&moved, "userIdentity.principalId"), "s3.amazonaws.com");
    client.0.advance(Duration::from_secs(10 * 24 * 60 * 60));
    assert_eq!(text(&client.event().unwrap(), "eventName"), "LifecycleExpiration:Delete");
}

#[test]
fn a_copy_out_of_an_archive_is_told_of_when_it_comes_and_goes() {
    const HOUR: u64 = 60 * 60;
    let mut client = Client::new();
    client.permit(POLICY);
    client.notify_of("<Event>s3:ObjectRestore:*</Event>");
    client.receive().unwrap();
    let put = http::Request::put("/films/a.txt").header("x-amz-storage-class", "GLACIER").header("content-length", 1);
    assert_eq!(client.send("s3", put.body(b"x".to_vec()).unwrap()).0, 200);
    let restore = |days: u32| format!("<RestoreRequest><Days>{days}</Days></RestoreRequest>");
    assert_eq!(client.s3("POST", "/films/a.txt?restore", &restore(1)).0, 202);
    assert_eq!(text(&client.event().unwrap(), "eventName"), "ObjectRestore:Post");
    // Sooner, after all.
    let sooner = "<RestoreRequest><Days>1</Days><GlacierJobParameters><Tier>Expedited</Tier></GlacierJobParameters></RestoreRequest>";
    assert_eq!(client.s3("POST", "/films/a.txt?restore", sooner).0, 202);
    assert_eq!(text(&client.event().unwrap(), "eventName"), "ObjectRestore:Post");
    client.0.advance(Duration::from_secs(6 * HOUR));
    let completed = client.event().unwrap();
    assert_eq!(text(&completed, "eventName"), "ObjectRestore:Completed");
    assert_eq!(text(&completed, "eventTime"), "2026-01-01T00:05:00.000Z");
    assert_eq!(text(&completed, "glacierEventData.restoreEventData.lifecycleRestoreStorageClass"), "GLACIER");
    assert!(client.event().is_none(), "told once, whenever it was to be there first");
    // For longer: it goes at the later end only.
    assert_eq!(client.s3("POST", "/films/a.txt?restore", &restore(3)).0, 200);
    client.0.advance(Duration::from_secs(48 * HOUR));
    assert!(client.event().is_none());
    client.0.advance(Duration::from_secs(48 * HOUR));
    let gone = client.event().unwrap();
    assert_eq!((text(&gone, "eventName"), text(&gone, "eventVersion")), ("ObjectRestore:Delete", "2.3"));
    assert!(client.event().is_none());
}

#[test]
fn what_fails_is_tried_again_for_a_day() {
    let mut client = Client::new();
    // Nobody may send to the queue: the configuration is refused, unless nobody looks.
    assert_eq!(client.notify(false).0, 400);
    assert_eq!(client.notify(true).0, 200);
    client.s3("PUT", "/films/in/first.txt", "It begins.");
    client.0.advance(Duration::from_secs(60 * 60));
    assert!(client.receive().is_none());
    client.permit(POLICY);
    client.0.advance(Duration::from_secs(15 * 60));
    let event = client.event().unwrap();
    assert_eq!(text(&event, "s3.object.key"), "in/first.txt");
    assert_eq!(text(&event, "eventTime"), "2026-01-01T00:00:00.000Z", "when it happened");
    assert!(client.receive().is_none());

    client.permit("");
    client.s3("PUT", "/films/in/second.txt", "It begins.");
    client.0.advance(Duration::from_secs(25 * 60 * 60));
    client.permit(POLICY);
    client.0.advance(Duration::from_secs(60 * 60));
    assert!(client.receive().is_none(), "after a day it was given up");
}

#[test]
fn the_source_is_who_the_policy_says() {
    let mut client = Client::new();
    client.permit(&POLICY.replace("arn:aws:s3:::films", "arn:aws:s3:::others"));
    let (status, why) = client.notify(false);
    assert_eq!(status, 400);
    assert!(why.contains("Unable to validate the following destination configurations"), "{why}");
    client.permit(&POLICY.replace("\"000000000000\"", "\"111122223333\""));
    assert_eq!(client.notify(false).0, 400);
    client.permit(POLICY);
    assert_eq!(client.notify(false).0, 200);
}
