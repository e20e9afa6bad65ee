//! What the cloud asks of the world outside: the keys of identity providers.

use crate::store::Answer;
use bytes::Bytes;

/// The largest answer that is read, in bytes.
pub const MAX_ANSWER: usize = 256 * 1024;

pub trait Web: Send + Sync {
    /// The body of a 200 answer to GET, or why there is none. `thumbprints` are SHA-1 digests of certificates, as hex, that
    /// are trusted beside the well-known authorities.
    fn get<'a>(&'a self, url: &'a str, thumbprints: &'a [String]) -> Answer<'a, Result<Bytes, String>>;
}

/// For a cloud without a world outside.
pub struct NoWeb;

impl Web for NoWeb {
    fn get<'a>(&'a self, _url: &'a str, _thumbprints: &'a [String]) -> Answer<'a, Result<Bytes, String>> {
        Answer::ready(Err("this cloud has no way out".to_owned()))
    }
}
