//! Presigned requests: the `X-Amz-…` query parameters (S3 API reference, "Authenticating Requests: Using Query Parameters").

use std::borrow::Cow;

use http::HeaderMap;

use crate::claim::{Algorithm, Claim, Place};
use crate::fault::Fault;
use crate::header::Headers;
use crate::instant::Stamp;
use crate::scope::Scope;
use crate::{style, uri};

/// Seven days, the longest life of a presigned request.
const LONGEST: i128 = 604_800;

/// The signature's own parameters, still percent-encoded.
#[derive(Default)]
pub(crate) struct Params<'a> {
    algorithm: &'a str,
    credential: &'a str,
    date: &'a str,
    expires: Option<&'a str>,
    signed_headers: &'a str,
    signature: &'a str,
    security_token: Option<&'a str>,
    region_set: Option<&'a str>,
    content_sha256: Option<&'a str>,
}

impl<'a> Params<'a> {
    /// `None` unless the query has one of the parameters that only a signature has.
    pub(crate) fn find(query: &'a str) -> Result<Option<Self>, Fault> {
        if query.is_empty() {
            return Ok(None);
        }
        let mut params = Params::default();
        let (mut found, mut legacy) = (false, (false, false));
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "X-Amz-Algorithm" => (params.algorithm, found) = (value, true),
                "X-Amz-Credential" => (params.credential, found) = (value, true),
                "X-Amz-Signature" => (params.signature, found) = (value, true),
                "X-Amz-Date" => params.date = value,
                "X-Amz-Expires" => params.expires = Some(value),
                "X-Amz-SignedHeaders" => params.signed_headers = value,
                "X-Amz-Security-Token" | "X-Amz-S3session-Token" => params.security_token = Some(value),
                "X-Amz-Region-Set" => params.region_set = Some(value),
                "X-Amz-Content-Sha256" => params.content_sha256 = Some(value),
                "AWSAccessKeyId" => legacy.0 = true,
                "Signature" => legacy.1 = true,
                _ => {}
            }
        }
        match (found, legacy) {
            (true, _) => Ok(Some(params)),
            (false, (true, true)) => Err(Fault::LegacySignature),
            (false, _) => Ok(None),
        }
    }

    pub(crate) fn claim(self, headers: &'a HeaderMap) -> Result<Claim<'a>, Fault> {
        let pieces = [
            ("X-Amz-Algorithm", self.algorithm),
            ("X-Amz-Credential", self.credential),
            ("X-Amz-Signature", self.signature),
            ("X-Amz-SignedHeaders", self.signed_headers),
            ("X-Amz-Date", self.date),
        ];
        if pieces.iter().any(|(_, value)| value.is_empty()) {
            let missing = pieces.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| *name).collect();
            return Err(Fault::QueryIncomplete { missing });
        }
        let Some(algorithm) = Algorithm::of(self.algorithm) else {
            return Err(Fault::UnsupportedAlgorithm {
                algorithm: uri::decode(self.algorithm).into_owned(),
                presigned: true,
            });
        };
        let scope = Scope::read(uri::decode(self.credential), algorithm, true)?;
        let Some((stamp, signed_at)) = Stamp::read(self.date) else {
            return Err(Fault::BadDate { got: uri::decode(self.date).into_owned(), presigned: true });
        };
        let expires = match self.expires {
            Some(text) => Some(seconds(text)?),
            None if style::is_s3(scope.service()) => {
                return Err(Fault::QueryIncomplete { missing: vec!["X-Amz-Expires"] });
            }
            None => None,
        };
        let signed_headers = uri::decode(self.signed_headers);
        let headers = Headers::find(headers);
        let in_header = headers.content_sha256.map(Cow::Borrowed);
        let header_signed = signed_headers.split(';').any(|name| name == "x-amz-content-sha256");
        Ok(Claim {
            algorithm,
            place: Place::Query { expires },
            scope,
            session_token: self.security_token.map(uri::decode).or_else(|| headers.session_token.map(Cow::Borrowed)),
            region_set: self.region_set.map(uri::decode).or_else(|| headers.region_set.map(Cow::Borrowed)),
            content_sha256_signed: header_signed || in_header.is_none(),
            content_sha256: in_header.or_else(|| self.content_sha256.map(uri::decode)),
            stamp,
            signed_at,
            signed_headers,
            signature: Cow::Borrowed(self.signature),
        })
    }
}

fn seconds(text: &str) -> Result<u32, Fault> {
    let seconds: i128 = text.parse().map_err(|_| Fault::ExpiresNotNumber)?;
    match seconds {
        ..0 => Err(Fault::ExpiresNegative),
        0..=LONGEST => Ok(seconds as u32),
        _ => Err(Fault::ExpiresTooLong),
    }
}
