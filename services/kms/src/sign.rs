//! Sign, Verify and GetPublicKey.

use crate::{
    faults, grant_token,
    kms_key::{Aliases, KmsKey},
    material::Material,
    spec::Family,
    usage,
};
use aws_lc_rs::{
    digest::{self, Digest},
    error::Unspecified,
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256K1_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519,
        KeyPair, ML_DSA_44, ML_DSA_65, ML_DSA_87, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256,
        RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512,
        RsaEncoding, UnparsedPublicKey, VerificationAlgorithm,
    },
};
use kernel::{Cx, Result};
use kms_api::*;
use std::sync::Arc;
use wire::common;

const USAGE: &str = "SIGN_VERIFY";

/// What is signed.
enum Message {
    /// Of algorithms that hash first.
    Digest(Digest),
    Raw(wire::Bytes),
}

struct Task {
    key: Arc<KmsKey>,
    algorithm: &'static str,
    message: Message,
}

impl Task {
    async fn of(
        cx: &Cx,
        key_id: &str,
        algorithm: &SigningAlgorithmSpec,
        message: wire::Bytes,
        kind: Option<&MessageType>,
        operation: &str,
    ) -> Result<Task> {
        let key = KmsKey::find(cx, key_id, Aliases::Taken).await?;
        key.require_usage(USAGE, operation)?;
        let asked = algorithm.as_str();
        let known = key.spec.signing.iter().copied().find(|known| *known == asked);
        let algorithm = known.ok_or_else(|| faults::incompatible_algorithm(asked, key.spec.name))?;
        let kind = kind.unwrap_or(&MessageType::Raw);
        // Which message types go with which algorithms, the API reference says; how they are refused is a guess.
        let refused = || faults::invalid(format!("MessageType {kind} is not supported with algorithm {algorithm}."));
        let message = match (key.spec.family, kind) {
            (Family::MlDsa, MessageType::ExternalMu) => {
                return Err(common::not_implemented(
                    "MessageType EXTERNAL_MU: the cryptographic library takes whole messages",
                ));
            }
            (Family::Ed25519, _) if algorithm == "ED25519_PH_SHA_512" => {
                return Err(common::not_implemented(
                    "SigningAlgorithm ED25519_PH_SHA_512: the cryptographic library has it not",
                ));
            }
            (Family::MlDsa | Family::Ed25519, MessageType::Raw) => Message::Raw(message),
            (Family::MlDsa | Family::Ed25519, _) | (_, MessageType::ExternalMu) => return Err(refused()),
            (_, MessageType::Digest) => Message::Digest(
                Digest::import_less_safe(&message, hash(algorithm))
                    .map_err(|_| faults::invalid(format!("Digest is invalid length for algorithm {algorithm}.")))?,
            ),
            (_, _) => Message::Digest(digest::digest(hash(algorithm), &message)),
        };
        Ok(Task { key, algorithm, message })
    }

    fn sign(&self, cx: &Cx) -> Result<Vec<u8>> {
        let (_, material) = self.key.current_material(cx)?;
        let signed = match (material, &self.message) {
            (Material::Rsa(rsa), Message::Digest(digest)) => {
                let mut signature = vec![0; rsa.signer.public_modulus_len()];
                rsa.signer.sign_digest(encoding(self.algorithm), digest, &mut signature).map(|()| signature)
            }
            (Material::Ecc(ecc), Message::Digest(digest)) => {
                ecc.signer.sign_digest(digest).map(|signature| signature.as_ref().to_vec())
            }
            (Material::Ed25519(pair), Message::Raw(message)) => {
                pair.try_sign(message).map(|signature| signature.as_ref().to_vec())
            }
            (Material::MlDsa(pair), Message::Raw(message)) => {
                let mut signature = vec![0; pair.algorithm().signature_len()];
                pair.sign(message, &mut signature).map(|length| {
                    signature.truncate(length);
                    signature
                })
            }
            _ => Err(Unspecified),
        };
        signed.map_err(|_| faults::crypto("signing"))
    }

    fn verifies(&self, cx: &Cx, signature: &[u8]) -> Result<bool> {
        let (_, material) = self.key.current_material(cx)?;
        let public: &[u8] = match material {
            Material::Rsa(rsa) => rsa.signer.public_key().as_ref(),
            Material::Ecc(ecc) => ecc.signer.public_key().as_ref(),
            Material::Ed25519(pair) => pair.public_key().as_ref(),
            Material::MlDsa(pair) => pair.public_key().as_ref(),
            Material::Symmetric(_) | Material::Hmac(_) => return Ok(false),
        };
        let public = UnparsedPublicKey::new(verification(self.key.spec.name, self.algorithm), public);
        Ok(match &self.message {
            Message::Digest(digest) => public.verify_digest(digest, signature).is_ok(),
            Message::Raw(message) => public.verify(message, signature).is_ok(),
        })
    }
}

fn hash(algorithm: &str) -> &'static digest::Algorithm {
    match algorithm.rsplit('_').next() {
        Some("256") => &digest::SHA256,
        Some("384") => &digest::SHA384,
        _ => &digest::SHA512,
    }
}

fn encoding(algorithm: &str) -> &'static dyn RsaEncoding {
    match algorithm {
        "RSASSA_PKCS1_V1_5_SHA_256" => &RSA_PKCS1_SHA256,
        "RSASSA_PKCS1_V1_5_SHA_384" => &RSA_PKCS1_SHA384,
        "RSASSA_PKCS1_V1_5_SHA_512" => &RSA_PKCS1_SHA512,
        "RSASSA_PSS_SHA_256" => &RSA_PSS_SHA256,
        "RSASSA_PSS_SHA_384" => &RSA_PSS_SHA384,
        _ => &RSA_PSS_SHA512,
    }
}

fn verification(spec: &str, algorithm: &str) -> &'static dyn VerificationAlgorithm {
    match (spec, algorithm) {
        ("ECC_NIST_P256", _) => &ECDSA_P256_SHA256_ASN1,
        ("ECC_NIST_P384", _) => &ECDSA_P384_SHA384_ASN1,
        ("ECC_NIST_P521", _) => &ECDSA_P521_SHA512_ASN1,
        ("ECC_SECG_P256K1", _) => &ECDSA_P256K1_SHA256_ASN1,
        ("ECC_NIST_EDWARDS25519", _) => &ED25519,
        ("ML_DSA_44", _) => &ML_DSA_44,
        ("ML_DSA_65", _) => &ML_DSA_65,
        ("ML_DSA_87", _) => &ML_DSA_87,
        (_, "RSASSA_PKCS1_V1_5_SHA_256") => &RSA_PKCS1_2048_8192_SHA256,
        (_, "RSASSA_PKCS1_V1_5_SHA_384") => &RSA_PKCS1_2048_8192_SHA384,
        (_, "RSASSA_PKCS1_V1_5_SHA_512") => &RSA_PKCS1_2048_8192_SHA512,
        (_, "RSASSA_PSS_SHA_256") => &RSA_PSS_2048_8192_SHA256,
        (_, "RSASSA_PSS_SHA_384") => &RSA_PSS_2048_8192_SHA384,
        _ => &RSA_PSS_2048_8192_SHA512,
    }
}

pub async fn sign(cx: Cx, input: SignInput) -> Result<SignOutput> {
    grant_token::check(&cx, input.grant_tokens.as_deref())?;
    let kind = input.message_type.as_ref();
    let task = Task::of(&cx, &input.key_id, &input.signing_algorithm, input.message, kind, "Sign").await?;
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    let signature = task.sign(&cx)?;
    usage::note(&cx, &task.key, "Sign").await?;
    Ok(SignOutput {
        signature: Some(signature.into()),
        key_id: Some(task.key.arn.to_string()),
        signing_algorithm: Some(input.signing_algorithm),
    })
}

pub async fn verify(cx: Cx, input: VerifyInput) -> Result<VerifyOutput> {
    grant_token::check(&cx, input.grant_tokens.as_deref())?;
    let kind = input.message_type.as_ref();
    let task = Task::of(&cx, &input.key_id, &input.signing_algorithm, input.message, kind, "Verify").await?;
    if !task.verifies(&cx, &input.signature)? {
        return Err(fault::kms_invalid_signature_exception(""));
    }
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    usage::note(&cx, &task.key, "Verify").await?;
    Ok(VerifyOutput {
        signature_valid: Some(true),
        key_id: Some(task.key.arn.to_string()),
        signing_algorithm: Some(input.signing_algorithm),
    })
}

pub async fn get_public_key(cx: Cx, input: GetPublicKeyInput) -> Result<GetPublicKeyOutput> {
    grant_token::check(&cx, input.grant_tokens.as_deref())?;
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Taken).await?;
    if !key.spec.is_asymmetric() {
        return Err(faults::invalid_spec(&key.arn, key.spec.name));
    }
    key.require_enabled()?;
    let (_, material) = key.current_material(&cx)?;
    let mut metadata = KeyMetadata::default();
    key.spec.describe(&key.usage, &mut metadata);
    Ok(GetPublicKeyOutput {
        key_id: Some(key.arn.to_string()),
        public_key: material.public_key().map(Into::into),
        customer_master_key_spec: Some(key.spec.name.into()),
        key_spec: Some(key.spec.name.into()),
        key_usage: Some(key.usage.as_str().into()),
        encryption_algorithms: metadata.encryption_algorithms,
        signing_algorithms: metadata.signing_algorithms,
        key_agreement_algorithms: metadata.key_agreement_algorithms,
    })
}
