//! Key material, ready to be used: what the cryptographic library makes of the bytes that the store keeps sealed.
//!
//! Symmetric and HMAC keys are their bytes, all others PKCS #8.

use crate::{
    faults,
    spec::{Family, Spec},
};
use aws_lc_rs::{
    aead::{AES_256_GCM, LessSafeKey, UnboundKey},
    agreement,
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    error::{KeyRejected, Unspecified},
    hmac,
    rsa::{KeyPair as RsaKeyPair, KeySize, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey},
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
        ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair,
        ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair, PqdsaSigningAlgorithm,
    },
};
use kernel::{Cx, Result};

pub enum Material {
    Symmetric(Box<LessSafeKey>),
    Hmac(Box<hmac::Key>),
    Rsa(Box<Rsa>),
    Ecc(Box<Ecc>),
    Ed25519(Ed25519KeyPair),
    MlDsa(PqdsaKeyPair),
}

pub struct Rsa {
    pub signer: RsaKeyPair,
    pub decrypter: OaepPrivateDecryptingKey,
    pub encrypter: OaepPublicEncryptingKey,
}

pub struct Ecc {
    pub signer: EcdsaKeyPair,
    /// `None` of curves that AWS agrees on nothing with.
    pub agreement: Option<agreement::PrivateKey>,
}

/// Random bytes for a secret.
pub fn random(cx: &Cx, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    cx.cloud().ids().secret(&mut bytes).map_err(|error| faults::crypto(&error.to_string()))?;
    Ok(bytes)
}

/// New material of a spec, as it is stored. The library draws the randomness of key pairs itself.
pub fn generate(cx: &Cx, spec: &Spec) -> Result<Vec<u8>> {
    let failed = |Unspecified| faults::crypto("making a key pair");
    match spec.family {
        Family::Symmetric | Family::Hmac => random(cx, spec.secret_len()),
        Family::Rsa => {
            let size = match spec.name {
                "RSA_2048" => KeySize::Rsa2048,
                "RSA_3072" => KeySize::Rsa3072,
                _ => KeySize::Rsa4096,
            };
            let pair = PrivateDecryptingKey::generate(size).map_err(failed)?;
            Ok(AsDer::<Pkcs8V1Der>::as_der(&pair).map_err(failed)?.as_ref().to_vec())
        }
        Family::Ecc => {
            let pair = EcdsaKeyPair::generate(curve(spec)).map_err(failed)?;
            Ok(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
        }
        Family::Ed25519 => {
            let pair = Ed25519KeyPair::generate().map_err(failed)?;
            Ok(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
        }
        Family::MlDsa => {
            let pair = PqdsaKeyPair::generate(ml_dsa(spec)).map_err(failed)?;
            Ok(pair.to_pkcs8v1().map_err(failed)?.as_ref().to_vec())
        }
    }
}

fn curve(spec: &Spec) -> &'static EcdsaSigningAlgorithm {
    match spec.name {
        "ECC_NIST_P256" => &ECDSA_P256_SHA256_ASN1_SIGNING,
        "ECC_NIST_P384" => &ECDSA_P384_SHA384_ASN1_SIGNING,
        "ECC_NIST_P521" => &ECDSA_P521_SHA512_ASN1_SIGNING,
        _ => &ECDSA_P256K1_SHA256_ASN1_SIGNING,
    }
}

fn ml_dsa(spec: &Spec) -> &'static PqdsaSigningAlgorithm {
    match spec.name {
        "ML_DSA_44" => &ML_DSA_44_SIGNING,
        "ML_DSA_65" => &ML_DSA_65_SIGNING,
        _ => &ML_DSA_87_SIGNING,
    }
}

pub fn agreement_algorithm(spec: &Spec) -> Option<&'static agreement::Algorithm> {
    match spec.name {
        "ECC_NIST_P256" => Some(&agreement::ECDH_P256),
        "ECC_NIST_P384" => Some(&agreement::ECDH_P384),
        "ECC_NIST_P521" => Some(&agreement::ECDH_P521),
        _ => None,
    }
}

impl Material {
    /// `None` where the bytes are no material of the spec.
    pub fn parse(spec: &Spec, bytes: &[u8]) -> Option<Material> {
        Material::try_parse(spec, bytes).ok().flatten()
    }

    fn try_parse(spec: &Spec, bytes: &[u8]) -> std::result::Result<Option<Material>, KeyRejected> {
        Ok(match spec.family {
            Family::Symmetric => UnboundKey::new(&AES_256_GCM, bytes)
                .ok()
                .map(|key| Material::Symmetric(Box::new(LessSafeKey::new(key)))),
            Family::Hmac => {
                let algorithm = match spec.name {
                    "HMAC_224" => hmac::HMAC_SHA224,
                    "HMAC_256" => hmac::HMAC_SHA256,
                    "HMAC_384" => hmac::HMAC_SHA384,
                    _ => hmac::HMAC_SHA512,
                };
                Some(Material::Hmac(Box::new(hmac::Key::new(algorithm, bytes))))
            }
            Family::Rsa => rsa(spec, bytes)?.map(|rsa| Material::Rsa(Box::new(rsa))),
            Family::Ecc => {
                let signer = EcdsaKeyPair::from_pkcs8(curve(spec), bytes)?;
                let agreement = agreement_algorithm(spec)
                    .and_then(|algorithm| agreement::PrivateKey::from_private_key_der(algorithm, bytes).ok());
                Some(Material::Ecc(Box::new(Ecc { signer, agreement })))
            }
            Family::Ed25519 => Some(Material::Ed25519(Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes)?)),
            Family::MlDsa => Some(Material::MlDsa(PqdsaKeyPair::from_pkcs8(ml_dsa(spec), bytes)?)),
        })
    }

    /// The public key as SubjectPublicKeyInfo; `None` where there is none.
    pub fn public_key(&self) -> Option<Vec<u8>> {
        let der = |der: std::result::Result<PublicKeyX509Der, Unspecified>| Some(der.ok()?.as_ref().to_vec());
        match self {
            Material::Symmetric(_) | Material::Hmac(_) => None,
            Material::Rsa(rsa) => der(rsa.signer.public_key().as_der()),
            Material::Ecc(ecc) => der(ecc.signer.public_key().as_der()),
            Material::Ed25519(pair) => der(pair.public_key().as_der()),
            Material::MlDsa(pair) => der(pair.public_key().as_der()),
        }
    }
}

fn rsa(spec: &Spec, bytes: &[u8]) -> std::result::Result<Option<Rsa>, KeyRejected> {
    let signer = RsaKeyPair::from_pkcs8(bytes)?;
    let bits = match spec.name {
        "RSA_2048" => 2_048,
        "RSA_3072" => 3_072,
        _ => 4_096,
    };
    if signer.public_modulus_len() * 8 != bits {
        return Ok(None);
    }
    let private = PrivateDecryptingKey::from_pkcs8(bytes)?;
    let encrypter = OaepPublicEncryptingKey::new(private.public_key());
    let decrypter = OaepPrivateDecryptingKey::new(private);
    Ok(encrypter.ok().zip(decrypter.ok()).map(|(encrypter, decrypter)| Rsa { signer, decrypter, encrypter }))
}
