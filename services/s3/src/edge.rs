//! How S3 is reached: hosts that name a bucket, requests that nobody signed, and what is no operation.

use crate::{
    access_point::{arn_of, owned},
    bucket::Bucket,
    control, copy, cors, form, logging, site,
};
use http::{HeaderMap, Method, Response, header, request::Parts};
use kernel::{Cx, Edge, Local, Region, Way};
use std::borrow::Cow;
use wire::{Body, Fault, Protocol, SMITHY_PROTOCOL, TARGET, query};

pub static EDGE: Edge = Edge { takes, serve, admits, to_pages, answered: logging::answered, flush: logging::flush };

fn takes(head: &Parts, signed: bool) -> Option<Way> {
    if control::is_control(head) {
        return None;
    }
    let host = host(head);
    if site::named(host).is_some() {
        return Some(Way::Page);
    }
    // A preflight has the URL of what is asked for later, with its signature where that is in the URL.
    if head.method == Method::OPTIONS || !signed && is_form(head) {
        return addressed(head, signed).map(|_| Way::Page);
    }
    if let Some(bucket) = named_by(host, signed) {
        let path = head.uri.path();
        return Some(Way::Operation { path: Some(format!("/{bucket}{path}")) });
    }
    if let Some(path) = with_colon(head.uri.path()) {
        return Some(Way::Operation { path: Some(path) });
    }
    // Who signs for S3 means S3; who does not sign at all means it, unless the request speaks as another service's.
    let form = head
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let other = head.headers.contains_key(TARGET)
        || head.headers.contains_key(SMITHY_PROTOCOL)
        || form
        || head.uri.path() == "/"
        || head.uri.query().is_some_and(|query| query.contains("Action="));
    (signed || !other).then_some(Way::Operation { path: None })
}

fn host(head: &Parts) -> &str {
    head.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

/// A browser's upload.
fn is_form(head: &Parts) -> bool {
    let kind = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    head.method == Method::POST
        && kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
}

/// The bucket that a request is about, and whether it is about an object in it: as [`takes`] and the operations find it.
fn addressed(head: &Parts, signed: bool) -> Option<(String, bool)> {
    let (host, path) = (host(head), head.uri.path().strip_prefix('/').unwrap_or_default());
    // Browsers sign neither preflights nor forms, whose URL is the one that an SDK made of an endpoint.
    let loosely = signed || head.method == Method::OPTIONS || is_form(head);
    if let Some(bucket) = site::named(host).map(|site| site.bucket.into()).or_else(|| named_by(host, loosely)) {
        return Some((bucket.into_owned(), !path.is_empty()));
    }
    in_path(head.uri.path()).map(|(bucket, key)| (bucket, !key.is_empty()))
}

/// The bucket, or the access point, that a path begins with, and the key behind it as it was sent.
pub fn in_path(path: &str) -> Option<(String, String)> {
    let path = with_colon(path).map_or(Cow::Borrowed(path), Cow::Owned);
    let path = path.strip_prefix('/').unwrap_or_default();
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let bucket = query::unescape(bucket, false).ok()?;
    (!bucket.is_empty()).then(|| (bucket.into_owned(), key.to_owned()))
}

/// A path that begins with the ARN of an access point, with a colon before its name: a slash would end the bucket's place, and
/// an escaped one is signed as if it were none.
fn with_colon(path: &str) -> Option<String> {
    let is_arn = path.starts_with("/arn:") || path.starts_with("/arn%3A");
    let (arn, rest) =
        is_arn.then(|| path.split_once(":accesspoint/").or_else(|| path.split_once("%3Aaccesspoint/")))??;
    (!arn[1..].contains('/')).then(|| format!("{arn}:accesspoint:{rest}"))
}

/// Whether the request is about an object, not a bucket.
pub fn is_object(cx: &Cx) -> bool {
    let head = cx.request().head.as_ref();
    head.and_then(|head| addressed(head, cx.request().signed.is_some())).is_some_and(|(_, object)| object)
}

/// Whether the request came to a host of transfer acceleration.
pub fn is_accelerated(cx: &Cx) -> bool {
    cx.request().head.as_ref().is_some_and(|head| host(head).contains(".s3-accelerate."))
}

/// A host without its port, and what is in front of the cloud's own names in it.
pub fn split(host: &str) -> Option<(&str, &str)> {
    let host = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(host, |(host, _)| host);
    let ends = [".localhost", ".127.0.0.1", ".localhost.localstack.cloud", ".amazonaws.com", ".amazonaws.com.cn"];
    let front = ends.iter().find_map(|end| host.strip_suffix(end))?;
    Some((host, front))
}

/// What a host names, as requests name it in paths: a bucket, or an access point by its ARN.
pub fn named_by(host: &str, signed: bool) -> Option<Cow<'_, str>> {
    access_point_of(host).map(Cow::Owned).or_else(|| bucket_of(host, signed).map(Cow::Borrowed))
}

/// The ARN of an access point that a host names: `name-account.s3-accesspoint.us-west-2.amazonaws.com`, also with `-fips` and
/// `.dualstack`. With a colon, where paths have slashes.
fn access_point_of(host: &str) -> Option<String> {
    let (first, rest) = split(host)?.1.split_once(".s3-accesspoint")?;
    let rest = rest.strip_prefix("-fips").unwrap_or(rest);
    let region = rest.strip_prefix(".dualstack").unwrap_or(rest).strip_prefix('.')?;
    let ((name, account), region) = (owned(first)?, Region::parse(region)?);
    Some(arn_of(account, region, name).replace("accesspoint/", "accesspoint:"))
}

/// The bucket that a host names: `bucket.s3.localhost`, `bucket.s3.eu-west-1.amazonaws.com`, `bucket.localhost` where the
/// request is for S3 by its signature.
pub fn bucket_of(host: &str, signed: bool) -> Option<&str> {
    let (host, front) = split(host)?;
    // `bucket.s3`, `bucket.s3.region`, `bucket.s3.dualstack.region`, `bucket.s3-accelerate`, `bucket.s3-region`
    let service = |label: &str| {
        label == "s3"
            || label.strip_prefix("s3-").is_some_and(|rest| rest != "website" && !rest.starts_with("website-"))
    };
    // A bucket's own name may look the same further to the left.
    let labels = front.rmatch_indices('.').map(|(at, _)| at);
    for at in labels {
        let rest = &front[at + 1..];
        let first = rest.split('.').next().unwrap_or_default();
        if service(first) && rest.split('.').count() <= 3 {
            return Some(&front[..at]).filter(|bucket| !bucket.is_empty());
        }
    }
    // Clients put the bucket before any endpoint that is a name, and an access point before addresses, too.
    let ours = host.ends_with(".localhost") || host.ends_with(".127.0.0.1");
    let named = signed && ours && !service(front.split('.').next().unwrap_or_default());
    Some(front).filter(|bucket| named && !bucket.is_empty())
}

fn serve(cx: Cx, body: Body) -> Local<'static, Response<Body>> {
    Box::pin(async move {
        let Some(head) = cx.request().head.clone() else { return Response::new(Body::Empty) };
        let bucket = addressed(&head, false).map(|(bucket, _)| bucket);
        let answer = match (&head.method, site::named(host(&head))) {
            (&Method::OPTIONS, _) => {
                return cors::preflight(&cx, bucket.as_deref()).await.unwrap_or_else(|f| refusal(&cx, &f));
            }
            (_, Some(site)) => Ok(site::serve(&cx, &head, &site).await),
            _ => form::upload(&cx, &head, &bucket.unwrap_or_default(), body).await,
        };
        let mut response = answer.unwrap_or_else(|fault| refusal(&cx, &fault));
        response.headers_mut().extend(to_pages(cx).await);
        response
    })
}

/// An error as S3 writes it.
pub fn refusal(cx: &Cx, fault: &Fault) -> Response<Body> {
    Protocol::RestXml.encode_fault(cx.model(), None, fault, &cx.request().id)
}

/// Pages from elsewhere are let in by a bucket's CORS rules: a rule that names the page's origin and the request's method is
/// its owner's permission for that bucket, and for nothing else. So a copy needs that of the bucket it is from, too. (On AWS
/// the rules are for the browser alone, since nobody has the keys; here a page that is let in may know them.) A preflight is
/// always answered: it changes nothing, and a browser shows the page nothing of it. Nor is anything gained by refusing
/// links to a website, which is public: browsers say where they are followed from, but not to the page.
fn admits(cx: Cx, signed: bool) -> Local<'static, bool> {
    Box::pin(async move {
        let Some(head) = cx.request().head.clone() else { return false };
        if head.method == Method::OPTIONS {
            return takes(&head, signed) == Some(Way::Page);
        }
        let Some(origin) = cx.header(header::ORIGIN) else {
            return site::named(host(&head)).is_some() && matches!(head.method, Method::GET | Method::HEAD);
        };
        let Some((bucket, object)) = addressed(&head, signed) else { return false };
        // Who may put objects must not put other rules.
        if !object && matches!(head.method, Method::PUT | Method::DELETE) {
            return false;
        }
        if !lets(&cx, &bucket, origin, head.method.as_str()).await {
            return false;
        }
        match head.headers.get("x-amz-copy-source") {
            None => true,
            Some(source) => {
                let bucket = copy::bucket_of(source.to_str().unwrap_or_default());
                lets(&cx, &bucket.unwrap_or_default(), origin, "GET").await
            }
        }
    })
}

async fn lets(cx: &Cx, bucket: &str, origin: &str, method: &str) -> bool {
    let asked = cors::Asked { origin, method, headers: None };
    match Bucket::reached(cx, bucket).await {
        Ok(Some(bucket)) => cors::allowed(&bucket, &asked).is_ok_and(|allowed| allowed.is_some()),
        _ => false,
    }
}

fn to_pages(cx: Cx) -> Local<'static, HeaderMap> {
    Box::pin(async move {
        let (Some(head), Some(origin)) = (cx.request().head.as_ref(), cx.header(header::ORIGIN)) else {
            return HeaderMap::new();
        };
        let Some((bucket, _)) = addressed(head, cx.request().signed.is_some()) else { return HeaderMap::new() };
        let Ok(Some(bucket)) = Bucket::reached(&cx, &bucket).await else { return HeaderMap::new() };
        let headers = cx.header(header::ACCESS_CONTROL_REQUEST_HEADERS);
        let asked = cors::Asked { origin, method: head.method.as_str(), headers };
        cors::allowed(&bucket, &asked).ok().flatten().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (host, bucket) in [
            ("b.s3.localhost:4566", Some("b")),
            ("my.bucket.s3.localhost", Some("my.bucket")),
            ("my.s3.bucket.s3.localhost", Some("my.s3.bucket")),
            ("s3-website.s3.localhost", Some("s3-website")),
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
        for (host, point) in [
            ("a-b-123456789012.s3-accesspoint.us-west-2.amazonaws.com", Some("us-west-2:123456789012:accesspoint:a-b")),
            (
                "abc-123456789012.s3-accesspoint.us-west-2.localhost:4566",
                Some("us-west-2:123456789012:accesspoint:abc"),
            ),
            (
                "abc-123456789012.s3-accesspoint-fips.dualstack.us-west-2.amazonaws.com",
                Some("us-west-2:123456789012:accesspoint:abc"),
            ),
            ("abc-123456789012.localhost:4566", None),
            ("abc.s3-accesspoint.us-west-2.amazonaws.com", None),
        ] {
            assert_eq!(access_point_of(host), point.map(|rest| format!("arn:aws:s3:{rest}")), "{host}");
        }
        for (path, key) in [
            ("/arn:aws:s3:us-east-1:123456789012:accesspoint/abc/k/l", "k/l"),
            ("/arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Aaccesspoint/abc/k%2Fl", "k%2Fl"),
            ("/arn%3Aaws%3As3%3Aus-east-1%3A123456789012%3Aaccesspoint%3Aabc", ""),
        ] {
            let arn = "arn:aws:s3:us-east-1:123456789012:accesspoint:abc";
            assert_eq!(in_path(path), Some((arn.to_owned(), key.to_owned())), "{path}");
        }
        assert_eq!(in_path("/b/arn:aws:accesspoint/k"), Some(("b".to_owned(), "arn:aws:accesspoint/k".to_owned())));
        assert_eq!(bucket_of("b.localhost:4566", true), Some("b"));
        assert_eq!(bucket_of("b-000000000000.127.0.0.1:4566", true), Some("b-000000000000"));
        assert_eq!(bucket_of("b.localhost:4566", false), None);
        assert_eq!(bucket_of(".localhost:4566", true), None);
    }
}
