//! Signing keys: derived from a secret for one scope, then used many times.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use data_encoding::HEXLOWER;

use crate::claim::Algorithm;
use crate::hex;
use crate::scope::Scope;

/// A key that checks signatures of one access key in one scope.
#[expect(clippy::large_enum_variant, reason = "kept behind an Arc, and the large variant is the common one")]
pub(crate) enum SigningKey {
    Hmac(hmac::Key),
    /// The public key of SigV4a, an uncompressed point.
    Ecdsa(Vec<u8>),
    /// No SigV4a key can be derived; nothing matches it.
    Never,
}

impl SigningKey {
    pub(crate) fn derive(algorithm: Algorithm, scope: &Scope<'_>, secret: &str) -> Self {
        match algorithm {
            Algorithm::HmacSha256 => {
                Self::hmac(secret, scope.date(), scope.region().unwrap_or_default(), scope.service())
            }
            Algorithm::EcdsaP256Sha256 => {
                Self::ecdsa(scope.access_key_id(), secret).map_or(SigningKey::Never, SigningKey::Ecdsa)
            }
        }
    }

    /// A chain of four MACs (IAM User Guide, "Create a signed request", step 4).
    fn hmac(secret: &str, date: &str, region: &str, service: &str) -> Self {
        let mut seed = Vec::with_capacity(4 + secret.len());
        seed.extend_from_slice(b"AWS4");
        seed.extend_from_slice(secret.as_bytes());
        let mut key = hmac::Key::new(HMAC_SHA256, &seed);
        for piece in [date, region, service, "aws4_request"] {
            key = hmac::Key::new(HMAC_SHA256, hmac::sign(&key, piece.as_bytes()).as_ref());
        }
        SigningKey::Hmac(key)
    }

    /// NIST SP 800-108 in counter mode over the secret until the result is a P-256 scalar, as the AWS SDKs do for SigV4a.
    fn ecdsa(access_key_id: &str, secret: &str) -> Option<Vec<u8>> {
        /// The order of P-256 minus two (NIST SP 800-186, 3.2.1.3).
        const LARGEST: [u8; 32] = [
            0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad,
            0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x4f,
        ];
        let key = hmac::Key::new(HMAC_SHA256, format!("AWS4A{secret}").as_bytes());
        for counter in 1..=254u8 {
            let mut input = vec![0, 0, 0, 1];
            input.extend_from_slice(Algorithm::EcdsaP256Sha256.name().as_bytes());
            input.push(0);
            input.extend_from_slice(access_key_id.as_bytes());
            input.extend_from_slice(&[counter, 0, 0, 1, 0]);
            let mut scalar = hex::array(hmac::sign(&key, &input).as_ref());
            if scalar > LARGEST {
                continue;
            }
            for byte in scalar.iter_mut().rev() {
                let (sum, carried) = byte.overflowing_add(1);
                *byte = sum;
                if !carried {
                    break;
                }
            }
            let private = PrivateKey::from_private_key(&ECDH_P256, &scalar).ok()?;
            return Some(private.compute_public_key().ok()?.as_ref().to_vec());
        }
        None
    }

    /// Compares in constant time (HMAC) or verifies (ECDSA) a signature in hexadecimal.
    pub(crate) fn accepts(&self, string_to_sign: &[u8], signature: &str) -> bool {
        match self {
            SigningKey::Hmac(key) => {
                hex::decode(signature.as_bytes()).is_some_and(|tag| hmac::verify(key, string_to_sign, &tag).is_ok())
            }
            SigningKey::Ecdsa(public) => HEXLOWER.decode(signature.as_bytes()).is_ok_and(|der| {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public).verify(string_to_sign, &der).is_ok()
            }),
            SigningKey::Never => false,
        }
    }
}
