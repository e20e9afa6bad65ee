//! How S3 is reached: hosts that name a bucket, requests that nobody signed, and what is no operation.

use crate::logging;
use http::{HeaderMap, Response, request::Parts};
use kernel::{Cx, Edge, Local, Way};
use wire::{Body, SMITHY_PROTOCOL, TARGET};

pub static EDGE: Edge = Edge { takes, serve, to_pages, answered: logging::answered, flush: logging::flush };

fn takes(head: &Parts, signed: bool) -> Option<Way> {
    let host = head.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if let Some(bucket) = bucket_of(host, signed) {
        let path = head.uri.path();
        return Some(Way::Operation { path: Some(format!("/{bucket}{path}")) });
    }
    // Who signs for S3 means S3; who does not sign at all means it, unless the request speaks as another service's.
    let form =
        head.headers.get(http::header::CONTENT_TYPE).is_some_and(|value| value == "application/x-www-form-urlencoded");
    let other = head.headers.contains_key(TARGET)
        || head.headers.contains_key(SMITHY_PROTOCOL)
        || form
        || head.uri.path() == "/"
        || head.uri.query().is_some_and(|query| query.contains("Action="));
    (signed || !other).then_some(Way::Operation { path: None })
}

/// The bucket that a host names: `bucket.s3.localhost`, `bucket.s3.eu-west-1.amazonaws.com`, `bucket.localhost` where the
/// request is for S3 by its signature.
pub fn bucket_of(host: &str, signed: bool) -> Option<&str> {
    let host = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(host, _)| host);
    let ends = [".localhost", ".localhost.localstack.cloud", ".amazonaws.com", ".amazonaws.com.cn"];
    let front = ends.iter().find_map(|end| host.strip_suffix(end))?;
    // `bucket.s3`, `bucket.s3.region`, `bucket.s3.dualstack.region`, `bucket.s3-accelerate`, `bucket.s3-region`
    let service = |label: &str| {
        label == "s3"
            || label.strip_prefix("s3-").is_some_and(|rest| rest != "website" && !rest.starts_with("website-"))
    };
    let labels = front.match_indices('.').map(|(at, _)| at);
    for at in labels {
        let rest = &front[at + 1..];
        let first = rest.split('.').next().unwrap_or_default();
        if service(first) && rest.split('.').count() <= 3 {
            return Some(&front[..at]).filter(|bucket| !bucket.is_empty());
        }
    }
    // Clients put the bucket before any endpoint that is a name.
    (signed && host.ends_with(".localhost") && !service(front.split('.').next().unwrap_or_default())).then_some(front)
}

fn serve(_cx: Cx, _body: Body) -> Local<'static, Response<Body>> {
    Box::pin(async { Response::new(Body::Empty) })
}

fn to_pages(_cx: Cx) -> Local<'static, HeaderMap> {
    Box::pin(async { HeaderMap::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (host, bucket) in [
            ("b.s3.localhost:4566", Some("b")),
            ("my.bucket.s3.localhost", Some("my.bucket")),
            ("b.s3.eu-west-1.localhost:4566", Some("b")),
            ("b.s3.eu-west-1.localhost.localstack.cloud:4566", Some("b")),
            ("b.s3.dualstack.eu-west-1.amazonaws.com", Some("b")),
            ("b.s3-accelerate.amazonaws.com", Some("b")),
            ("b.s3-eu-west-1.amazonaws.com", Some("b")),
            ("s3.localhost:4566", None),
            ("s3.eu-west-1.amazonaws.com", None),
            ("localhost:4566", None),
            ("127.0.0.1:4566", None),
            ("b.s3-website-us-east-1.amazonaws.com", None),
        ] {
            assert_eq!(bucket_of(host, false), bucket, "{host}");
        }
        assert_eq!(bucket_of("b.localhost:4566", true), Some("b"));
        assert_eq!(bucket_of("b.localhost:4566", false), None);
    }
}
