//! Which protocol a request speaks, and which operation it names.

use super::Protocol;
use crate::{Model, query};
use http::{HeaderMap, HeaderName, header, request::Parts};
use std::borrow::Cow;

/// Names the operation of the JSON protocols: `AmazonSQS.SendMessage`.
pub const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
/// Names the protocol of CBOR requests and answers.
pub const SMITHY_PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");

impl Protocol {
    /// The protocol of a request to a service, and the operation's name; `None` for the name in REST protocols, where
    /// the [`Router`](crate::Router) finds it. `body` matters to Query requests only, where it is a form.
    ///
    /// A service may have several protocols at once: CloudWatch speaks CBOR, JSON and Query.
    pub fn of_request<'a>(model: &Model, parts: &'a Parts, body: &'a [u8]) -> Option<(Protocol, Option<Cow<'a, str>>)> {
        let has = |protocol: &Protocol| model.protocols.contains(protocol);
        let first = |candidates: &[Protocol]| candidates.iter().copied().find(has);
        if text(&parts.headers, SMITHY_PROTOCOL) == Some("rpc-v2-cbor") && has(&Protocol::Cbor) {
            let operation = rpc_operation(parts.uri.path())?;
            return Some((Protocol::Cbor, Some(Cow::Borrowed(operation))));
        }
        if let Some(target) = text(&parts.headers, TARGET)
            && let Some(protocol) = first(match text(&parts.headers, header::CONTENT_TYPE) {
                Some(kind) if kind.starts_with("application/x-amz-json-1.0") => &[Protocol::Json10, Protocol::Json11],
                _ => &[Protocol::Json11, Protocol::Json10],
            })
        {
            let operation = target.rsplit_once('.').map_or(target, |(_, operation)| operation);
            return Some((protocol, Some(Cow::Borrowed(operation))));
        }
        if let Some(protocol) = first(&[Protocol::Query, Protocol::Ec2])
            && let Some(action) = action(parts, body)
        {
            return Some((protocol, Some(action)));
        }
        Some((first(&[Protocol::RestJson, Protocol::RestXml])?, None))
    }
}

fn action<'a>(parts: &'a Parts, body: &'a [u8]) -> Option<Cow<'a, str>> {
    let in_body = || query::find(std::str::from_utf8(body).ok()?, "Action");
    query::find(parts.uri.query().unwrap_or_default(), "Action").or_else(in_body)
}

/// `/service/{ServiceId}/operation/{Operation}`, which may follow a prefix.
fn rpc_operation(path: &str) -> Option<&str> {
    let mut parts = path.rsplit('/');
    let operation = parts.next().filter(|operation| !operation.is_empty())?;
    (parts.next() == Some("operation") && parts.next().is_some() && parts.next() == Some("service"))
        .then_some(operation)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}
