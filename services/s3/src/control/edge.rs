//! How a request for S3 Control is told from one for S3, which signs alike.

use http::request::Parts;
use kernel::{Edge, Way};

pub static EDGE: Edge = Edge::of(takes);

/// Every operation's path begins with this.
const VERSION: &str = "/v20180820/";
/// The header that names the account in every request. Hosts begin with the account, too, but so may those of a bucket.
const ACCOUNT: &str = "x-amz-account-id";

pub fn is_control(head: &Parts) -> bool {
    head.uri.path().starts_with(VERSION) && head.headers.contains_key(ACCOUNT)
}

fn takes(head: &Parts, _signed: bool) -> Option<Way> {
    is_control(head).then_some(Way::Operation { path: None })
}
