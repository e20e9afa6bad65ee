//! What relying parties read of accounts that issue tokens (GetWebIdentityToken): OpenID Connect discovery, and the keys.
//!
//! On AWS it is under the issuer's URL, `https://ID.tokens.sts.global.api.aws`, which does not lead here. Who cannot direct that
//! name to this cloud asks `http://ID.tokens.sts.localhost:4566`.

use crate::routing;
use http::{HeaderValue, Method, Response, StatusCode, header, request::Parts};
use kernel::Cloud;
use wire::{Body, Json};

const AWS: &str = "tokens.sts.global.api.aws";
const LOCAL: &str = "tokens.sts.localhost";
const DISCOVERY: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/.well-known/jwks.json";

/// Whether a request may be for it; nearly none is.
pub(crate) fn may_answer(parts: &Parts) -> bool {
    parts.method == Method::GET && parts.uri.path().starts_with("/.well-known/")
}

/// `None` where the request is for nothing of it.
pub(crate) async fn answer(cloud: &Cloud, parts: &Parts) -> Option<Response<Body>> {
    let path = parts.uri.path();
    let host = routing::host(parts);
    let (issuer, domain) = host.split_once('.')?;
    let url = match domain.split(':').next()? {
        AWS => format!("https://{issuer}.{AWS}"),
        LOCAL => format!("http://{host}"),
        _ => return None,
    };
    let keys = match cloud.identity().token_keys(cloud, issuer).await {
        Ok(keys) => keys?,
        Err(fault) => return Some(render(StatusCode::SERVICE_UNAVAILABLE, &Json::from([("error", fault.message())]))),
    };
    match path {
        KEYS => Some(render(StatusCode::OK, &keys)),
        DISCOVERY => Some(render(StatusCode::OK, &discovery(issuer, &url))),
        _ => None,
    }
}

/// The members that AWS's document has, as users report it.
fn discovery(issuer: &str, url: &str) -> Json {
    let list = |texts: &[&str]| Json::List(texts.iter().map(|text| (*text).into()).collect());
    let claims = list(&["sub", "iss", "aud", "exp", "iat", "jti", "https://sts.amazonaws.com/"]);
    Json::from([
        ("claims_supported", claims),
        ("id_token_signing_alg_values_supported", list(&["RS256", "ES384"])),
        ("issuer", format!("https://{issuer}.{AWS}").into()),
        ("jwks_uri", format!("{url}{KEYS}").into()),
        ("subject_types_supported", list(&["public"])),
    ])
}

fn render(status: StatusCode, json: &Json) -> Response<Body> {
    let mut response = Response::new(Body::from(json.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
