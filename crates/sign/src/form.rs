//! Browser uploads: the signature fields of a POST form (S3 API reference, "Authenticating Requests in Browser-Based
//! Uploads Using POST").

use std::borrow::Cow;

use data_encoding::BASE64;

use crate::claim::Algorithm;
use crate::fault::Fault;
use crate::instant::Stamp;
use crate::mismatch::Mismatch;
use crate::policy::Policy;
use crate::scope::{Expected, Scope};
use crate::verifier::Verifier;

/// The fields of a form in their order, without the `file` field and what follows it. Names are matched regardless of case.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    pub fields: &'a [(String, String)],
}

/// What a form claims about its signer. Nothing in it is verified.
#[derive(Debug, Clone)]
pub struct FormClaim<'a> {
    algorithm: Algorithm,
    scope: Scope<'a>,
    stamp: Stamp,
    signed_at: i64,
    session_token: Option<&'a str>,
    policy: &'a str,
    signature: &'a str,
}

impl<'a> Form<'a> {
    /// The first field of this name.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// `None` is an anonymous upload: a form without a policy.
    pub fn claim(&self) -> Result<Option<FormClaim<'a>>, Fault> {
        let Some(policy) = self.get("policy") else { return Ok(None) };
        let need = |name| self.get(name).ok_or(Fault::FieldMissing { name });
        if self.get("x-amz-algorithm").is_none() && self.get("awsaccesskeyid").is_some() {
            return Err(Fault::LegacySignature);
        }
        let algorithm = need("x-amz-algorithm")?;
        let Some(algorithm) = Algorithm::of(algorithm) else {
            return Err(Fault::UnsupportedAlgorithm { algorithm: algorithm.to_owned(), presigned: true });
        };
        let scope = Scope::read(Cow::Borrowed(need("x-amz-credential")?), algorithm, true)?;
        let date = need("x-amz-date")?;
        let Some((stamp, signed_at)) = Stamp::read(date) else {
            return Err(Fault::BadDate { got: date.to_owned(), presigned: true });
        };
        let session_token = self.get("x-amz-security-token").or_else(|| self.get("x-amz-s3session-token"));
        Ok(Some(FormClaim {
            algorithm,
            scope,
            stamp,
            signed_at,
            session_token,
            policy,
            signature: need("x-amz-signature")?,
        }))
    }
}

impl FormClaim<'_> {
    pub fn access_key_id(&self) -> &str {
        self.scope.access_key_id()
    }

    pub fn scope(&self) -> &Scope<'_> {
        &self.scope
    }

    pub fn session_token(&self) -> Option<&str> {
        self.session_token
    }

    /// The signing instant in unix seconds. A form has no skew rule: its policy says how long it lasts.
    pub fn signed_at(&self) -> i64 {
        self.signed_at
    }
}

impl Verifier {
    /// Verifies the signature over the policy and reads the policy, whose conditions are then for [`Policy::check`].
    pub fn verify_form(&self, claim: &FormClaim<'_>, secret: &str, expected: &Expected<'_>) -> Result<Policy, Fault> {
        claim.scope.check(expected, None, &claim.stamp, true)?;
        // The string to sign is the policy as it was sent, in base64.
        let key = self.keys.key(claim.algorithm, &claim.scope, secret);
        if !key.accepts(claim.policy.as_bytes(), claim.signature) {
            return Err(Fault::Mismatch(Box::new(Mismatch {
                access_key_id: claim.access_key_id().to_owned(),
                signature_provided: claim.signature.to_owned(),
                string_to_sign: claim.policy.to_owned(),
                canonical_request: String::new(),
            })));
        }
        let compact: Vec<u8> = claim.policy.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
        let text = BASE64.decode(&compact).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        Policy::read(&text.ok_or(Fault::PolicyInvalid { reason: "Invalid Base64." })?)
    }
}
