//! The keys with which an account signs JSON web tokens. They are made when they are needed first, and kept.

use crate::IamKeys;
use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use kernel::{Cx, Result};
use wire::{Fault, Json, common};

/// Those of GetWebIdentityToken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Es384,
}

fn failure<E>(_: E) -> Fault {
    common::internal_failure("the signing key of the account cannot be used")
}

impl Algorithm {
    pub fn parse(name: &str) -> Option<Algorithm> {
        [Algorithm::Rs256, Algorithm::Es384].into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Es384 => "ES384",
        }
    }

    /// A token of the caller's account with these claims.
    pub async fn sign(self, cx: &Cx, claims: &Json) -> Result<String> {
        let key = self.key(cx).await?;
        let id = HEXLOWER.encode(&digest(&SHA256, &self.public(&key)?).as_ref()[..16]);
        let header = format!(r#"{{"kid":"{id}","typ":"JWT","alg":"{}"}}"#, self.name());
        let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let text = format!("{}.{}", encode(&header), encode(&claims.to_string()));
        let signature = self.signature(&key, text.as_bytes())?;
        Ok(format!("{text}.{}", BASE64URL_NOPAD.encode(&signature)))
    }

    /// The account's key, in PKCS #8.
    async fn key(self, cx: &Cx) -> Result<Vec<u8>> {
        let row = IamKeys::of(cx.account()).other("token-key").text(self.name());
        let mut fresh = None;
        cx.write(async |tx| {
            if let Some(key) = tx.get(&row).await? {
                return Ok(key.to_vec());
            }
            let key = match fresh.take() {
                Some(key) => key,
                None => self.generate()?,
            };
            fresh = Some(key.clone());
            tx.put(row.clone(), key.clone());
            Ok(key)
        })
        .await
    }

    fn generate(self) -> Result<Vec<u8>> {
        Ok(match self {
            Algorithm::Rs256 => {
                let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failure)?;
                key.as_der().map_err(failure)?.as_ref().to_vec()
            }
            Algorithm::Es384 => {
                let key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map_err(failure)?;
                key.to_pkcs8v1().map_err(failure)?.as_ref().to_vec()
            }
        })
    }

    /// The public half, which names the key.
    fn public(self, key: &[u8]) -> Result<Vec<u8>> {
        Ok(match self {
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(key).map_err(failure)?.public_key().as_ref().to_vec(),
            Algorithm::Es384 => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, key).map_err(failure)?;
                key.public_key().as_ref().to_vec()
            }
        })
    }

    fn signature(self, key: &[u8], text: &[u8]) -> Result<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Algorithm::Rs256 => {
                let key = RsaKeyPair::from_pkcs8(key).map_err(failure)?;
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature).map_err(failure)?;
                Ok(signature)
            }
            Algorithm::Es384 => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, key).map_err(failure)?;
                Ok(key.sign(&random, text).map_err(failure)?.as_ref().to_vec())
            }
        }
    }
}
