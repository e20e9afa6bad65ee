//! Access points, where no transcript shows it: races with their bucket, and the log of what came through.
#![allow(clippy::unwrap_used)]

use http::Request;
use std::time::Duration;
use testkit::{Cloud, Credentials};

const POINT: &str = "/v20180820/accesspoint/way";
const CREATE: &str = "<CreateAccessPointRequest><Bucket>bkt</Bucket></CreateAccessPointRequest>";
const HOST: &str = "way-000000000000.s3-accesspoint.us-east-1.amazonaws.com";
const ACCOUNT: (&str, &str) = ("x-amz-account-id", "000000000000");

fn request(cloud: &Cloud, method: &str, path: &str, header: (&str, &str), body: &str) -> Request<Vec<u8>> {
    let request = Request::builder().method(method).uri(path).header("content-length", body.len());
    let mut request = request.header(header.0, header.1).body(body.as_bytes().to_vec()).unwrap();
    cloud.sign(&mut request, &Credentials::new("test", "test", "s3"), Duration::ZERO);
    request
}

fn send(cloud: &mut Cloud, method: &str, path: &str, header: (&str, &str), body: &str) -> (u16, String) {
    let request = request(cloud, method, path, header, body);
    let response = cloud.send(request).take().unwrap();
    (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned())
}

const PLAIN: (&str, &str) = ("host", "localhost:4566");

#[test]
fn no_access_point_outlives_the_deletion_of_its_bucket() {
    let mut outcomes = [0, 0];
    for seed in 0..100 {
        let mut cloud = Cloud::interleaved(&[&s3::SERVICE, &s3::control::SERVICE], seed);
        assert_eq!(send(&mut cloud, "PUT", "/bkt", PLAIN, "").0, 200);
        let requests =
            vec![request(&cloud, "PUT", POINT, ACCOUNT, CREATE), request(&cloud, "DELETE", "/bkt", PLAIN, "")];
        let responses = cloud.send_together(requests);
        let statuses: Vec<u16> = responses.into_iter().map(|answer| answer.take().unwrap().status().as_u16()).collect();
        let found = send(&mut cloud, "GET", POINT, ACCOUNT, "").0;
        match statuses[..] {
            [200, 400] => {
                outcomes[0] += 1;
                assert_eq!(found, 200, "seed {seed}");
            }
            [404, 204] => {
                outcomes[1] += 1;
                assert_eq!(found, 404, "seed {seed}");
            }
            _ => panic!("seed {seed}: {statuses:?}"),
        }
    }
    assert!(outcomes.iter().all(|count| *count > 0), "{outcomes:?}");
}

#[test]
fn an_access_log_tells_the_access_point() {
    let mut cloud = Cloud::new(&[&s3::SERVICE, &s3::control::SERVICE], 1);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/*"}]}"#;
    let logged = "<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs</TargetBucket><TargetPrefix>l/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>";
    for (path, body) in [("/bkt", ""), ("/logs", ""), ("/logs?policy", policy), ("/bkt?logging", logged)] {
        let (status, body) = send(&mut cloud, "PUT", path, PLAIN, body);
        assert!(status < 300, "{path}: {body}");
    }
    assert_eq!(send(&mut cloud, "PUT", POINT, ACCOUNT, CREATE).0, 200);
    assert_eq!(send(&mut cloud, "PUT", "/through", ("host", HOST), "logged").0, 200);
    let arn = "arn%3Aaws%3As3%3Aus-east-1%3A000000000000%3Aaccesspoint/way";
    assert_eq!(send(&mut cloud, "GET", &format!("/{arn}/through"), PLAIN, "").0, 200);
    assert_eq!(send(&mut cloud, "GET", "/bkt/through", PLAIN, "").0, 200);
    cloud.advance(Duration::from_secs(3_700));
    let (_, list) = send(&mut cloud, "GET", "/logs", PLAIN, "");
    let key = list.split("<Key>").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    let (_, log) = send(&mut cloud, "GET", &format!("/logs/{key}"), PLAIN, "");
    let lines: Vec<Vec<&str>> = log
        .lines()
        .filter(|line| line.contains(".OBJECT through"))
        .map(|line| line.split(' ').rev().take(4).collect())
        .collect();
    let point = "arn:aws:s3:us-east-1:000000000000:accesspoint/way";
    // From behind: aclRequired, the access point, the version of TLS, the host.
    assert_eq!(lines, [["-", point, "-", HOST], ["-", point, "-", PLAIN.1], ["-", "-", "-", PLAIN.1]], "{log}");
    assert!(log.lines().all(|line| line.split(' ').nth(1) == Some("bkt")), "{log}");
}
