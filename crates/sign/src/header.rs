//! The `Authorization: AWS4-…` header (IAM User Guide, "Add the signature to the request").

use std::borrow::Cow;

use http::header::{DATE, HeaderMap, HeaderValue};

use crate::claim::{Algorithm, Claim, Place};
use crate::fault::Fault;
use crate::instant::{Stamp, basic, rfc1123};
use crate::scope::Scope;

pub(crate) fn read<'a>(value: &'a HeaderValue, headers: &'a HeaderMap) -> Result<Claim<'a>, Fault> {
    let Ok(text) = value.to_str() else {
        return Err(Fault::OtherScheme { authorization: String::from_utf8_lossy(value.as_bytes()).into_owned() });
    };
    let text = text.trim();
    let (scheme, rest) = text.split_once([' ', ',']).unwrap_or((text, ""));
    let Some(algorithm) = Algorithm::of(scheme) else {
        return Err(match scheme {
            "AWS" => Fault::LegacySignature,
            scheme if scheme.starts_with("AWS4-") => {
                Fault::UnsupportedAlgorithm { algorithm: scheme.to_owned(), presigned: false }
            }
            _ => Fault::OtherScheme { authorization: text.to_owned() },
        });
    };

    let (mut credential, mut signature, mut signed_headers) = ("", "", "");
    // Components may be separated by commas, blanks or both.
    for component in rest.split([',', ' ', '\t']).filter(|c| !c.is_empty()) {
        let Some((key, value)) = component.split_once('=') else {
            return Err(Fault::NotKeyValue { component: component.to_owned(), authorization: text.to_owned() });
        };
        match key {
            "Credential" => credential = value,
            "Signature" => signature = value,
            "SignedHeaders" => signed_headers = value,
            _ => {}
        }
    }
    let amz_date = headers.get("x-amz-date");
    let date = amz_date.or_else(|| headers.get(DATE));
    let pieces = [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed_headers)];
    let Some(date) = date.filter(|_| pieces.iter().all(|(_, value)| !value.is_empty())) else {
        let missing = pieces.iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| *name).collect();
        return Err(Fault::HeaderIncomplete { missing, date_missing: date.is_none(), authorization: text.to_owned() });
    };

    let scope = Scope::read(Cow::Borrowed(credential), algorithm, false)?;
    let got = date.to_str().unwrap_or_default().trim();
    let signed_at = match amz_date {
        Some(_) => basic(got),
        None => rfc1123(got).or_else(|| basic(got)),
    };
    let Some(signed_at) = signed_at else {
        return Err(Fault::BadDate { got: got.to_owned(), presigned: false });
    };
    Ok(Claim {
        algorithm,
        place: Place::Header,
        scope,
        session_token: session_token(headers),
        region_set: text_of(headers, "x-amz-region-set"),
        content_sha256: text_of(headers, "x-amz-content-sha256"),
        content_sha256_signed: true,
        stamp: Stamp::of(signed_at),
        signed_at,
        signed_headers: Cow::Borrowed(signed_headers),
        signature: Cow::Borrowed(signature),
    })
}

/// The session token travels under another name with directory buckets (S3 API reference, CreateSession).
pub(crate) fn session_token(headers: &HeaderMap) -> Option<Cow<'_, str>> {
    text_of(headers, "x-amz-security-token").or_else(|| text_of(headers, "x-amz-s3session-token"))
}

pub(crate) fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<Cow<'a, str>> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(|text| Cow::Borrowed(text.trim()))
}
