//! The body of a verified request: decoded and checked while it streams.

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use http::request::Parts;

use crate::chunked::{Chain, Chunked};
use crate::claim::Payload;
use crate::fault::Fault;
use crate::hex;
use crate::trailer::Trailers;

/// Feed it what arrives with [`Body::decode`], then ask [`Body::finish`].
///
/// Bytes are handed out before their hash or signature is known, so nothing may be committed until `finish` answers `Ok`.
pub struct Body(Form);

enum Form {
    Plain,
    Hashed { digest: Context, expected: hex::Digest },
    Chunked(Box<Chunked>),
}

impl Body {
    /// Nothing to undo and nothing to check.
    pub fn plain() -> Self {
        Body(Form::Plain)
    }

    pub(crate) fn hashed(expected: hex::Digest) -> Self {
        Body(Form::Hashed { digest: Context::new(&SHA256), expected })
    }

    /// `aws-chunked`, of the length and with the trailers that the request announces.
    pub(crate) fn framed(parts: &Parts, chain: Option<Chain>, trailer: bool) -> Result<Self, Fault> {
        let text = |name: &str| {
            let values = parts.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
            values.collect::<Vec<_>>().join(",")
        };
        let length = text("x-amz-decoded-content-length").trim().parse().map_err(|_| Fault::DecodedLengthMissing)?;
        let announced = trailer.then(|| text("x-amz-trailer"));
        Ok(Body(Form::Chunked(Box::new(Chunked::new(chain, length, announced)))))
    }

    /// The body of a request that nobody signed, or whose signature nobody asks about: only its framing is undone.
    pub fn unverified(parts: &Parts) -> Result<Self, Fault> {
        let stated = parts.headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok());
        match Payload::of(stated) {
            Payload::Streaming { trailer, .. } => Body::framed(parts, None, trailer),
            _ => Ok(Body::plain()),
        }
    }

    /// Whether [`Body::decode`] passes everything through and [`Body::finish`] has nothing to check.
    pub fn is_plain(&self) -> bool {
        matches!(self.0, Form::Plain)
    }

    /// Whether the wire form is `aws-chunked`, which must also leave `Content-Encoding` of the stored object.
    pub fn is_chunked(&self) -> bool {
        matches!(self.0, Form::Chunked(_))
    }

    /// How long the payload is without its framing, in bytes, as the request says; `None` where there is no framing.
    pub fn announced_length(&self) -> Option<u64> {
        match &self.0 {
            Form::Chunked(chunked) => Some(chunked.announced_length()),
            _ => None,
        }
    }

    /// The SHA-256 that the body must have, when the client sent it and it is not checked yet.
    pub fn expected_sha256(&self) -> Option<[u8; 32]> {
        match &self.0 {
            Form::Hashed { expected, .. } => Some(*expected),
            Form::Plain | Form::Chunked(_) => None,
        }
    }

    /// Takes bytes off the front of `input` and gives the next piece of the payload without copying it. Call again until it
    /// answers `None`, which means that all of `input` is used.
    pub fn decode(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, Fault> {
        match &mut self.0 {
            Form::Chunked(chunked) => chunked.decode(input),
            Form::Plain | Form::Hashed { .. } if input.is_empty() => Ok(None),
            Form::Plain => Ok(Some(std::mem::take(input))),
            Form::Hashed { digest, .. } => {
                digest.update(input);
                Ok(Some(std::mem::take(input)))
            }
        }
    }

    /// Says whether the body was complete and what was signed, and gives its trailers.
    pub fn finish(self) -> Result<Trailers, Fault> {
        match self.0 {
            Form::Plain => Ok(Trailers::default()),
            Form::Hashed { digest, expected } => {
                same(&expected, &hex::array(digest.finish().as_ref()))?;
                Ok(Trailers::default())
            }
            Form::Chunked(chunked) => chunked.finish(),
        }
    }
}

/// Compares the hash a client sent with the one computed.
pub(crate) fn same(client: &hex::Digest, computed: &hex::Digest) -> Result<(), Fault> {
    if client == computed {
        return Ok(());
    }
    let text = |digest| String::from_utf8_lossy(&hex::encode(digest)).into_owned();
    Err(Fault::ContentSha256Mismatch { client: text(client), computed: text(computed) })
}
