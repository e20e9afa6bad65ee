//! Key specs, and what keys of each can do (KMS developer guide, "Key spec reference").

use kms_api::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Symmetric,
    /// Of a tag of so many bytes.
    Hmac,
    Rsa,
    Ecc,
    Ed25519,
    MlDsa,
}

pub struct Spec {
    pub name: &'static str,
    pub family: Family,
    pub usages: &'static [&'static str],
    /// By usage `SIGN_VERIFY`.
    pub signing: &'static [&'static str],
}

const RSA_SIGNING: &[&str] = &[
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
];
const RSA_ENCRYPTION: &[&str] = &["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"];
const RSA_USAGES: &[&str] = &["ENCRYPT_DECRYPT", "SIGN_VERIFY"];
const NIST_USAGES: &[&str] = &["SIGN_VERIFY", "KEY_AGREEMENT"];
const MAC: &[&str] = &["GENERATE_VERIFY_MAC"];
const SIGN: &[&str] = &["SIGN_VERIFY"];

const fn spec(
    name: &'static str,
    family: Family,
    usages: &'static [&'static str],
    signing: &'static [&'static str],
) -> Spec {
    Spec { name, family, usages, signing }
}

static SPECS: [Spec; 16] = [
    spec("SYMMETRIC_DEFAULT", Family::Symmetric, &["ENCRYPT_DECRYPT"], &[]),
    spec("HMAC_224", Family::Hmac, MAC, &[]),
    spec("HMAC_256", Family::Hmac, MAC, &[]),
    spec("HMAC_384", Family::Hmac, MAC, &[]),
    spec("HMAC_512", Family::Hmac, MAC, &[]),
    spec("RSA_2048", Family::Rsa, RSA_USAGES, RSA_SIGNING),
    spec("RSA_3072", Family::Rsa, RSA_USAGES, RSA_SIGNING),
    spec("RSA_4096", Family::Rsa, RSA_USAGES, RSA_SIGNING),
    spec("ECC_NIST_P256", Family::Ecc, NIST_USAGES, &["ECDSA_SHA_256"]),
    spec("ECC_NIST_P384", Family::Ecc, NIST_USAGES, &["ECDSA_SHA_384"]),
    spec("ECC_NIST_P521", Family::Ecc, NIST_USAGES, &["ECDSA_SHA_512"]),
    spec("ECC_SECG_P256K1", Family::Ecc, SIGN, &["ECDSA_SHA_256"]),
    spec("ECC_NIST_EDWARDS25519", Family::Ed25519, SIGN, &["ED25519_SHA_512", "ED25519_PH_SHA_512"]),
    spec("ML_DSA_44", Family::MlDsa, SIGN, &["ML_DSA_SHAKE_256"]),
    spec("ML_DSA_65", Family::MlDsa, SIGN, &["ML_DSA_SHAKE_256"]),
    spec("ML_DSA_87", Family::MlDsa, SIGN, &["ML_DSA_SHAKE_256"]),
];

impl Spec {
    pub fn of(name: &str) -> Option<&'static Spec> {
        SPECS.iter().find(|spec| spec.name == name)
    }

    pub fn is_symmetric_encryption(&self) -> bool {
        self.family == Family::Symmetric
    }

    pub fn is_asymmetric(&self) -> bool {
        !matches!(self.family, Family::Symmetric | Family::Hmac)
    }

    /// "The same type (both symmetric or both asymmetric or both HMAC)" (API reference, UpdateAlias).
    pub fn family_name(&self) -> &'static str {
        match self.family {
            Family::Symmetric => "symmetric",
            Family::Hmac => "HMAC",
            _ => "asymmetric",
        }
    }

    pub fn encryption(&self) -> &'static [&'static str] {
        match self.family {
            Family::Symmetric => &["SYMMETRIC_DEFAULT"],
            Family::Rsa => RSA_ENCRYPTION,
            _ => &[],
        }
    }

    /// The MAC algorithm of an HMAC key.
    pub fn mac(&self) -> Option<&'static str> {
        match self.name {
            "HMAC_224" => Some("HMAC_SHA_224"),
            "HMAC_256" => Some("HMAC_SHA_256"),
            "HMAC_384" => Some("HMAC_SHA_384"),
            "HMAC_512" => Some("HMAC_SHA_512"),
            _ => None,
        }
    }

    /// Bytes of the key that is made, and lengths that may be imported (developer guide, "Key material requirements").
    pub fn secret_len(&self) -> usize {
        match self.name {
            "HMAC_224" => 28,
            "HMAC_384" => 48,
            "HMAC_512" => 64,
            _ => 32,
        }
    }

    /// The bytes that an RSA key encrypts at most, by algorithm.
    pub fn most_plaintext(&self, algorithm: &str) -> usize {
        let modulus = match self.name {
            "RSA_3072" => 384,
            "RSA_4096" => 512,
            _ => 256,
        };
        match algorithm {
            "RSAES_OAEP_SHA_1" => modulus - 42,
            "RSAES_OAEP_SHA_256" => modulus - 66,
            _ => 4_096,
        }
    }

    /// What KeyMetadata says that a key of this spec and usage can do.
    pub fn describe(&self, usage: &str, metadata: &mut KeyMetadata) {
        match usage {
            "ENCRYPT_DECRYPT" => {
                metadata.encryption_algorithms = Some(self.encryption().iter().map(|name| (*name).into()).collect());
            }
            "SIGN_VERIFY" => {
                metadata.signing_algorithms = Some(self.signing.iter().map(|name| (*name).into()).collect());
            }
            "GENERATE_VERIFY_MAC" => metadata.mac_algorithms = self.mac().map(|name| vec![name.into()]),
            _ => metadata.key_agreement_algorithms = Some(vec!["ECDH".into()]),
        }
    }
}
