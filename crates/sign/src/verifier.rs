//! Verification: from a claim and a secret to a yes, with the body still to come.

use http::request::Parts;

use crate::body::{Body, same};
use crate::cache::Cache;
use crate::canonical;
use crate::chunked::Chain;
use crate::claim::{Claim, Payload};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::hex;
use crate::key::SigningKey;
use crate::mismatch::Mismatch;
use crate::scope::Expected;
use crate::style;

/// What the caller knows of the body when it verifies.
#[derive(Debug, Clone, Copy)]
pub enum PayloadCheck<'a> {
    /// The whole body; required for services other than S3, whose signatures cover its hash.
    Bytes(&'a [u8]),
    /// Its SHA-256, when the caller has hashed it already.
    Digest([u8; 32]),
    /// The body comes later and is checked by [`Verified::body`]. The client's `x-amz-content-sha256` must say how.
    Later,
}

impl PayloadCheck<'_> {
    fn digest(&self) -> Option<hex::Digest> {
        match self {
            PayloadCheck::Bytes(bytes) => Some(hex::sha256(bytes)),
            PayloadCheck::Digest(digest) => Some(*digest),
            PayloadCheck::Later => None,
        }
    }

    fn digest_hex(&self) -> Option<[u8; 64]> {
        match self {
            PayloadCheck::Bytes(bytes) => Some(hex::sha256_hex(bytes)),
            PayloadCheck::Digest(digest) => Some(hex::encode(digest)),
            PayloadCheck::Later => None,
        }
    }
}

/// Under what terms a claim is verified.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// The secret access key that belongs to [`Claim::access_key_id`].
    pub secret: &'a str,
    pub body: PayloadCheck<'a>,
    pub expected: Expected<'a>,
    pub clock: Clock<'a>,
}

/// A request whose signature holds.
pub struct Verified {
    /// For a body that was given as [`PayloadCheck::Bytes`] and is not `aws-chunked` there is nothing left to check.
    pub body: Body,
}

/// Verifies claims; keeps the signing keys it derives. One per process, shared by all threads.
pub struct Verifier {
    pub(crate) keys: Cache,
}

impl Default for Verifier {
    fn default() -> Self {
        Self::new(4096)
    }
}

impl Verifier {
    /// `keys` bounds the number of signing keys kept, at about 1.5 KB each.
    pub fn new(keys: usize) -> Self {
        Verifier { keys: Cache::new(keys) }
    }

    /// Judges scope, time, signed headers and signature, in this order.
    pub fn verify(&self, claim: &Claim<'_>, parts: &Parts, terms: &Terms<'_>) -> Result<Verified, Fault> {
        claim.scope.check(&terms.expected, claim.region_set(), &claim.stamp, claim.is_presigned())?;
        terms.clock.judge(claim)?;
        check_signed_headers(claim, parts)?;
        let mut hash = [0; 64];
        let payload = payload_line(claim, terms, &mut hash)?;
        let key = self.keys.key(claim.algorithm, &claim.scope, terms.secret);
        check_signature(claim, parts, payload, &key)?;

        let body = match claim.payload() {
            Payload::Streaming { signed, trailer } => {
                let chain = match signed {
                    Some(algorithm) if algorithm == claim.algorithm => Some(Chain::new(claim, key)),
                    Some(_) => return Err(invalid_form(claim)),
                    None => None,
                };
                Body::framed(parts, chain, trailer)?
            }
            Payload::Digest(expected) if claim.is_s3() || matches!(terms.body, PayloadCheck::Later) => {
                match terms.body.digest() {
                    Some(computed) => same(&expected, &computed).map(|()| Body::plain())?,
                    None => Body::hashed(expected),
                }
            }
            _ => Body::plain(),
        };
        Ok(Verified { body })
    }
}

fn invalid_form(claim: &Claim<'_>) -> Fault {
    Fault::ContentSha256Invalid { got: claim.content_sha256.as_deref().unwrap_or_default().to_owned() }
}

/// `host` must be signed everywhere; S3 also wants each `x-amz-` header signed (S3 API reference, "Canonical headers").
fn check_signed_headers(claim: &Claim<'_>, parts: &Parts) -> Result<(), Fault> {
    let signed = |name: &str| claim.signed_headers().any(|signed| signed.eq_ignore_ascii_case(name));
    if !signed("host") {
        return Err(Fault::HostNotSigned);
    }
    if !claim.is_s3() {
        return Ok(());
    }
    // A presigned URL is signed for any payload, so whoever uses it may state the hash.
    let exempt = |name: &str| claim.is_presigned() && name == "x-amz-content-sha256";
    let unsigned = |name: &&str| name.starts_with("x-amz-") && !exempt(name) && !signed(name);
    let mut names = parts.headers.keys().map(|name| name.as_str()).filter(unsigned).peekable();
    if names.peek().is_some() {
        return Err(Fault::HeadersNotSigned { names: names.collect::<Vec<_>>().join(", ") });
    }
    Ok(())
}

/// The last line of the canonical request. S3 takes it from the client, the others compute it whatever the header says,
/// unless it says that the payload is unsigned or signs itself.
fn payload_line<'a>(claim: &'a Claim<'_>, terms: &Terms<'_>, hash: &'a mut [u8; 64]) -> Result<&'a [u8], Fault> {
    let stated = claim.content_sha256.as_deref().unwrap_or_default().as_bytes();
    let form = claim.payload();
    if claim.is_s3() {
        return match form {
            Payload::Unknown => Err(invalid_form(claim)),
            Payload::Absent if claim.is_presigned() => Ok(b"UNSIGNED-PAYLOAD"),
            Payload::Absent => Err(Fault::ContentSha256Missing),
            // An unsigned header beside a presigned URL describes the body but was not part of what was signed.
            _ if claim.is_presigned() && !claim.content_sha256_signed => Ok(b"UNSIGNED-PAYLOAD"),
            _ => Ok(stated),
        };
    }
    match form {
        Payload::Unsigned | Payload::Streaming { .. } | Payload::Events => Ok(stated),
        Payload::Absent | Payload::Unknown | Payload::Digest(_) => match (terms.body.digest_hex(), form) {
            (Some(computed), _) => {
                *hash = computed;
                Ok(hash)
            }
            (None, Payload::Digest(_)) => Ok(stated),
            (None, _) => Err(Fault::ContentSha256Missing),
        },
    }
}

fn check_signature(claim: &Claim<'_>, parts: &Parts, payload: &[u8], key: &SigningKey) -> Result<(), Fault> {
    let mut canonical = Vec::with_capacity(1024);
    canonical::write(&mut canonical, parts, claim, payload, false);
    let mut string = Vec::with_capacity(192);
    string_to_sign(&mut string, claim, &canonical);
    if key.accepts(&string, claim.signature()) {
        return Ok(());
    }
    if claim.is_presigned() && style::appends_token_after_signing(claim.service()) {
        let (mut canonical, mut string) = (Vec::new(), Vec::new());
        canonical::write(&mut canonical, parts, claim, payload, true);
        string_to_sign(&mut string, claim, &canonical);
        if key.accepts(&string, claim.signature()) {
            return Ok(());
        }
    }
    Err(Fault::Mismatch(Box::new(Mismatch {
        access_key_id: claim.access_key_id().to_owned(),
        signature_provided: claim.signature().to_owned(),
        string_to_sign: String::from_utf8_lossy(&string).into_owned(),
        canonical_request: String::from_utf8_lossy(&canonical).into_owned(),
    })))
}

/// IAM User Guide, "Create a signed request", step 3.
fn string_to_sign(out: &mut Vec<u8>, claim: &Claim<'_>, canonical: &[u8]) {
    for line in [claim.algorithm.name(), claim.stamp.as_str(), claim.scope.text()] {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(&hex::encode(&hex::sha256(canonical)));
}
