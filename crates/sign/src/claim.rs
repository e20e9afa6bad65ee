//! What a request claims about its signer, before anything is verified.

use std::borrow::Cow;

use crate::hex;
use crate::instant::Stamp;
use crate::scope::Scope;
use crate::style;

/// `AWS4-HMAC-SHA256` (SigV4) or `AWS4-ECDSA-P256-SHA256` (SigV4a).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    HmacSha256,
    EcdsaP256Sha256,
}

impl Algorithm {
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::HmacSha256 => "AWS4-HMAC-SHA256",
            Algorithm::EcdsaP256Sha256 => "AWS4-ECDSA-P256-SHA256",
        }
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        [Algorithm::HmacSha256, Algorithm::EcdsaP256Sha256].into_iter().find(|a| a.name() == name)
    }
}

/// Where the signature was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Header,
    /// `expires` is `X-Amz-Expires` in seconds, 0 to 604,800; S3 always has one, other services may go without.
    Query {
        expires: Option<u32>,
    },
}

/// What `X-Amz-Content-Sha256` says about the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// No such header.
    Absent,
    /// The SHA-256 of the body.
    Digest([u8; 32]),
    /// `UNSIGNED-PAYLOAD`
    Unsigned,
    /// `aws-chunked`; `signed` says whether and how each chunk is, `trailer` whether trailers follow.
    Streaming { signed: Option<Algorithm>, trailer: bool },
    /// `STREAMING-AWS4-HMAC-SHA256-EVENTS`: event-stream frames that carry their own signatures.
    Events,
    /// Something else; services other than S3 ignore it.
    Unknown,
}

/// The authentication found in a request by [`crate::parse`]. Nothing in it is verified.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) place: Place,
    pub(crate) scope: Scope<'a>,
    pub(crate) session_token: Option<Cow<'a, str>>,
    pub(crate) region_set: Option<Cow<'a, str>>,
    pub(crate) content_sha256: Option<Cow<'a, str>>,
    /// Whether the signature covers it.
    pub(crate) content_sha256_signed: bool,
    pub(crate) stamp: Stamp,
    pub(crate) signed_at: i64,
    pub(crate) signed_headers: Cow<'a, str>,
    pub(crate) signature: Cow<'a, str>,
}

impl Claim<'_> {
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub fn place(&self) -> Place {
        self.place
    }

    pub fn is_presigned(&self) -> bool {
        self.place != Place::Header
    }

    pub fn access_key_id(&self) -> &str {
        self.scope.access_key_id()
    }

    pub fn scope(&self) -> &Scope<'_> {
        &self.scope
    }

    /// The region of the credential scope; `None` for SigV4a.
    pub fn region(&self) -> Option<&str> {
        self.scope.region()
    }

    /// The signing name of the credential scope.
    pub fn service(&self) -> &str {
        self.scope.service()
    }

    /// `X-Amz-Region-Set` of SigV4a, e.g. `us-east-1,eu-*`.
    pub fn region_set(&self) -> Option<&str> {
        self.region_set.as_deref()
    }

    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// The signing instant in unix seconds, on the client's clock.
    pub fn signed_at(&self) -> i64 {
        self.signed_at
    }

    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    pub fn signed_headers(&self) -> impl Iterator<Item = &str> {
        self.signed_headers.split(';')
    }

    pub fn signature(&self) -> &str {
        &self.signature
    }

    pub fn payload(&self) -> Payload {
        Payload::of(self.content_sha256.as_deref())
    }

    pub(crate) fn is_s3(&self) -> bool {
        style::is_s3(self.service())
    }
}

impl Payload {
    /// By the header's value.
    pub(crate) fn of(header: Option<&str>) -> Payload {
        let signed = |signed, trailer| Payload::Streaming { signed, trailer };
        match header {
            None => Payload::Absent,
            Some("UNSIGNED-PAYLOAD") => Payload::Unsigned,
            Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER") => signed(None, true),
            Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD") => signed(Some(Algorithm::HmacSha256), false),
            Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") => signed(Some(Algorithm::HmacSha256), true),
            Some("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD") => signed(Some(Algorithm::EcdsaP256Sha256), false),
            Some("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER") => signed(Some(Algorithm::EcdsaP256Sha256), true),
            Some("STREAMING-AWS4-HMAC-SHA256-EVENTS") => Payload::Events,
            Some(text) => hex::decode(text.as_bytes()).map_or(Payload::Unknown, Payload::Digest),
        }
    }
}
