//! The RSA key pair that imported material is wrapped with. KMS keeps nothing of it: the token has the private key, sealed.

use crate::{encrypt::oaep, faults, spec::Spec};
use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    key_wrap::{AES_256, AesKek, KeyWrapPadded},
    rsa::{OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use kernel::{Cx, Result, record, record::Record};
use wire::Timestamp;

const PURPOSE: &str = "kms/import-token";

record! {
    struct TokenRecord {
        1 private: wire::Bytes,
        2 algorithm: String,
        3 key_arn: String,
        4 valid_to: Timestamp,
    }
}

pub struct Wrapping {
    pair: PrivateDecryptingKey,
    private: Vec<u8>,
    algorithm: String,
    pub key_arn: String,
    pub valid_to: Timestamp,
}

impl Wrapping {
    pub fn generate(cx: &Cx, spec: &str, algorithm: &str, key_arn: &str, valid_to: Timestamp) -> Result<Wrapping> {
        let failed = || faults::crypto("making a wrapping key");
        let spec = Spec::of(spec).ok_or_else(failed)?;
        let private = crate::material::generate(cx, spec)?;
        let pair = PrivateDecryptingKey::from_pkcs8(&private).map_err(|_| failed())?;
        Ok(Wrapping { pair, private, algorithm: algorithm.to_owned(), key_arn: key_arn.to_owned(), valid_to })
    }

    pub fn public_key(&self) -> Result<Vec<u8>> {
        let der: std::result::Result<PublicKeyX509Der, _> = self.pair.public_key().as_der();
        Ok(der.map_err(|_| faults::crypto("a wrapping key"))?.as_ref().to_vec())
    }

    /// "ImportToken": 1 to 6144 bytes.
    pub fn token(&self, cx: &Cx) -> Result<Vec<u8>> {
        let record = TokenRecord {
            private: wire::Bytes::copy_from_slice(&self.private),
            algorithm: self.algorithm.clone(),
            key_arn: self.key_arn.clone(),
            valid_to: self.valid_to,
        };
        let sealed = cx.cloud().vault().seal(PURPOSE, b"", &record.encode());
        sealed.map_err(|error| faults::crypto(&error.to_string()))
    }

    /// `None` of what is no token of this cloud.
    pub fn of_token(cx: &Cx, token: &[u8]) -> Option<Wrapping> {
        let TokenRecord { private, algorithm, key_arn, valid_to } =
            TokenRecord::decode(&cx.cloud().vault().open(PURPOSE, b"", token)?)?;
        let pair = PrivateDecryptingKey::from_pkcs8(&private).ok()?;
        Some(Wrapping { pair, private: private.to_vec(), algorithm, key_arn, valid_to })
    }

    /// The material, if it was wrapped with this key in this way.
    pub fn unwrap(self, wrapped: &[u8]) -> Option<Vec<u8>> {
        let decrypter = OaepPrivateDecryptingKey::new(self.pair).ok()?;
        let decrypt = |wrapped: &[u8]| {
            let mut out = vec![0; decrypter.min_output_size()];
            let length = decrypter.decrypt(oaep(&self.algorithm), wrapped, &mut out, None).ok()?.len();
            out.truncate(length);
            Some(out)
        };
        if !self.algorithm.starts_with("RSA_AES_KEY_WRAP") {
            return decrypt(wrapped);
        }
        // An ephemeral AES key, encrypted; and behind it the material, wrapped by that (RFC 5649).
        let (wrapped_key, wrapped) = wrapped.split_at_checked(decrypter.key_size_bytes())?;
        let key = decrypt(wrapped_key)?;
        let mut out = vec![0; wrapped.len()];
        let length = AesKek::new(&AES_256, &key).ok()?.unwrap_with_padding(wrapped, &mut out).ok()?.len();
        out.truncate(length);
        Some(out)
    }
}
