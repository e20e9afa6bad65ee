//! Every way a request's authentication can be refused, as facts; the wording is in [`crate::answer`].

use crate::answer::Dialect;
use crate::mismatch::Mismatch;
use crate::scope::WrongScope;

/// A refusal. [`Fault::answer`] turns it into code, status and message; `Display` is the wording of query services.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.answer(Dialect::Query).message)]
pub enum Fault {
    /// An anonymous request where the service wants a signature; made by the caller when [`crate::parse`] finds nothing.
    MissingAuthenticationToken,
    /// `Authorization` and `X-Amz-Algorithm` in one request.
    TwoPlaces,
    /// An `Authorization` of another scheme (Basic, Bearer, …). Callers that accept those must look before they parse.
    OtherScheme {
        authorization: String,
    },
    /// Signature version 2, which no service here speaks.
    LegacySignature,
    /// `X-Amz-Algorithm` or a header scheme `AWS4-…` that is neither SigV4 nor SigV4a.
    UnsupportedAlgorithm {
        algorithm: String,
        presigned: bool,
    },
    /// A component of the `Authorization` header without an equal sign.
    NotKeyValue {
        component: String,
        authorization: String,
    },
    /// Components of the `Authorization` header, or the date header, that are missing, by name.
    HeaderIncomplete {
        missing: Vec<&'static str>,
        date_missing: bool,
        authorization: String,
    },
    /// Presigned query parameters that are missing, by name.
    QueryIncomplete {
        missing: Vec<&'static str>,
    },
    CredentialMalformed {
        credential: String,
        elements: usize,
        presigned: bool,
    },
    BadDate {
        got: String,
        presigned: bool,
    },
    /// `X-Amz-Expires` is no number.
    ExpiresNotNumber,
    ExpiresNegative,
    /// `X-Amz-Expires` is above 604,800 seconds.
    ExpiresTooLong,

    /// No such access key; made by the caller.
    UnknownAccessKey {
        access_key_id: String,
    },
    /// The session token is not the one of this access key; made by the caller.
    InvalidToken {
        token: String,
    },
    /// The session behind the token is over; made by the caller.
    ExpiredToken {
        token: String,
    },

    WrongScope(Box<WrongScope>),
    HostNotSigned,
    /// S3 wants every `x-amz-` header signed; the names are joined by `, `.
    HeadersNotSigned {
        names: String,
    },
    /// Signed more than 15 minutes before `now`, unix seconds on the wall clock.
    SignedTooEarly {
        signed_at: i64,
        now: i64,
    },
    /// Signed more than 15 minutes after `now`.
    SignedTooLate {
        signed_at: i64,
        now: i64,
        presigned: bool,
    },
    /// All three in virtual unix seconds.
    PresignedExpired {
        signed_at: i64,
        expires: u32,
        now: i64,
    },
    Mismatch(Box<Mismatch>),

    ContentSha256Missing,
    ContentSha256Invalid {
        got: String,
    },
    ContentSha256Mismatch {
        client: String,
        computed: String,
    },
    /// The body ended before its framing or its announced length did, or its framing is broken.
    IncompleteBody,
    /// The decoded body is not as long as `x-amz-decoded-content-length` says.
    DecodedLength,
    DecodedLengthMissing,
    /// A chunk other than the last is below 8,192 bytes; chunks count from 1.
    ChunkTooSmall {
        chunk: u64,
        size: u64,
    },
    MalformedTrailer,

    /// A form without a field it needs.
    FieldMissing {
        name: &'static str,
    },
    PolicyInvalid {
        reason: &'static str,
    },
    PolicyExpired,
    /// The condition as its JSON text.
    PolicyCondition {
        condition: String,
    },
    ExtraFields {
        names: String,
    },
    EntityTooLarge {
        proposed: u64,
        max: u64,
    },
    EntityTooSmall {
        proposed: u64,
        min: u64,
    },
}
