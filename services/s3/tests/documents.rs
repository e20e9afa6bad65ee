//! Documents that were made of right ones by accident: every one is answered, as right or as wrong, and a right one can be
//! read again.
#![allow(clippy::unwrap_used)]

use http::Request;
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestRunner};
use std::time::Duration;
use testkit::{Cloud, Credentials, Element};

/// What is put where, as it may be.
const DOCUMENTS: [(&str, &str); 19] = [
    (
        "/bkt?lifecycle",
        "<LifecycleConfiguration><Rule><ID>a</ID><Filter><And><Prefix>p</Prefix><Tag><Key>k</Key><Value>v</Value></Tag><ObjectSizeGreaterThan>10</ObjectSizeGreaterThan></And></Filter><Status>Enabled</Status><Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition><Expiration><Days>60</Days></Expiration><NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration></Rule><Rule><ID>b</ID><Filter/><Status>Disabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>",
    ),
    (
        "/bkt?cors",
        "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>x-*</AllowedHeader><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule></CORSConfiguration>",
    ),
    (
        "/bkt?website",
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>e</Key></ErrorDocument><RoutingRules><RoutingRule><Condition><KeyPrefixEquals>a/</KeyPrefixEquals><HttpErrorCodeReturnedEquals>404</HttpErrorCodeReturnedEquals></Condition><Redirect><ReplaceKeyPrefixWith>b/</ReplaceKeyPrefixWith><HttpRedirectCode>302</HttpRedirectCode></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>",
    ),
    (
        "/bkt?tagging",
        "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag><Tag><Key>c</Key><Value></Value></Tag></TagSet></Tagging>",
    ),
    (
        "/bkt/k?tagging",
        "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag><Tag><Key>c</Key><Value></Value></Tag></TagSet></Tagging>",
    ),
    (
        "/open?acl",
        "<AccessControlPolicy><Owner><ID>dc907f9c5b73414f2e2c142d83d6677f70e8dc070a6e216651f00cf15fdef7a8</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>dc907f9c5b73414f2e2c142d83d6677f70e8dc070a6e216651f00cf15fdef7a8</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>",
    ),
    ("/bkt?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
    (
        "/bkt?encryption",
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>",
    ),
    (
        "/bkt?publicAccessBlock",
        "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>false</IgnorePublicAcls></PublicAccessBlockConfiguration>",
    ),
    (
        "/bkt?ownershipControls",
        "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>",
    ),
    (
        "/bkt?logging",
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>bkt</TargetBucket><TargetPrefix>l/</TargetPrefix><TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat></LoggingEnabled></BucketLoggingStatus>",
    ),
    (
        "/bkt?notification",
        "<NotificationConfiguration><QueueConfiguration><Id>a</Id><Queue>arn:aws:sqs:us-east-1:000000000000:q</Queue><Event>s3:ObjectCreated:*</Event><Filter><S3Key><FilterRule><Name>prefix</Name><Value>a</Value></FilterRule></S3Key></Filter></QueueConfiguration></NotificationConfiguration>",
    ),
    (
        "/bkt?inventory&id=a",
        "<InventoryConfiguration><Id>a</Id><IsEnabled>true</IsEnabled><Destination><S3BucketDestination><Bucket>arn:aws:s3:::bkt</Bucket><Format>CSV</Format></S3BucketDestination></Destination><Schedule><Frequency>Daily</Frequency></Schedule><IncludedObjectVersions>All</IncludedObjectVersions><OptionalFields><Field>Size</Field></OptionalFields></InventoryConfiguration>",
    ),
    (
        "/bkt?analytics&id=a",
        "<AnalyticsConfiguration><Id>a</Id><Filter><And><Prefix>p</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter><StorageClassAnalysis/></AnalyticsConfiguration>",
    ),
    ("/bkt?metrics&id=a", "<MetricsConfiguration><Id>a</Id><Filter><Prefix>p</Prefix></Filter></MetricsConfiguration>"),
    (
        "/bkt?intelligent-tiering&id=a",
        "<IntelligentTieringConfiguration><Id>a</Id><Status>Enabled</Status><Tiering><Days>90</Days><AccessTier>ARCHIVE_ACCESS</AccessTier></Tiering></IntelligentTieringConfiguration>",
    ),
    (
        "/locked?object-lock",
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
    ),
    (
        "/locked/k?retention",
        "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2027-01-01T00:00:00Z</RetainUntilDate></Retention>",
    ),
    ("/locked/k?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>"),
];

/// What texts are replaced by.
const TEXTS: [&str; 28] = [
    "",
    " ",
    "0",
    "-1",
    "1",
    "2147483647",
    "2147483648",
    "-9223372036854775808",
    "99999999999999999999",
    "1e9",
    "NaN",
    "true",
    "Enabled",
    "Disabled",
    "OFF",
    "GLACIER",
    "é\u{1f3ac}",
    "&amp;&lt;",
    "&#x10FFFF;",
    "&#0;",
    "&bomb;",
    "<![CDATA[<a>]]>",
    "2026-02-30T00:00:00Z",
    "+292278994-08-17T07:12:55.807Z",
    "9999-12-31T23:59:59.999999999Z",
    "1969-12-31",
    "arn:aws:s3:::",
    "*",
];

/// One accident: where, and which.
type Accident = (usize, usize, usize);

fn happen(document: &Element, accidents: &[Accident]) -> String {
    let mut root = document.clone();
    for &(place, kind, which) in accidents {
        let count = count(&root);
        change(&mut root, &mut (place % count), kind, which);
    }
    written(&root)
}

fn count(element: &Element) -> usize {
    1 + element.children.iter().map(count).sum::<usize>()
}

/// Finds an element by its number; it counts down.
fn change(element: &mut Element, number: &mut usize, kind: usize, which: usize) {
    if *number == 0 {
        let children = &mut element.children;
        match kind {
            0 => element.text = TEXTS[which % TEXTS.len()].to_owned(),
            1 if !children.is_empty() => drop(children.remove(which % children.len())),
            2 if !children.is_empty() => children.push(children[which % children.len()].clone()),
            3 => children.reverse(),
            4 => element.name = ["Rule", "And", "Id", "Key", "Unknown", "Filter", "Tag"][which % 7].to_owned(),
            5 => element.text = "x".repeat(which % 3_000),
            6 => children.push(Element::parse("<Unknown><Key>1</Key></Unknown>").unwrap()),
            7 if !children.is_empty() => {
                let many = children[which % children.len()].clone();
                children.extend(std::iter::repeat_n(many, which % 1_200));
            }
            _ => children.clear(),
        }
        return *number = usize::MAX;
    }
    *number -= 1;
    for child in &mut element.children {
        if *number != usize::MAX {
            change(child, number, kind, which);
        }
    }
}

fn written(element: &Element) -> String {
    let Element { name, text, children, .. } = element;
    // The one attribute that means something.
    let kind = if name == "Grantee" {
        " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\""
    } else {
        ""
    };
    format!("<{name}{kind}>{text}{}</{name}>", children.iter().map(written).collect::<String>())
}

fn send(cloud: &mut Cloud, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (u16, String) {
    let mut request = Request::builder().method(method).uri(path).header("content-length", body.len());
    // Nobody has to be there who is told.
    for (name, value) in headers.iter().chain(&[("x-amz-skip-destination-validation", "true")]) {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body.to_vec()).unwrap();
    cloud.sign(&mut request, &Credentials::new("test", "test", "s3"), Duration::ZERO);
    let response = cloud.send(request).take().unwrap();
    (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned())
}

fn cloud() -> Cloud {
    let mut cloud = Cloud::new(&[&s3::SERVICE, &sqs::SERVICE], 1);
    assert_eq!(send(&mut cloud, "PUT", "/bkt", &[], b"").0, 200);
    assert_eq!(send(&mut cloud, "PUT", "/locked", &[("x-amz-bucket-object-lock-enabled", "true")], b"").0, 200);
    assert_eq!(send(&mut cloud, "PUT", "/open", &[("x-amz-object-ownership", "ObjectWriter")], b"").0, 200);
    for path in ["/bkt/k", "/locked/k"] {
        assert_eq!(send(&mut cloud, "PUT", path, &[], b"It begins.").0, 200);
    }
    cloud
}

/// Cases that the environment may ask for (`PROPTEST_CASES`).
fn runner(cases: u32) -> TestRunner {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    TestRunner::new(ProptestConfig {
        cases: asked.unwrap_or(cases),
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

#[test]
fn every_document_is_answered() {
    let mut cloud = cloud();
    let accidents = vec((any::<usize>(), 0..9_usize, any::<usize>()), 0..5);
    let cloud = std::cell::RefCell::new(&mut cloud);
    let wanted = (select(DOCUMENTS.to_vec()), accidents);
    runner(600)
        .run(&wanted, |((path, right), accidents)| {
            let cloud = &mut *cloud.borrow_mut();
            let body = happen(&Element::parse(right).unwrap(), &accidents);
            let bypass = [("x-amz-bypass-governance-retention", "true")];
            let (status, answer) = send(cloud, "PUT", path, &bypass, body.as_bytes());
            prop_assert!(status == 200 || (400..500).contains(&status), "{} {}: {} {}", path, body, status, answer);
            if status != 200 {
                prop_assert!(answer.contains("<Code>") && !accidents.is_empty(), "{} {}: {}", path, body, answer);
                return Ok(());
            }
            // What was taken can be read, and is taken again.
            let (status, kept) = send(cloud, "GET", path, &[], b"");
            prop_assert!(status == 200 || status == 404, "{} {}: {} {}", path, body, status, kept);
            if status == 200 {
                let (status, answer) = send(cloud, "PUT", path, &[], kept.as_bytes());
                prop_assert!(status == 200, "{} {}: {} is not taken again: {}", path, body, kept, answer);
            }
            Ok(())
        })
        .unwrap();
}

/// Bytes that are no document, or one that is too deep, or cut.
#[test]
fn what_is_no_document_is_said_so() {
    let mut cloud = cloud();
    let (path, right) = DOCUMENTS[0];
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\">]><LifecycleConfiguration>&b;</LifecycleConfiguration>";
    let wide = format!("<LifecycleConfiguration {}/>", "a=\"1\" ".repeat(20_000));
    let mut wrong: Vec<Vec<u8>> = [deep.as_str(), bomb, &wide, "", "<", "no XML", "\u{feff}"].map(Vec::from).into();
    wrong.extend((1..right.len()).step_by(7).map(|at| right.as_bytes()[..at].to_vec()));
    wrong.push([right.as_bytes(), &[0xff]].concat());
    wrong.push([right.as_bytes(), b"<a/>"].concat());
    for body in wrong {
        let (status, answer) = send(&mut cloud, "PUT", path, &[], &body);
        assert_eq!(status, 400, "{}: {answer}", String::from_utf8_lossy(&body[..body.len().min(200)]));
    }
}

/// As many rules as there may be, each as it is usually written: too much for one row of the store.
#[test]
fn a_thousand_rules_are_kept() {
    let mut cloud = Cloud::new(&[&s3::SERVICE], 1);
    let mut call = |method: &str, path: &str, body: &str| send(&mut cloud, method, path, &[], body.as_bytes());
    for bucket in ["/bkt", "/copies"] {
        assert_eq!(call("PUT", bucket, "").0, 200);
        let versioned = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        assert_eq!(call("PUT", &format!("{bucket}?versioning"), versioned).0, 200);
    }
    let rules = |action: &dyn Fn(usize) -> String| -> String {
        let rule = |number| {
            let action = action(number);
            format!(
                "<Rule><ID>rule {number}</ID><Filter><And><Prefix>customers/{number}/documents/</Prefix><Tag><Key>kind</Key>\
                 <Value>draft</Value></Tag></And></Filter><Status>Enabled</Status>{action}</Rule>"
            )
        };
        (0..1_000).map(rule).collect()
    };
    let lifecycle = rules(&|_| "<Expiration><Days>30</Days></Expiration>".to_owned());
    let replication = rules(&|number| {
        format!(
            "<Priority>{number}</Priority><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>\
             <Destination><Bucket>arn:aws:s3:::copies</Bucket></Destination>"
        )
    });
    let role = "<Role>arn:aws:iam::000000000000:role/copier</Role>";
    for (path, document) in [
        ("/bkt?lifecycle", format!("<LifecycleConfiguration>{lifecycle}</LifecycleConfiguration>")),
        ("/bkt?replication", format!("<ReplicationConfiguration>{role}{replication}</ReplicationConfiguration>")),
    ] {
        let (status, answer) = call("PUT", path, &document);
        assert_eq!(status, 200, "{path}: {answer}");
        let (_, kept) = call("GET", path, "");
        let numbers = kept.split("<ID>rule ").skip(1).map(|rest| rest.split('<').next().unwrap().parse::<usize>());
        assert!(numbers.map(Result::unwrap).eq(0..1_000), "{path}");
        assert_eq!(call("DELETE", path, "").0, 204, "{path}");
        assert_eq!(call("GET", path, "").0, 404, "{path}");
    }
}
