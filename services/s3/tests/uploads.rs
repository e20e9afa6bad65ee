//! Uploads: what becomes of their bytes, and what two calls at a time do to one.
#![allow(clippy::unwrap_used)]

use http::Request;
use kernel::store::{Key, Scan};
use std::time::Duration;
use testkit::{Cloud, Credentials};

type Response = http::Response<Vec<u8>>;

fn request(cloud: &Cloud, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Vec<u8>> {
    let mut request = Request::builder().method(method).uri(path).header("content-length", body.len());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(body.as_bytes().to_vec()).unwrap();
    cloud.sign(&mut request, &Credentials::new("test", "test", "s3"), Duration::ZERO);
    request
}

fn send(cloud: &mut Cloud, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let request = request(cloud, method, path, headers, body);
    cloud.send(request).take().unwrap()
}

fn done(cloud: &mut Cloud, method: &str, path: &str, body: &str) -> Response {
    let response = send(cloud, method, path, &[], body);
    assert!(response.status().is_success(), "{method} {path}: {}", String::from_utf8_lossy(response.body()));
    response
}

fn begin(cloud: &mut Cloud, path: &str) -> String {
    let response = done(cloud, "POST", &format!("{path}?uploads"), "");
    let text = String::from_utf8(response.into_body()).unwrap();
    text.split("<UploadId>").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

fn part(cloud: &mut Cloud, path: &str, upload: &str, number: u32, body: &str) -> String {
    let response = done(cloud, "PUT", &format!("{path}?partNumber={number}&uploadId={upload}"), body);
    response.headers()["etag"].to_str().unwrap().to_owned()
}

fn list(parts: &[(u32, &str)]) -> String {
    let part =
        |(number, etag): &(u32, &str)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
    format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", parts.iter().map(part).collect::<String>())
}

fn complete(cloud: &mut Cloud, path: &str, upload: &str, parts: &[(u32, &str)]) {
    done(cloud, "POST", &format!("{path}?uploadId={upload}"), &list(parts));
}

/// The blobs that the store keeps alive.
fn blobs(cloud: &mut Cloud) -> usize {
    let kernel = cloud.kernel().clone();
    let range = Key::new().text("sys").text("blob").children();
    cloud.run(async move { kernel.engine().snapshot().scan(&range, &Scan::default()).await }).unwrap().rows.len()
}

fn large(letter: &str) -> String {
    letter.repeat(20_000)
}

#[test]
fn parts_go_when_nothing_is_made_of_them() {
    let mut cloud = Cloud::new(&[&s3::SERVICE], 1);
    done(&mut cloud, "PUT", "/bkt", "");
    let upload = begin(&mut cloud, "/bkt/k");
    part(&mut cloud, "/bkt/k", &upload, 1, &large("a"));
    let etag = part(&mut cloud, "/bkt/k", &upload, 1, &large("b"));
    assert_eq!(blobs(&mut cloud), 1, "a part that is replaced");
    part(&mut cloud, "/bkt/k", &upload, 2, &large("c"));
    complete(&mut cloud, "/bkt/k", &upload, &[(1, &etag)]);
    assert_eq!(blobs(&mut cloud), 1, "a part that is not listed");
    assert_eq!(done(&mut cloud, "GET", "/bkt/k", "").body(), large("b").as_bytes());

    let aborted = begin(&mut cloud, "/bkt/other");
    part(&mut cloud, "/bkt/other", &aborted, 1, &large("d"));
    part(&mut cloud, "/bkt/other", &aborted, 2, &large("e"));
    assert_eq!(blobs(&mut cloud), 3);
    done(&mut cloud, "DELETE", &format!("/bkt/other?uploadId={aborted}"), "");
    assert_eq!(blobs(&mut cloud), 1, "an upload that is aborted");

    // Reads that are under way have a minute.
    done(&mut cloud, "PUT", "/bkt/k", "small");
    assert_eq!(blobs(&mut cloud), 1);
    cloud.advance(Duration::from_secs(61));
    assert_eq!(blobs(&mut cloud), 0, "an object that is replaced");
}

#[test]
fn a_bucket_takes_along_what_is_left_in_it() {
    let mut cloud = Cloud::new(&[&s3::SERVICE], 1);
    done(&mut cloud, "PUT", "/bkt", "");
    let upload = begin(&mut cloud, "/bkt/k");
    let etag = part(&mut cloud, "/bkt/k", &upload, 1, &large("a"));
    complete(&mut cloud, "/bkt/k", &upload, &[(1, &etag)]);
    let unfinished = begin(&mut cloud, "/bkt/k");
    part(&mut cloud, "/bkt/k", &unfinished, 1, &large("b"));
    done(&mut cloud, "DELETE", "/bkt/k", "");
    done(&mut cloud, "DELETE", "/bkt", "");
    cloud.advance(Duration::from_secs(1));
    assert_eq!(blobs(&mut cloud), 0);
}

#[test]
fn copies_have_bytes_of_their_own() {
    let mut cloud = Cloud::new(&[&s3::SERVICE], 1);
    done(&mut cloud, "PUT", "/bkt", "");
    for (key, body) in [("large", large("a")), ("small", "b".to_owned()), ("empty", String::new())] {
        done(&mut cloud, "PUT", &format!("/bkt/{key}"), &body);
        let copy = format!("/bkt/{key}-copy");
        let source = format!("bkt/{key}");
        assert_eq!(send(&mut cloud, "PUT", &copy, &[("x-amz-copy-source", &source)], "").status(), 200);
        done(&mut cloud, "DELETE", &format!("/bkt/{key}"), "");
        assert_eq!(done(&mut cloud, "GET", &copy, "").body(), body.as_bytes());
    }
    assert_eq!(blobs(&mut cloud), 1);
    // One that is refused leaves nothing.
    let headers = [("x-amz-copy-source", "bkt/large-copy"), ("if-none-match", "*")];
    assert_eq!(send(&mut cloud, "PUT", "/bkt/small-copy", &headers, "").status(), 412);
    assert_eq!(blobs(&mut cloud), 1);
}

/// What an upload of one part comes to when two calls meet.
fn race(seed: u64, calls: impl Fn(&str, &str) -> Vec<(&'static str, String, String)>) -> (Cloud, Vec<u16>) {
    let mut cloud = Cloud::interleaved(&[&s3::SERVICE], seed);
    done(&mut cloud, "PUT", "/bkt", "");
    let upload = begin(&mut cloud, "/bkt/k");
    let etag = part(&mut cloud, "/bkt/k", &upload, 1, &large("a"));
    let calls = calls(&upload, &etag);
    let requests = calls.iter().map(|(method, path, body)| request(&cloud, method, path, &[], body)).collect();
    let responses = cloud.send_together(requests);
    let statuses = responses.into_iter().map(|response| response.take().unwrap().status().as_u16()).collect();
    cloud.advance(Duration::from_secs(61));
    (cloud, statuses)
}

#[test]
fn a_part_is_not_replaced_under_a_completion() {
    let mut outcomes = [0, 0];
    for seed in 0..100 {
        let (mut cloud, statuses) = race(seed, |upload, etag| {
            vec![
                ("POST", format!("/bkt/k?uploadId={upload}"), list(&[(1, etag)])),
                ("PUT", format!("/bkt/k?partNumber=1&uploadId={upload}"), large("b")),
            ]
        });
        let found = send(&mut cloud, "GET", "/bkt/k", &[], "");
        match statuses[..] {
            [200, 404] => {
                outcomes[0] += 1;
                assert_eq!(found.body(), large("a").as_bytes(), "seed {seed}");
            }
            [400, 200] => {
                outcomes[1] += 1;
                assert_eq!(found.status(), 404, "seed {seed}");
            }
            _ => panic!("seed {seed}: {statuses:?}"),
        }
        assert_eq!(blobs(&mut cloud), 1, "seed {seed}");
    }
    assert!(outcomes.iter().all(|count| *count > 0), "{outcomes:?}");
}

#[test]
fn an_upload_is_completed_or_aborted() {
    for seed in 0..100 {
        let (mut cloud, statuses) = race(seed, |upload, etag| {
            vec![
                ("POST", format!("/bkt/k?uploadId={upload}"), list(&[(1, etag)])),
                ("DELETE", format!("/bkt/k?uploadId={upload}"), String::new()),
            ]
        });
        assert!(matches!(statuses[..], [200, 404] | [404, 204]), "seed {seed}: {statuses:?}");
        let there = send(&mut cloud, "GET", "/bkt/k", &[], "").status() == 200;
        assert_eq!((there, blobs(&mut cloud)), if statuses[0] == 200 { (true, 1) } else { (false, 0) }, "seed {seed}");
    }
}

#[test]
fn a_completion_may_be_said_twice_at_once() {
    for seed in 0..50 {
        let (mut cloud, statuses) = race(seed, |upload, etag| {
            let call = ("POST", format!("/bkt/k?uploadId={upload}"), list(&[(1, etag)]));
            vec![call.clone(), call]
        });
        assert_eq!(statuses, [200, 200], "seed {seed}");
        assert_eq!(done(&mut cloud, "GET", "/bkt/k", "").body(), large("a").as_bytes());
    }
}
