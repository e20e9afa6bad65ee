//! Signature Version 4 in the `Authorization` header, as clients make it (IAM User Guide, "Create a signed request").

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac::{HMAC_SHA256, Key, sign as mac},
};
use data_encoding::HEXLOWER;
use http::{HeaderValue, Request};
use wire::{TimeFormat, Timestamp};

/// With what a request is signed.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub access_key: String,
    pub secret: String,
    /// Of temporary credentials.
    pub token: Option<String>,
    pub region: String,
    /// The service in the credential scope.
    pub service: String,
}

impl Credentials {
    /// A long-term key, in us-east-1.
    pub fn new(access_key: impl Into<String>, secret: impl Into<String>, service: &str) -> Credentials {
        Credentials {
            access_key: access_key.into(),
            secret: secret.into(),
            token: None,
            region: "us-east-1".into(),
            service: service.into(),
        }
    }
}

const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// A query string's parameters in order, each with a value, all escaped alike.
fn canonical(query: &str) -> String {
    let escaped = |text: &str| crate::runner::escape(&wire::query::unescape(text, false).unwrap());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (escaped(name), escaped(value))
    };
    let mut pairs: Vec<_> = query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect();
    pairs.sort_unstable();
    pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Adds `x-amz-date`, `x-amz-security-token` and `authorization`. All headers that are there already are signed.
pub fn sign(request: &mut Request<Vec<u8>>, credentials: &Credentials, at: Timestamp) {
    let Credentials { access_key, secret, token, region, service } = credentials;
    let stamp: String =
        at.format(TimeFormat::Iso8601).chars().filter(|c| c.is_ascii_alphanumeric()).take(15).chain(['Z']).collect();
    request.headers_mut().insert("x-amz-date", HeaderValue::from_str(&stamp).unwrap());
    if let Some(token) = token {
        request.headers_mut().insert("x-amz-security-token", HeaderValue::from_str(token).unwrap());
    }
    let payload = HEXLOWER.encode(digest(&SHA256, request.body()).as_ref());
    if service == "s3" && !request.headers().contains_key(CONTENT_SHA256) {
        request.headers_mut().insert(CONTENT_SHA256, HeaderValue::from_str(&payload).unwrap());
    }
    let stated = request.headers().get(CONTENT_SHA256).map(|value| value.to_str().unwrap().to_owned());
    let payload = stated.unwrap_or(payload);
    let mut headers: Vec<(&str, &str)> =
        request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    headers.sort_unstable();
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let uri = request.uri();
    let (path, query) = (uri.path(), canonical(uri.query().unwrap_or_default()));
    let canonical = format!("{}\n{path}\n{query}\n{lines}\n{names}\n{payload}", request.method());
    let scope = format!("{}/{region}/{service}/aws4_request", &stamp[..8]);
    let hashed = HEXLOWER.encode(digest(&SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}");
    let mut key = format!("AWS4{secret}").into_bytes();
    for piece in scope.split('/').map(str::as_bytes).chain([to_sign.as_bytes()]) {
        key = mac(&Key::new(HMAC_SHA256, &key), piece).as_ref().to_vec();
    }
    let signature = HEXLOWER.encode(&key);
    let value =
        format!("AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}");
    request.headers_mut().insert("authorization", HeaderValue::from_str(&value).unwrap());
}
