//! The `Authorization: AWS4-…` header (IAM User Guide, "Add the signature to the request").

use std::borrow::Cow;

use http::header::{HeaderMap, HeaderValue};

use crate::claim::{Algorithm, Claim, Place};
use crate::fault::Fault;
use crate::instant::{Stamp, rfc1123};
use crate::scope::Scope;

/// The headers that belong to a signature, found in one pass, which costs less than looking each up.
#[derive(Default)]
pub(crate) struct Headers<'a> {
    amz_date: Option<&'a str>,
    date: Option<&'a str>,
    pub(crate) session_token: Option<&'a str>,
    pub(crate) region_set: Option<&'a str>,
    pub(crate) content_sha256: Option<&'a str>,
}

impl<'a> Headers<'a> {
    pub(crate) fn find(headers: &'a HeaderMap) -> Self {
        let mut found = Headers::default();
        for (name, value) in headers {
            let slot = match name.as_str() {
                "date" => &mut found.date,
                "x-amz-date" => &mut found.amz_date,
                // Directory buckets have their own name for it (S3 API reference, CreateSession).
                "x-amz-security-token" | "x-amz-s3session-token" => &mut found.session_token,
                "x-amz-region-set" => &mut found.region_set,
                "x-amz-content-sha256" => &mut found.content_sha256,
                _ => continue,
            };
            if slot.is_none() {
                *slot = Some(str::from_utf8(value.as_bytes()).unwrap_or_default().trim_ascii());
            }
        }
        found
    }
}

/// The three components after the scheme; empty when missing.
#[derive(Default)]
struct Components<'a> {
    credential: &'a str,
    signature: &'a str,
    signed_headers: &'a str,
}

impl<'a> Components<'a> {
    /// Components may be separated by commas, blanks or both.
    fn split(mut rest: &'a str, whole: &str) -> Result<Self, Fault> {
        let mut components = Components::default();
        while !rest.is_empty() {
            let end = rest.bytes().position(|b| matches!(b, b',' | b' ' | b'\t')).unwrap_or(rest.len());
            let (component, tail) = rest.split_at(end);
            rest = tail.get(1..).unwrap_or_default();
            if component.is_empty() {
                continue;
            }
            let Some(equals) = component.bytes().position(|b| b == b'=') else {
                return Err(Fault::NotKeyValue { component: component.to_owned(), authorization: whole.to_owned() });
            };
            match (&component[..equals], &component[equals + 1..]) {
                ("Credential", value) => components.credential = value,
                ("Signature", value) => components.signature = value,
                ("SignedHeaders", value) => components.signed_headers = value,
                _ => {}
            }
        }
        Ok(components)
    }
}

pub(crate) fn read<'a>(value: &'a HeaderValue, headers: &'a HeaderMap) -> Result<Claim<'a>, Fault> {
    // Not `to_str`, which looks at each byte for itself.
    let Ok(text) = str::from_utf8(value.as_bytes()) else {
        return Err(Fault::OtherScheme { authorization: String::from_utf8_lossy(value.as_bytes()).into_owned() });
    };
    let text = text.trim_ascii();
    let (scheme, rest) = text.split_at(text.bytes().position(|b| matches!(b, b' ' | b',')).unwrap_or(text.len()));
    let Some(algorithm) = Algorithm::of(scheme) else {
        return Err(match scheme {
            "AWS" => Fault::LegacySignature,
            scheme if scheme.starts_with("AWS4-") => {
                Fault::UnsupportedAlgorithm { algorithm: scheme.to_owned(), presigned: false }
            }
            _ => Fault::OtherScheme { authorization: text.to_owned() },
        });
    };

    let Components { credential, signature, signed_headers } = Components::split(rest, text)?;
    let headers = Headers::find(headers);
    let date = headers.amz_date.or(headers.date);
    let pieces = [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed_headers)];
    let Some(date) = date.filter(|_| pieces.iter().all(|(_, value)| !value.is_empty())) else {
        let missing = pieces.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| *name).collect();
        return Err(Fault::HeaderIncomplete { missing, date_missing: date.is_none(), authorization: text.to_owned() });
    };

    let scope = Scope::read(Cow::Borrowed(credential), algorithm, false)?;
    // Clients that set `Date` themselves send it in the form of HTTP.
    let plain_date =
        || rfc1123(date).filter(|_| headers.amz_date.is_none()).map(|seconds| (Stamp::of(seconds), seconds));
    let Some((stamp, signed_at)) = Stamp::read(date).or_else(plain_date) else {
        return Err(Fault::BadDate { got: date.to_owned(), presigned: false });
    };
    Ok(Claim {
        algorithm,
        place: Place::Header,
        scope,
        session_token: headers.session_token.map(Cow::Borrowed),
        region_set: headers.region_set.map(Cow::Borrowed),
        content_sha256: headers.content_sha256.map(Cow::Borrowed),
        content_sha256_signed: true,
        stamp,
        signed_at,
        signed_headers: Cow::Borrowed(signed_headers),
        signature: Cow::Borrowed(signature),
    })
}
