//! Calls of a cloud in process, by whoever signs as `test`.

use http::{Request, Response};
use std::time::Duration;
use testkit::{Cloud, Credentials, Handle};
use wire::Json;

pub const URL: &str = "http://localhost:4566/000000000000/q";

pub fn credentials() -> Credentials {
    Credentials::new("test", "test", "sqs")
}

pub fn request(operation: &str, body: &str) -> Request<Vec<u8>> {
    Request::post("/")
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", format!("AmazonSQS.{operation}"))
        .body(body.replace("URL", URL).into_bytes())
        .unwrap()
}

/// The answer, if it is there.
pub fn call(cloud: &mut Cloud, operation: &str, body: &str) -> Handle<Response<Vec<u8>>> {
    cloud.send_signed(request(operation, body), &credentials(), Duration::ZERO)
}

pub fn body(handle: &Handle<Response<Vec<u8>>>) -> Option<Json> {
    let response = handle.take()?;
    assert_eq!(response.status(), 200);
    Some(Json::parse(std::str::from_utf8(response.body()).unwrap()).unwrap())
}
