//! Faults as S3 words them (source: S3 API reference, "Error responses", and its answers in practice).

use super::{Answer, MISMATCH};
use crate::clock::SKEW;
use crate::fault::Fault;
use crate::instant::{Stamp, iso8601};
use crate::mismatch::Mismatch;
use crate::scope::WrongScope;

const EXPECTED_CREDENTIAL: &str =
    "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".";
const V4_ONLY: &str = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";

pub(super) fn answer(fault: &Fault) -> Answer {
    match fault {
        Fault::MissingAuthenticationToken => Answer::new(403, "AccessDenied", "Access Denied"),
        Fault::TwoPlaces => Answer::new(
            400,
            "InvalidArgument",
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
        ),
        Fault::OtherScheme { authorization } => Answer::new(400, "InvalidArgument", "Unsupported Authorization Type")
            .with("ArgumentName", "Authorization")
            .with("ArgumentValue", authorization),
        Fault::LegacySignature => Answer::new(400, "InvalidRequest", V4_ONLY),
        Fault::UnsupportedAlgorithm { presigned: false, .. } => Answer::new(400, "InvalidRequest", V4_ONLY),
        Fault::UnsupportedAlgorithm { presigned: true, .. } => {
            query("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"")
        }
        Fault::NotKeyValue { component, .. } => header(format!("the authorization component \"{component}\" is malformed.")),
        Fault::HeaderIncomplete { missing, .. } if missing.is_empty() => {
            Answer::new(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
        }
        Fault::HeaderIncomplete { .. } => header("The authorization header requires three components: Credential, SignedHeaders, and Signature."),
        Fault::QueryIncomplete { .. } => query(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        ),
        Fault::CredentialMalformed { presigned: true, .. } => query(format!("Error parsing the X-Amz-Credential parameter; {EXPECTED_CREDENTIAL}")),
        Fault::CredentialMalformed { presigned: false, .. } => header(EXPECTED_CREDENTIAL),
        Fault::BadDate { presigned: true, .. } => query("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""),
        Fault::BadDate { presigned: false, .. } => Answer::new(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header"),
        Fault::ExpiresNotNumber => query("X-Amz-Expires should be a number"),
        Fault::ExpiresNegative => query("X-Amz-Expires must be non-negative"),
        Fault::ExpiresTooLong => query(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
        ),
        Fault::UnknownAccessKey { access_key_id } => {
            Answer::new(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
                .with("AWSAccessKeyId", access_key_id)
        }
        Fault::InvalidToken { token } => {
            Answer::new(400, "InvalidToken", "The provided token is malformed or otherwise invalid.").with("Token-0", token)
        }
        Fault::ExpiredToken { token } => Answer::new(400, "ExpiredToken", "The provided token has expired.").with("Token-0", token),
        Fault::WrongScope(wrong) => wrong_scope(wrong),
        Fault::HostNotSigned => Answer::new(403, "AccessDenied", "There were headers present in the request which were not signed")
            .with("HeadersNotSigned", "host"),
        Fault::HeadersNotSigned { names } => {
            Answer::new(403, "AccessDenied", "There were headers present in the request which were not signed").with("HeadersNotSigned", names)
        }
        Fault::SignedTooLate { presigned: true, .. } => Answer::new(403, "AccessDenied", "Request is not valid yet"),
        Fault::SignedTooEarly { signed_at, now } | Fault::SignedTooLate { signed_at, now, .. } => {
            Answer::new(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
                .with("RequestTime", Stamp::of(*signed_at).as_str())
                .with("ServerTime", iso8601(*now))
                .with("MaxAllowedSkewMilliseconds", (SKEW * 1000).to_string())
        }
        Fault::PresignedExpired { signed_at, expires, now } => Answer::new(403, "AccessDenied", "Request has expired")
            .with("X-Amz-Expires", expires.to_string())
            .with("Expires", iso8601(signed_at.saturating_add(i64::from(*expires))))
            .with("ServerTime", iso8601(*now)),
        Fault::Mismatch(mismatch) => signature(mismatch),
        Fault::ContentSha256Missing => Answer::new(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"),
        Fault::ContentSha256Invalid { got } => Answer::new(
            400,
            "InvalidArgument",
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
        )
        .with("ArgumentName", "x-amz-content-sha256")
        .with("ArgumentValue", got),
        Fault::ContentSha256Mismatch { client, computed } => {
            Answer::new(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
                .with("ClientComputedContentSHA256", client)
                .with("S3ComputedContentSHA256", computed)
        }
        Fault::IncompleteBody => Answer::new(400, "IncompleteBody", "The request body terminated unexpectedly"),
        Fault::DecodedLength => {
            Answer::new(400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
        }
        Fault::DecodedLengthMissing => Answer::new(411, "MissingContentLength", "You must provide the Content-Length HTTP header."),
        Fault::ChunkTooSmall { chunk, size } => {
            Answer::new(403, "InvalidChunkSizeError", "Only the last chunk is allowed to have a size less than 8192 bytes")
                .with("Chunk", chunk.to_string())
                .with("BadChunkSize", size.to_string())
        }
        Fault::MalformedTrailer => Answer::new(
            400,
            "MalformedTrailerError",
            "The request contained trailing data that was not well-formed or did not conform to our published schema.",
        ),
        Fault::FieldMissing { name } => Answer::new(
            400,
            "InvalidArgument",
            format!("Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."),
        )
        .with("ArgumentName", *name)
        .with("ArgumentValue", ""),
        Fault::PolicyInvalid { reason } => Answer::new(400, "InvalidPolicyDocument", format!("Invalid Policy: {reason}")),
        Fault::PolicyExpired => policy("Policy expired."),
        Fault::PolicyCondition { condition } => policy(format!("Policy Condition failed: {condition}")),
        Fault::ExtraFields { names } => policy(format!("Extra input fields: {names}")),
        Fault::EntityTooLarge { proposed, max } => Answer::new(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
            .with("ProposedSize", proposed.to_string())
            .with("MaxSizeAllowed", max.to_string()),
        Fault::EntityTooSmall { proposed, min } => {
            Answer::new(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
                .with("ProposedSize", proposed.to_string())
                .with("MinSizeAllowed", min.to_string())
        }
    }
}

fn header(reason: impl AsRef<str>) -> Answer {
    Answer::new(
        400,
        "AuthorizationHeaderMalformed",
        format!("The authorization header is malformed; {}", reason.as_ref()),
    )
}

fn query(message: impl Into<std::borrow::Cow<'static, str>>) -> Answer {
    Answer::new(400, "AuthorizationQueryParametersError", message)
}

fn policy(reason: impl AsRef<str>) -> Answer {
    Answer::new(403, "AccessDenied", format!("Invalid according to Policy: {}", reason.as_ref()))
}

fn wrong_scope(wrong: &WrongScope) -> Answer {
    let WrongScope { region, service, terminator, date, presigned } = wrong;
    let presigned = *presigned;
    let wrap = |reason: String| {
        if presigned {
            query(format!("Error parsing the X-Amz-Credential parameter; {reason}"))
        } else {
            header(reason)
        }
    };
    // S3 names one wrong piece at a time, and tells the right region so that clients can go there.
    if let Some((got, wanted)) = region {
        return wrap(format!("the region '{got}' is wrong; expecting '{wanted}'")).with("Region", wanted);
    }
    if let Some((got, wanted)) = service {
        return wrap(format!("incorrect service \"{got}\". This endpoint belongs to \"{wanted}\"."));
    }
    if let Some((got, stamp)) = date {
        let text = format!(
            "Invalid credential date \"{got}\". This date is not the same as X-Amz-Date: \"{}\".",
            stamp.date()
        );
        return if presigned { query(text) } else { header(text) };
    }
    wrap(format!(
        "incorrect terminal \"{}\". This endpoint uses \"aws4_request\".",
        terminator.as_deref().unwrap_or_default()
    ))
}

fn signature(mismatch: &Mismatch) -> Answer {
    let answer = Answer::new(403, "SignatureDoesNotMatch", format!("{MISMATCH}Check your key and signing method."))
        .with("AWSAccessKeyId", &mismatch.access_key_id)
        .with("StringToSign", &mismatch.string_to_sign)
        .with("SignatureProvided", &mismatch.signature_provided)
        .with("StringToSignBytes", Mismatch::bytes(&mismatch.string_to_sign));
    if mismatch.canonical_request.is_empty() {
        return answer;
    }
    answer
        .with("CanonicalRequest", &mismatch.canonical_request)
        .with("CanonicalRequestBytes", Mismatch::bytes(&mismatch.canonical_request))
}
