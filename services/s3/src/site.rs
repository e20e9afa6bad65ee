//! Websites: buckets as browsers see them under `bucket.s3-website-region.…` (S3 user guide, "Hosting a static website").
//!
//! Nobody signs here: what a page shows is what an anonymous GetObject is given, under the same policies.

use crate::{bucket::Bucket, edge, faults, names, website};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use kernel::{Caller, Cx, Extras, Region, Result};
use s3_api::*;
use wire::{Body, Fault, Input, Protocol, View, query};

/// What the host of a website names.
pub struct Site<'a> {
    pub bucket: &'a str,
    pub region: Option<&'a str>,
}

/// `bucket.s3-website.localhost`, `bucket.s3-website-eu-west-1.amazonaws.com`, `bucket.s3-website.eu-central-1.amazonaws.com`.
pub fn named(host: &str) -> Option<Site<'_>> {
    let (_, front) = edge::split(host)?;
    let (at, _) = front.rmatch_indices("s3-website").next()?;
    let bucket = match &front[..at] {
        "" => "",
        bucket => bucket.strip_suffix('.')?,
    };
    let region = match &front[at + "s3-website".len()..] {
        "" => None,
        // One label; else all of it is the name of a bucket at a host of the API.
        rest => {
            Some(rest.strip_prefix(['-', '.']).filter(|region| !region.contains('.') && !region.starts_with("s3"))?)
        }
    };
    Some(Site { bucket, region })
}

pub async fn serve(cx: &Cx, head: &Parts, site: &Site<'_>) -> Response<Body> {
    match answer(cx, head, site).await {
        Ok(response) => response,
        Err(fault) => page(cx, &fault, None),
    }
}

async fn answer(cx: &Cx, head: &Parts, site: &Site<'_>) -> Result<Response<Body>> {
    if site.bucket.is_empty() {
        // User guide, "HTTP response codes": requests directly to the website endpoint.
        return Ok(moved(StatusCode::MOVED_PERMANENTLY, "https://aws.amazon.com/s3/"));
    }
    if !matches!(head.method, Method::GET | Method::HEAD) {
        return Err(faults::method_not_allowed());
    }
    let bucket = Bucket::lookup(cx, site.bucket).await?.ok_or_else(|| faults::no_such_bucket(site.bucket))?;
    if site.region.is_some_and(|region| Region::parse(region) != Some(bucket.region)) {
        return Err(faults::INCORRECT_ENDPOINT
            .fault("The specified bucket exists in another region. Please direct requests to the specified endpoint.")
            .with_detail(faults::OfEndpoint {
                endpoint: Some(format!("{}.s3-website-{}.amazonaws.com", bucket.name, bucket.region)),
                bucket: None,
            }));
    }
    let website = website::of(&bucket)?
        .ok_or_else(|| faults::with_bucket_name(faults::no_such_website_configuration(), &bucket.name))?;
    if let Some(all) = &website.redirect_all_requests_to {
        let protocol = all.protocol.as_ref().map_or(scheme(cx), |protocol| protocol.as_str());
        let location = format!("{protocol}://{}{}", all.host_name, head.uri.path());
        return Ok(moved(StatusCode::MOVED_PERMANENTLY, &location));
    }
    let path = head.uri.path().strip_prefix('/').unwrap_or_default();
    let key = query::unescape(path, false).map_err(|_| faults::BAD_REQUEST.fault("The path is malformed."))?;
    let nobody = cx.acting(Caller::anonymous(bucket.account), bucket.region, None);
    let visit = Visit { cx: &nobody, head, bucket: &bucket, website: &website, key: &key };
    match visit.ruled(None) {
        Some(redirect) => Ok(redirect),
        None => visit.show().await,
    }
}

/// A request for a key of a website.
struct Visit<'a> {
    /// The caller is nobody.
    cx: &'a Cx,
    head: &'a Parts,
    bucket: &'a Bucket,
    website: &'a WebsiteConfiguration,
    key: &'a str,
}

impl Visit<'_> {
    async fn show(&self) -> Result<Response<Body>> {
        let index = self.website.index_document.as_ref().map_or("", |index| index.suffix.as_str());
        let folder = self.key.is_empty() || self.key.ends_with('/');
        let key = if folder { format!("{}{index}", self.key) } else { self.key.to_owned() };
        let fault = match self.object(&key).await? {
            Ok(response) => return Ok(response),
            // Nothing is wrong: the reader has it already.
            Err(fault) if fault.kind().status < 400 => return Err(fault),
            Err(fault) => fault,
        };
        if !folder && matches!(fault.kind().status, 403 | 404) && self.exists(&format!("{}/{index}", self.key)).await {
            let location = format!("{}/", self.head.uri.path());
            return Ok(page(self.cx, &FOUND.fault("Resource Found"), None).with(header::LOCATION, &location));
        }
        if let Some(redirect) = self.ruled(Some(fault.kind().status)) {
            return Ok(redirect);
        }
        let Some(document) = self.website.error_document.as_ref().filter(|_| fault.kind().status < 500) else {
            return Err(fault);
        };
        // The document in the error's place: whole, with the error's status, whatever the request's conditions were.
        let input =
            GetObjectInput { bucket: self.bucket.name.clone(), key: document.key.clone(), ..Default::default() };
        let (output, _) = self.cx.stand_for(input).await;
        match output {
            Ok(mut output) => {
                let mut response =
                    Protocol::RestXml.encode(GetObjectInput::OPERATION, &mut output, &self.cx.request().id);
                *response.status_mut() = status(&fault);
                Ok(told(response, &fault))
            }
            Err(second) => Ok(page(self.cx, &fault, Some(&second))),
        }
    }

    /// The answer of an object, or why there is none.
    async fn object(&self, key: &str) -> Result<std::result::Result<Response<Body>, Fault>> {
        let mut input = GetObjectInput::default();
        let operation = GetObjectInput::OPERATION;
        let mut parts = self.head.clone();
        // The query string means nothing to a website; range and conditions are headers.
        parts.uri = http::Uri::from_static("/bucket/key");
        Protocol::RestXml
            .decode(operation, &parts, Body::Empty, &mut input, &mut Vec::new())
            .map_err(|error| Protocol::RestXml.malformed(&error))?;
        (input.bucket, input.key) = (self.bucket.name.clone(), key.to_owned());
        let (output, Extras { status, headers }) = self.cx.stand_for(input).await;
        let mut response = match output {
            Ok(output) if output.website_redirect_location.is_some() => {
                let location = output.website_redirect_location.unwrap_or_default();
                return Ok(Ok(moved(StatusCode::MOVED_PERMANENTLY, &location)));
            }
            Ok(mut output) => Protocol::RestXml.encode(operation, &mut output, &self.cx.request().id),
            Err(fault) if fault.kind().status == 304 => {
                let mut response = Response::new(Body::Empty);
                *response.status_mut() = StatusCode::NOT_MODIFIED;
                response
            }
            Err(fault) => return Ok(Err(fault)),
        };
        if let Some(status) = status {
            *response.status_mut() = status;
        }
        response.headers_mut().extend(headers);
        Ok(Ok(response))
    }

    async fn exists(&self, key: &str) -> bool {
        let input = HeadObjectInput { bucket: self.bucket.name.clone(), key: key.to_owned(), ..Default::default() };
        self.cx.stand_for(input).await.0.is_ok()
    }

    /// Where the first routing rule leads that is for this key: those without a status code before the object is looked
    /// for, those with one when it answers so.
    fn ruled(&self, status: Option<u16>) -> Option<Response<Body>> {
        let rules = self.website.routing_rules.as_deref().unwrap_or_default();
        let rule = rules.iter().find(|rule| {
            let condition = rule.condition.clone().unwrap_or_default();
            let code = condition.http_error_code_returned_equals;
            code.and_then(|code| code.parse().ok()) == status
                && condition.key_prefix_equals.is_none_or(|prefix| self.key.starts_with(&prefix))
        })?;
        let to = &rule.redirect;
        let prefix = rule.condition.as_ref().and_then(|condition| condition.key_prefix_equals.as_deref());
        let key = match (&to.replace_key_with, &to.replace_key_prefix_with) {
            (Some(key), _) => key.clone(),
            (None, Some(start)) => {
                let rest = self.key.strip_prefix(prefix.unwrap_or_default()).unwrap_or(self.key);
                format!("{start}{rest}")
            }
            (None, None) => self.key.to_owned(),
        };
        let own_host = self.cx.header(header::HOST).unwrap_or_default();
        let host = to.host_name.as_deref().unwrap_or(own_host);
        let protocol = to.protocol.as_ref().map_or(scheme(self.cx), |protocol| protocol.as_str());
        let code = to.http_redirect_code.as_ref().and_then(|code| code.parse().ok());
        let status =
            code.and_then(|code: u16| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::MOVED_PERMANENTLY);
        Some(moved(status, &format!("{protocol}://{host}/{}", names::escaped(&key).replace('+', "%20"))))
    }
}

fn scheme(cx: &Cx) -> &'static str {
    if cx.request().secure { "https" } else { "http" }
}

fn status(fault: &Fault) -> StatusCode {
    StatusCode::from_u16(fault.kind().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn moved(status: StatusCode, location: &str) -> Response<Body> {
    let mut response = Response::new(Body::Empty).with(header::LOCATION, location);
    *response.status_mut() = status;
    response
}

/// A folder is named without its slash.
static FOUND: wire::ErrorKind =
    wire::ErrorKind { name: "Found", code: "Found", status: 302, sender: true, message: "message" };

/// What headers tell of an error beside its page.
fn told(response: Response<Body>, fault: &Fault) -> Response<Body> {
    response
        .with(HeaderName::from_static("x-amz-error-code"), fault.kind().code)
        .with(HeaderName::from_static("x-amz-error-message"), fault.message())
}

/// An error as browsers show it; `second`: why the website's own document is not shown.
fn page(cx: &Cx, fault: &Fault, second: Option<&Fault>) -> Response<Body> {
    let status = status(fault);
    let reason = status.canonical_reason().unwrap_or_default();
    let title = format!("{} {reason}", status.as_str());
    let id = &cx.request().id;
    let mut html =
        format!("<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<ul>\n{}", items(fault));
    html.push_str(&format!("<li>RequestId: {id}</li>\n<li>HostId: {id}</li>\n</ul>\n"));
    if let Some(second) = second {
        html.push_str("<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n");
        html.push_str(&items(second));
        html.push_str("</ul>\n");
    }
    html.push_str("<hr/>\n</body>\n</html>\n");
    let mut response = Response::new(Body::from(html)).with(header::CONTENT_TYPE, "text/html; charset=utf-8");
    *response.status_mut() = status;
    told(response, fault)
        .with(HeaderName::from_static("x-amz-request-id"), id)
        .with(HeaderName::from_static("x-amz-id-2"), id)
}

fn items(fault: &Fault) -> String {
    let mut items = format!("<li>Code: {}</li>\n<li>Message: {}</li>\n", fault.kind().code, escaped(fault.message()));
    if let Some(detail) = fault.detail() {
        for (index, member) in detail.schema().members.iter().enumerate() {
            if let View::Str(text) = detail.get(index) {
                items.push_str(&format!("<li>{}: {}</li>\n", member.wire, escaped(text)));
            }
        }
    }
    items
}

/// Keys are whatever a visitor wrote.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

trait With {
    fn with(self, name: HeaderName, value: &str) -> Self;
}

impl With for Response<Body> {
    fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers_mut().insert(name, value);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (host, bucket, region) in [
            ("b.s3-website.localhost:4566", "b", None),
            ("my.bucket.s3-website-eu-west-1.amazonaws.com", "my.bucket", Some("eu-west-1")),
            ("b.s3-website.eu-central-1.localhost", "b", Some("eu-central-1")),
            ("b.s3-website.localhost.localstack.cloud:4566", "b", None),
            ("s3-website.us-east-1.amazonaws.com", "", Some("us-east-1")),
        ] {
            let site = named(host).map(|site| (site.bucket, site.region));
            assert_eq!(site, Some((bucket, region)), "{host}");
        }
        for host in ["b.s3.localhost", "localhost", "xs3-website.localhost", "b.s3-websites.localhost", "s3-website"] {
            assert!(named(host).is_none(), "{host}");
        }
    }
}
