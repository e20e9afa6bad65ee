//! Faults as every service but S3 words them (sources: "Common Errors" of the service API references; IAM User Guide,
//! "Troubleshoot Signature Version 4"; sentences as the services answer them).

use super::{Answer, Dialect, MISMATCH};
use crate::clock::SKEW;
use crate::fault::Fault;
use crate::instant::Stamp;

/// The code families; their names and statuses depend on the protocol.
#[derive(Clone, Copy)]
enum Kind {
    MissingToken,
    Incomplete,
    UnknownKey,
    Signature,
    ExpiredToken,
    Invalid,
}

pub(super) fn answer(fault: &Fault, dialect: Dialect) -> Answer {
    let (kind, message) = sentence(fault);
    if dialect == Dialect::Ec2 {
        // EC2 hides which part of a credential is wrong (EC2 API reference, "Error codes": AuthFailure, RequestExpired).
        match fault {
            Fault::UnknownAccessKey { .. } | Fault::InvalidToken { .. } | Fault::Mismatch(_) => {
                return Answer::new(401, "AuthFailure", "AWS was not able to validate the provided access credentials");
            }
            Fault::ExpiredToken { .. } | Fault::SignedTooEarly { .. } | Fault::PresignedExpired { .. } => {
                return Answer::new(400, "RequestExpired", "Request has expired.");
            }
            _ => {}
        }
    }
    let (status, code) = code(kind, dialect);
    Answer::new(status, code, message)
}

fn code(kind: Kind, dialect: Dialect) -> (u16, &'static str) {
    let json = match kind {
        Kind::MissingToken => "MissingAuthenticationTokenException",
        Kind::Incomplete => "IncompleteSignatureException",
        Kind::UnknownKey => "UnrecognizedClientException",
        Kind::Signature => "InvalidSignatureException",
        Kind::ExpiredToken => "ExpiredTokenException",
        Kind::Invalid => "ValidationException",
    };
    match (dialect, kind) {
        (Dialect::Json, _) | (Dialect::RestJson, Kind::Invalid) => (400, json),
        (Dialect::RestJson, _) => (403, json),
        (_, Kind::MissingToken) => (403, "MissingAuthenticationToken"),
        (_, Kind::Incomplete) => (400, "IncompleteSignature"),
        (_, Kind::UnknownKey) => (403, "InvalidClientTokenId"),
        (_, Kind::Signature) => (403, "SignatureDoesNotMatch"),
        (_, Kind::ExpiredToken) => (403, "ExpiredToken"),
        (_, Kind::Invalid) => (400, "ValidationError"),
    }
}

fn sentence(fault: &Fault) -> (Kind, String) {
    let incomplete = |text: String| (Kind::Incomplete, text);
    let signature = |text: String| (Kind::Signature, text);
    match fault {
        Fault::MissingAuthenticationToken => (Kind::MissingToken, "Missing Authentication Token".into()),
        Fault::TwoPlaces => signature("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.".into()),
        Fault::OtherScheme { authorization } => incomplete(header_sentences(&["Credential", "Signature", "SignedHeaders"], false, authorization)),
        Fault::HeaderIncomplete { missing, date_missing, authorization } => incomplete(header_sentences(missing, *date_missing, authorization)),
        Fault::LegacySignature => incomplete("Signature Version 2 is not supported. Please use AWS4-HMAC-SHA256.".into()),
        Fault::UnsupportedAlgorithm { algorithm, .. } => incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'.")),
        Fault::NotKeyValue { component, authorization } => {
            incomplete(format!("'{component}' not a valid key=value pair (missing equal-sign) in Authorization header: '{authorization}'."))
        }
        Fault::QueryIncomplete { missing } => {
            let mut text: String = missing.iter().map(|name| format!("AWS query-string parameters must include '{name}'. ")).collect();
            text.push_str("Re-examine the query-string parameters.");
            incomplete(text)
        }
        Fault::CredentialMalformed { credential, elements, .. } => {
            let example = if *elements == 5 { "keyid/date/region/service/term" } else { "keyid/date/service/term" };
            incomplete(format!("Credential must have exactly {elements} slash-delimited elements, e.g. {example}, got '{credential}'"))
        }
        Fault::BadDate { got, .. } => {
            incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{got}'. See http://en.wikipedia.org/wiki/ISO_8601"))
        }
        Fault::ExpiresNotNumber => incomplete("X-Amz-Expires should be a number".into()),
        Fault::ExpiresNegative => incomplete("X-Amz-Expires must be non-negative".into()),
        Fault::ExpiresTooLong => incomplete("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds".into()),
        Fault::UnknownAccessKey { .. } | Fault::InvalidToken { .. } => (Kind::UnknownKey, "The security token included in the request is invalid.".into()),
        Fault::ExpiredToken { .. } => (Kind::ExpiredToken, "The security token included in the request is expired".into()),
        Fault::WrongScope(wrong) => {
            let mut text = String::new();
            if let Some((got, _)) = &wrong.region {
                text += &format!("Credential should be scoped to a valid region, not '{got}'. ");
            }
            if let Some((_, wanted)) = &wrong.service {
                text += &format!("Credential should be scoped to correct service: '{wanted}'. ");
            }
            if let Some(got) = &wrong.terminator {
                text += &format!("Credential should be scoped with a valid terminator: 'aws4_request', not '{got}'. ");
            }
            if let Some((got, stamp)) = &wrong.date {
                text += &format!(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{got}' != '{}', from '{stamp}'. ",
                    stamp.date()
                );
            }
            signature(text)
        }
        Fault::HostNotSigned => signature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into()),
        Fault::HeadersNotSigned { names } => signature(format!("There were headers present in the request which were not signed: {names}")),
        Fault::SignedTooEarly { signed_at, now } => signature(format!(
            "Signature expired: {} is now earlier than {} ({} - 15 min.)",
            Stamp::of(*signed_at),
            Stamp::of(now.saturating_sub(SKEW)),
            Stamp::of(*now)
        )),
        Fault::SignedTooLate { signed_at, now, .. } => signature(format!(
            "Signature not yet current: {} is still later than {} ({} + 15 min.)",
            Stamp::of(*signed_at),
            Stamp::of(now.saturating_add(SKEW)),
            Stamp::of(*now)
        )),
        Fault::PresignedExpired { signed_at, expires, now } => signature(format!(
            "Signature expired: {} is now earlier than {} ({} - {} min.)",
            Stamp::of(*signed_at),
            Stamp::of(now.saturating_sub(i64::from(*expires))),
            Stamp::of(*now),
            expires / 60
        )),
        Fault::Mismatch(mismatch) => {
            let mut text = format!("{MISMATCH}Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");
            if !mismatch.canonical_request.is_empty() {
                text += &format!(
                    "\n\nThe Canonical String for this request should have been\n'{}'\n\nThe String-to-Sign should have been\n'{}'\n",
                    mismatch.canonical_request, mismatch.string_to_sign
                );
            }
            signature(text)
        }
        Fault::ContentSha256Missing
        | Fault::ContentSha256Invalid { .. }
        | Fault::ContentSha256Mismatch { .. }
        | Fault::IncompleteBody
        | Fault::DecodedLength
        | Fault::DecodedLengthMissing
        | Fault::ChunkTooSmall { .. }
        | Fault::MalformedTrailer
        | Fault::FieldMissing { .. }
        | Fault::PolicyInvalid { .. }
        | Fault::PolicyExpired
        | Fault::PolicyCondition { .. }
        | Fault::ExtraFields { .. }
        | Fault::EntityTooLarge { .. }
        | Fault::EntityTooSmall { .. } => (Kind::Invalid, super::s3::answer(fault).message.into_owned()),
    }
}

fn header_sentences(missing: &[&str], date_missing: bool, authorization: &str) -> String {
    let mut text: String =
        missing.iter().map(|name| format!("Authorization header requires '{name}' parameter. ")).collect();
    if date_missing {
        text.push_str("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
    }
    text + "Authorization=" + authorization
}
