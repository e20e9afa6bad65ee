//! The keys with which an account signs JSON web tokens, and what it publishes of them. They are made when they are needed
//! first, and kept.

use crate::{IamKeys, keys::token_issuer};
use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use kernel::{AccountId, Cx, Result, store::Snapshot};
use wire::{Fault, Json, common};

/// Those of GetWebIdentityToken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Es384,
}

const ALL: [Algorithm; 2] = [Algorithm::Rs256, Algorithm::Es384];

/// By what a token names the key that signed it.
fn id(public: &[u8]) -> String {
    HEXLOWER.encode(&digest(&SHA256, public).as_ref()[..16])
}

/// The keys that an issuer publishes, as a JSON web key set; `None` where no token was issued under that name yet. Keys appear
/// when they sign first.
pub async fn published(snapshot: &dyn Snapshot, issuer: &str) -> Result<Option<Json>> {
    let row = snapshot.get(&token_issuer(issuer)).await?;
    let Some(account) = row.and_then(|row| Some(u64::from_be_bytes(row.value.as_ref().try_into().ok()?))) else {
        return Ok(None);
    };
    let keys = IamKeys::of(AccountId(account));
    let mut published = Vec::new();
    for algorithm in ALL {
        if let Some(row) = snapshot.get(&keys.token_key(algorithm.name())).await? {
            published.push(algorithm.published(&row.value)?);
        }
    }
    Ok(Some(Json::Object(vec![("keys".to_owned(), Json::List(published))])))
}

fn failure<E>(_: E) -> Fault {
    common::internal_failure("the signing key of the account cannot be used")
}

impl Algorithm {
    pub fn parse(name: &str) -> Option<Algorithm> {
        ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Es384 => "ES384",
        }
    }

    /// A token of the caller's account with these claims. `issuer` is the first label of its host.
    pub async fn sign(self, cx: &Cx, issuer: &str, claims: &Json) -> Result<String> {
        let key = self.key(cx, issuer).await?;
        let id = id(&self.public(&key)?);
        let header = format!(r#"{{"kid":"{id}","typ":"JWT","alg":"{}"}}"#, self.name());
        let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
        let text = format!("{}.{}", encode(&header), encode(&claims.to_string()));
        let signature = self.signature(&key, text.as_bytes())?;
        Ok(format!("{text}.{}", BASE64URL_NOPAD.encode(&signature)))
    }

    /// The account's key, in PKCS #8. Whoever asks the issuer for its keys finds the account from now on.
    async fn key(self, cx: &Cx, issuer: &str) -> Result<Vec<u8>> {
        let row = IamKeys::of(cx.account()).token_key(self.name());
        let mut fresh = None;
        cx.write(async |tx| {
            if tx.get(&token_issuer(issuer)).await?.is_none() {
                tx.put(token_issuer(issuer), cx.account().0.to_be_bytes().to_vec());
            }
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

    /// The public half as a JSON web key (RFC 7517 and 7518).
    fn published(self, key: &[u8]) -> Result<Json> {
        let number = |bytes: &[u8]| Json::from(BASE64URL_NOPAD.encode(bytes));
        let id = id(&self.public(key)?);
        let mut members: Vec<(String, Json)> =
            vec![("kid".into(), id.into()), ("use".into(), "sig".into()), ("alg".into(), self.name().into())];
        members.extend(match self {
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::from_pkcs8(key).map_err(failure)?;
                let public = pair.public_key();
                vec![
                    ("kty".to_owned(), "RSA".into()),
                    ("n".to_owned(), number(public.modulus().big_endian_without_leading_zero())),
                    ("e".to_owned(), number(public.exponent().big_endian_without_leading_zero())),
                ]
            }
            Algorithm::Es384 => {
                // A point as it is: a byte 4, and the coordinates.
                let point = self.public(key)?;
                let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
                vec![
                    ("kty".to_owned(), "EC".into()),
                    ("crv".to_owned(), "P-384".into()),
                    ("x".to_owned(), number(x)),
                    ("y".to_owned(), number(y)),
                ]
            }
        });
        Ok(Json::Object(members))
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
