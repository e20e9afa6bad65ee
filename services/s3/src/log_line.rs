//! A line of a server access log (S3 user guide, "Amazon S3 server access log format").

use crate::{bucket::Bucket, edge, owner::canonical_id};
use http::{HeaderMap, header};
use kernel::{Answered, Cx, SignedIn};
use wire::{TimeFormat, Timestamp};

/// The bucket that a request is about, as the request names it, and its key as it was sent.
pub fn resource(cx: &Cx) -> Option<(String, String)> {
    let head = cx.request().head.as_ref()?;
    let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match edge::named_by(host, cx.request().signed.is_some()) {
        Some(bucket) => Some((bucket.into_owned(), head.uri.path().trim_start_matches('/').to_owned())),
        None => edge::in_path(head.uri.path()),
    }
}

pub fn write(cx: &Cx, bucket: &Bucket, key: &str, answered: &Answered<'_>) -> String {
    let (request, response) = (cx.request(), answered.response);
    let head = request.head.as_deref();
    let empty = HeaderMap::new();
    let headers = head.map_or(&empty, |head| &head.headers);
    let sent = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let told = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    let quoted = |text: Option<&str>| match text {
        Some(text) => format!("\"{}\"", text.replace('"', "%22")),
        None => "\"-\"".to_owned(),
    };
    let or_none = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let method = head.map_or("-", |head| head.method.as_str());
    let uri = head.and_then(|head| head.uri.path_and_query()).map_or("/", |path| path.as_str());
    let body = if method == "HEAD" { None } else { response.body().len().filter(|length| *length > 0) };
    let millis = (cx.now().millis() - answered.since.millis()).max(0).to_string();
    let (version, authentication) = match request.signed.map(|signed| signed.place) {
        None => ("-", "-"),
        Some(SignedIn::Header | SignedIn::Form) => ("SigV4", "AuthHeader"),
        Some(SignedIn::Query) => ("SigV4", "QueryString"),
    };
    let requester = match cx.caller() {
        caller if caller.is_anonymous() => "-".to_owned(),
        caller if caller.is_root() => canonical_id(caller.account),
        caller => caller.arn(cx.region()),
    };
    let fields = [
        canonical_id(bucket.account),
        bucket.name.clone(),
        format!("[{}]", time(answered.since)),
        request.source_ip.map_or_else(|| "-".to_owned(), |address| address.to_string()),
        requester,
        request.id.clone(),
        operation(answered.operation.name, method),
        or_none(key),
        format!("\"{method} {} HTTP/1.1\"", uri.replace('"', "%22")),
        response.status().as_u16().to_string(),
        or_none(answered.error.unwrap_or_default()),
        body.map_or_else(|| "-".to_owned(), |length| length.to_string()),
        object_size(answered, &sent, &told).unwrap_or_else(|| "-".to_owned()),
        millis.clone(),
        millis,
        quoted(sent(header::REFERER)),
        quoted(Some(request.user_agent.as_str()).filter(|agent| !agent.is_empty())),
        or_none(told("x-amz-version-id").unwrap_or_default()),
        or_none(told("x-amz-id-2").unwrap_or_default()),
        version.to_owned(),
        // The cipher.
        "-".to_owned(),
        authentication.to_owned(),
        or_none(sent(header::HOST).unwrap_or_default()),
        // The version of TLS; further down, whether an access control list was needed.
        "-".to_owned(),
        bucket.point.as_ref().map_or_else(|| "-".to_owned(), |point| point.arn.to_string()),
        "-".to_owned(),
    ];
    fields.join(" ") + "\n"
}

/// `06/Feb/2019:00:00:38 +0000`
fn time(at: Timestamp) -> String {
    let text = Timestamp::from_secs(at.secs()).format(TimeFormat::Rfc822);
    match text.split(' ').collect::<Vec<_>>().as_slice() {
        [_, day, month, year, time, _] => format!("{day}/{month}/{year}:{time} +0000"),
        _ => text,
    }
}

fn object_size<'a>(
    answered: &Answered<'_>,
    sent: &impl Fn(header::HeaderName) -> Option<&'a str>,
    told: &impl Fn(&str) -> Option<&'a str>,
) -> Option<String> {
    match answered.operation.name {
        "GetObject" | "HeadObject" if answered.error.is_none() => {
            let total = told("content-range").and_then(|range| Some(range.rsplit_once('/')?.1));
            let length = total.or_else(|| told("content-length")).map(str::to_owned);
            length.or_else(|| answered.response.body().len().map(|length| length.to_string()))
        }
        "PutObject" | "UploadPart" => {
            let decoded = sent(header::HeaderName::from_static("x-amz-decoded-content-length"));
            decoded.or_else(|| sent(header::CONTENT_LENGTH)).map(str::to_owned)
        }
        _ => None,
    }
}

/// `REST.GET.OBJECT`: the method, and what it is about.
fn operation(name: &str, method: &str) -> String {
    let resource = match name {
        "CopyObject" => return "REST.COPY.OBJECT".to_owned(),
        "UploadPartCopy" => return "REST.COPY.PART".to_owned(),
        "GetObject" | "HeadObject" | "PutObject" | "DeleteObject" => "OBJECT",
        "GetObjectAttributes" => "OBJECT_ATTRIBUTES",
        "GetObjectTagging" | "PutObjectTagging" | "DeleteObjectTagging" => "OBJECT_TAGGING",
        "DeleteObjects" => "MULTI_OBJECT_DELETE",
        "RestoreObject" => "OBJECT_RESTORE",
        // A guess, by the parameter that names it.
        "SelectObjectContent" => "SELECT",
        "CreateMultipartUpload" | "ListMultipartUploads" => "UPLOADS",
        "CompleteMultipartUpload" | "AbortMultipartUpload" | "ListParts" => "UPLOAD",
        "UploadPart" => "PART",
        "ListObjectVersions" => "BUCKETVERSIONS",
        "GetBucketLogging" | "PutBucketLogging" => "LOGGING_STATUS",
        "GetBucketNotificationConfiguration" | "PutBucketNotificationConfiguration" => "NOTIFICATION",
        "GetBucketPolicy" | "PutBucketPolicy" | "DeleteBucketPolicy" => "BUCKETPOLICY",
        "GetBucketRequestPayment" | "PutBucketRequestPayment" => "REQUEST_PAYMENT",
        _ if name.ends_with("Acl") => "ACL",
        _ => {
            // `PutBucketLifecycleConfiguration` is about LIFECYCLE, `CreateBucket` about BUCKET.
            let what = name.trim_start_matches(|c: char| c.is_ascii_uppercase()).trim_start_matches(char::is_lowercase);
            let what = what.strip_prefix("Bucket").unwrap_or(what);
            let what =
                what.strip_suffix("Configurations").or_else(|| what.strip_suffix("Configuration")).unwrap_or(what);
            let bucket = matches!(what, "" | "Objects" | "ObjectsV2");
            return format!("REST.{method}.{}", if bucket { "BUCKET".to_owned() } else { what.to_uppercase() });
        }
    };
    format!("REST.{method}.{resource}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations() {
        for (name, method, expected) in [
            ("GetObject", "GET", "REST.GET.OBJECT"),
            ("ListObjectsV2", "GET", "REST.GET.BUCKET"),
            ("CreateBucket", "PUT", "REST.PUT.BUCKET"),
            ("GetBucketLocation", "GET", "REST.GET.LOCATION"),
            ("PutBucketLifecycleConfiguration", "PUT", "REST.PUT.LIFECYCLE"),
            ("GetBucketAcl", "GET", "REST.GET.ACL"),
        ] {
            assert_eq!(operation(name, method), expected);
        }
    }
}
