//! Cross-origin resource sharing: what a bucket lets web pages of other origins do (S3 user guide, "Using cross-origin
//! resource sharing (CORS)").

use crate::{bucket::Bucket, configuration, edge, faults};
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use kernel::{Cx, Result};
use s3_api::*;
use wire::Body;

/// Of [`configuration`].
const NAME: &str = "cors";
/// User guide, "Elements of a CORS configuration".
const MAX_RULES: usize = 100;
const MAX_ID: usize = 255;
const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];

pub async fn put_bucket_cors(cx: Cx, input: PutBucketCorsInput) -> Result<PutBucketCorsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    check(&input.cors_configuration.cors_rules)?;
    let value = configuration::encode(&input.cors_configuration);
    cx.write(async |tx| configuration::set(tx, &bucket, NAME, "", Some(value.clone())).await).await?;
    Ok(PutBucketCorsOutput {})
}

pub async fn get_bucket_cors(cx: Cx, input: GetBucketCorsInput) -> Result<GetBucketCorsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    match bucket.configuration.get::<CORSConfiguration>(NAME)? {
        Some(found) => Ok(GetBucketCorsOutput { cors_rules: Some(found.cors_rules) }),
        None => Err(faults::with_bucket_name(faults::no_such_cors_configuration(), &bucket.name)),
    }
}

pub async fn delete_bucket_cors(cx: Cx, input: DeleteBucketCorsInput) -> Result<DeleteBucketCorsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    cx.write(async |tx| configuration::set(tx, &bucket, NAME, "", None).await).await?;
    Ok(DeleteBucketCorsOutput {})
}

fn check(rules: &[CORSRule]) -> Result<()> {
    if rules.is_empty() || rules.len() > MAX_RULES {
        return Err(faults::malformed_xml());
    }
    let one_wildcard =
        |element: &str, values: &[String]| match values.iter().find(|value| value.matches('*').count() > 1) {
            Some(value) => {
                Err(faults::invalid_request(format!("{element} \"{value}\" can not have more than one wildcard.")))
            }
            None => Ok(()),
        };
    for rule in rules {
        if rule.allowed_methods.is_empty()
            || rule.allowed_origins.is_empty()
            || rule.id.as_ref().is_some_and(|id| id.chars().count() > MAX_ID)
        {
            return Err(faults::malformed_xml());
        }
        if let Some(method) = rule.allowed_methods.iter().find(|method| !METHODS.contains(&method.as_str())) {
            return Err(faults::invalid_request(format!(
                "Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            )));
        }
        one_wildcard("AllowedOrigin", &rule.allowed_origins)?;
        one_wildcard("AllowedHeader", rule.allowed_headers.as_deref().unwrap_or_default())?;
        let exposed = rule.expose_headers.as_deref().unwrap_or_default();
        if let Some(name) = exposed.iter().find(|name| name.contains('*')) {
            return Err(faults::invalid_request(format!(
                "ExposeHeader \"{name}\" contains wildcard. We currently do not support wildcard for ExposeHeader."
            )));
        }
    }
    Ok(())
}

/// What a page asks for, or a browser in its name.
pub struct Asked<'a> {
    pub origin: &'a str,
    pub method: &'a str,
    /// `Access-Control-Request-Headers`
    pub headers: Option<&'a str>,
}

/// The headers that tell a browser what the page may do. `None`: nothing of it.
pub fn allowed(bucket: &Bucket, asked: &Asked<'_>) -> Result<Option<HeaderMap>> {
    let rules = bucket.configuration.get::<CORSConfiguration>(NAME)?.unwrap_or_default().cors_rules;
    Ok(rules.iter().find_map(|rule| granted(rule, asked)))
}

/// "Amazon S3 uses the first CORSRule rule that matches": by origin, method, and every header that is asked for.
fn granted(rule: &CORSRule, asked: &Asked<'_>) -> Option<HeaderMap> {
    let origin = rule.allowed_origins.iter().find(|pattern| fits(pattern, asked.origin))?;
    rule.allowed_methods.iter().find(|method| *method == asked.method)?;
    let headers: Vec<String> = asked.headers.map_or_else(Vec::new, |names| {
        names.split(',').map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()).collect()
    });
    let patterns = rule.allowed_headers.as_deref().unwrap_or_default();
    let may = |name: &String| patterns.iter().any(|pattern| fits(&pattern.to_ascii_lowercase(), name));
    if !headers.iter().all(may) {
        return None;
    }
    let mut map = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            map.insert(name, value);
        }
    };
    if origin == "*" {
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    } else {
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, asked.origin);
        set(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    set(header::ACCESS_CONTROL_ALLOW_METHODS, &rule.allowed_methods.join(", "));
    if !headers.is_empty() {
        set(header::ACCESS_CONTROL_ALLOW_HEADERS, &headers.join(", "));
    }
    if let Some(exposed) = rule.expose_headers.as_ref().filter(|exposed| !exposed.is_empty()) {
        set(header::ACCESS_CONTROL_EXPOSE_HEADERS, &exposed.join(", "));
    }
    if let Some(seconds) = rule.max_age_seconds {
        set(header::ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
    }
    set(header::VARY, "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
    Some(map)
}

/// Whether a value is what a pattern with at most one `*` says.
fn fits(pattern: &str, value: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == value,
        Some((start, end)) => {
            value.len() >= start.len() + end.len() && value.starts_with(start) && value.ends_with(end)
        }
    }
}

/// Answers a browser that asks whether a page may do something (API reference, "OPTIONS object").
pub async fn preflight(cx: &Cx, name: Option<&str>) -> Result<Response<Body>> {
    let Some(origin) = cx.header(header::ORIGIN) else {
        return Err(faults::BAD_REQUEST.fault("Insufficient information. Origin request header needed."));
    };
    let method = cx.header(header::ACCESS_CONTROL_REQUEST_METHOD);
    let Some(method) = method.filter(|method| METHODS.contains(method)) else {
        let given = method.unwrap_or("null");
        return Err(faults::BAD_REQUEST.fault(format!("Invalid Access-Control-Request-Method: {given}")));
    };
    let bucket = match name {
        Some(name) => Bucket::reached(cx, name).await?,
        None => None,
    };
    let refuse = |why: &str, what| Err(faults::cors_forbidden(why, method, what));
    let Some(bucket) = bucket else { return refuse("Bucket not found", "BUCKET") };
    let what = if edge::is_object(cx) { "OBJECT" } else { "BUCKET" };
    if !bucket.configuration.has(NAME) {
        return refuse("CORS is not enabled for this bucket.", what);
    }
    let asked = Asked { origin, method, headers: cx.header(header::ACCESS_CONTROL_REQUEST_HEADERS) };
    match allowed(&bucket, &asked)? {
        Some(headers) => {
            let mut response = Response::new(Body::Empty);
            *response.headers_mut() = headers;
            Ok(response)
        }
        None => refuse(
            "This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
            what,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, value) in [
            ("*", "https://a.example"),
            ("https://*.example", "https://a.example"),
            ("https://a.example", "https://a.example"),
            ("x-amz-*", "x-amz-date"),
            ("*", "null"),
        ] {
            assert!(fits(pattern, value), "{pattern} {value}");
        }
        for (pattern, value) in [
            ("https://a.example", "http://a.example"),
            ("https://*.example", "https://example"),
            ("https://*.example", "https://a.example.evil"),
            ("aba*ba", "aba"),
        ] {
            assert!(!fits(pattern, value), "{pattern} {value}");
        }
    }
}
