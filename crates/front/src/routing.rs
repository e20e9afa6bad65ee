//! Which service and operation a request means, before anything of it is believed.

use http::{HeaderName, header, request::Parts};
use kernel::Cloud;
use wire::{Model, Protocol, SMITHY_PROTOCOL, TARGET};

/// The service a request is for.
///
/// The credential scope names it; unsigned requests name it by target, host or version.
pub(crate) fn model(cloud: &Cloud, parts: &Parts, signed_for: Option<&str>) -> Option<&'static Model> {
    let target = text(parts, TARGET).and_then(|target| target.rsplit_once('.')).map(|(prefix, _)| prefix);
    let by_target = |model: &&'static Model| target.is_some_and(|target| model.target_prefix == Some(target));
    if let Some(service) = signed_for {
        let mut candidates = cloud.models().filter(|model| model.signing_name == service);
        let first = candidates.next()?;
        return match candidates.next() {
            None => Some(first),
            // Several services sign alike (the two generations of load balancing do): the target, version or edge tells.
            Some(_) => {
                let same = || cloud.models().filter(|model| model.signing_name == service);
                same()
                    .find(by_target)
                    .or_else(|| same().find(|model| names_version(parts, model)))
                    .or_else(|| same().find(|model| takes(cloud, parts, model, true)))
                    .or(Some(first))
            }
        };
    }
    if let Some(model) = cloud.models().find(by_target) {
        return Some(model);
    }
    let host = host(parts);
    let label = host.split(['.', ':']).next().unwrap_or_default();
    cloud
        .models()
        .find(|model| model.name == label)
        .or_else(|| cloud.models().find(|model| names_version(parts, model)))
}

/// The service that takes an unsigned request which names none: by its host, or because it serves what is public.
pub(crate) fn at_an_edge(cloud: &Cloud, parts: &Parts) -> Option<&'static Model> {
    cloud.models().find(|model| takes(cloud, parts, model, false))
}

fn takes(cloud: &Cloud, parts: &Parts, model: &Model, signed: bool) -> bool {
    let edge = cloud.service(model.name).and_then(|service| service.edge);
    edge.is_some_and(|edge| (edge.takes)(parts, signed).is_some())
}

/// The request with another path, of the same query string.
pub(crate) fn with_path(parts: &Parts, path: &str) -> Option<Parts> {
    let uri = match parts.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let mut parts = parts.clone();
    parts.uri = uri.parse().ok()?;
    Some(parts)
}

fn names_version(parts: &Parts, model: &Model) -> bool {
    parts.uri.query().is_some_and(|query| {
        query.split('&').any(|pair| pair.strip_prefix("Version=").is_some_and(|version| version == model.api_version))
    })
}

/// The service of an unsigned form, by its version: whom identity providers vouch for have nothing to sign with.
pub(crate) fn of_form(cloud: &Cloud, form: &[u8]) -> Option<&'static Model> {
    let version = wire::query::find(str::from_utf8(form).ok()?, "Version")?;
    cloud.models().find(|model| model.api_version == version)
}

/// How an error is written when the request did not get as far as its service.
pub(crate) fn fallback_protocol(parts: &Parts) -> Protocol {
    let content_type = text(parts, header::CONTENT_TYPE).unwrap_or_default();
    if text(parts, TARGET).is_some() || content_type.starts_with("application/x-amz-json-1.1") {
        Protocol::Json11
    } else if content_type.starts_with("application/x-amz-json-1.0") {
        Protocol::Json10
    } else if text(parts, SMITHY_PROTOCOL) == Some("rpc-v2-cbor") {
        Protocol::Cbor
    } else if content_type.starts_with("application/x-www-form-urlencoded")
        || parts.uri.query().is_some_and(|query| query.contains("Action="))
    {
        Protocol::Query
    } else {
        Protocol::RestJson
    }
}

pub(crate) fn text(parts: &Parts, name: HeaderName) -> Option<&str> {
    parts.headers.get(name)?.to_str().ok()
}

/// The host the client addressed, with its port.
pub(crate) fn host(parts: &Parts) -> &str {
    parts.uri.authority().map(|authority| authority.as_str()).or_else(|| text(parts, header::HOST)).unwrap_or_default()
}
