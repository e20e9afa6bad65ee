//! What Encrypt answers for symmetric keys: a blob that names the key and the generation of its material.
//!
//! ```text
//! 1 byte    format: 1
//! 1 byte    1 of a multi-Region key, otherwise 0
//! 8 bytes   account
//! 16 bytes  the key's id
//! 32 bytes  the material's id
//! 12 bytes  nonce
//! rest      AES-256-GCM, with its tag; over the bytes before the nonce and the encryption context
//! ```
//! No Region: the replicas of a multi-Region key open each other's ciphertexts.

use crate::encryption_context::EncryptionContext;
use aws_lc_rs::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use kernel::{AccountId, uuid_text};

const FORMAT: u8 = 1;
const HEADER: usize = 1 + 1 + 8 + 16 + 32;
const TAG: usize = 16;

/// A blob that is long enough to be one.
pub struct Ciphertext<'a> {
    pub account: AccountId,
    pub key_id: String,
    pub material: &'a [u8],
    header: &'a [u8],
    nonce: [u8; NONCE_LEN],
    sealed: &'a [u8],
}

impl<'a> Ciphertext<'a> {
    pub fn parse(blob: &'a [u8]) -> Option<Ciphertext<'a>> {
        let (header, rest) = blob.split_at_checked(HEADER)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_LEN>()?;
        let [FORMAT, multi @ (0 | 1), ..] = *header else { return None };
        let account = u64::from_be_bytes(header[2..10].try_into().ok()?);
        let id = u128::from_be_bytes(header[10..26].try_into().ok()?);
        if account > 999_999_999_999 || sealed.len() < TAG {
            return None;
        }
        let key_id = if multi == 1 { format!("mrk-{id:032x}") } else { uuid_text(id) };
        Some(Ciphertext { account: AccountId(account), key_id, material: &header[26..], header, nonce: *nonce, sealed })
    }

    pub fn open(&self, key: &LessSafeKey, context: &EncryptionContext) -> Option<Vec<u8>> {
        let mut bytes = self.sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let length = key.open_in_place(nonce, Aad::from(bound(self.header, context)), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }
}

fn bound(header: &[u8], context: &EncryptionContext) -> Vec<u8> {
    let mut bound = header.to_vec();
    context.canonical(&mut bound);
    bound
}

/// `None` where the material's id is not of its length, or the text too long to be sealed.
pub fn seal(
    account: AccountId,
    key_id: &str,
    material: &[u8],
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    context: &EncryptionContext,
    plaintext: &[u8],
) -> Option<Vec<u8>> {
    let multi = key_id.strip_prefix("mrk-");
    let id = u128::from_str_radix(&multi.unwrap_or(key_id).replace('-', ""), 16).ok()?;
    let mut blob = Vec::with_capacity(HEADER + NONCE_LEN + plaintext.len() + TAG);
    blob.extend_from_slice(&[FORMAT, u8::from(multi.is_some())]);
    blob.extend_from_slice(&account.0.to_be_bytes());
    blob.extend_from_slice(&id.to_be_bytes());
    blob.extend_from_slice(material);
    if blob.len() != HEADER {
        return None;
    }
    let bound = bound(&blob, context);
    blob.extend_from_slice(&nonce);
    blob.extend_from_slice(plaintext);
    let nonce = Nonce::assume_unique_for_key(nonce);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(bound), &mut blob[HEADER + NONCE_LEN..]).ok()?;
    blob.extend_from_slice(tag.as_ref());
    Some(blob)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use aws_lc_rs::aead::{AES_256_GCM, UnboundKey};
    use proptest::prelude::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

    fn key() -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap())
    }

    fn sealed(id: &str, text: &[u8]) -> Vec<u8> {
        seal(AccountId(42), id, &[9; 32], &key(), [1; 12], &EncryptionContext::default(), text).unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened() {
        for id in [ID, "mrk-1234abcd12ab34cd56ef1234567890ab"] {
            let blob = sealed(id, b"text");
            let ciphertext = Ciphertext::parse(&blob).unwrap();
            assert_eq!((ciphertext.account, ciphertext.key_id.as_str()), (AccountId(42), id));
            assert_eq!(ciphertext.open(&key(), &EncryptionContext::default()).as_deref(), Some(&b"text"[..]));
        }
    }

    #[test]
    fn no_bit_of_it_can_be_changed() {
        let blob = sealed(ID, b"text");
        for at in 0..blob.len() * 8 {
            let mut altered = blob.clone();
            altered[at / 8] ^= 1 << (at % 8);
            let opened = Ciphertext::parse(&altered).and_then(|c| c.open(&key(), &EncryptionContext::default()));
            assert_eq!(opened, None, "bit {at}");
        }
    }

    #[test]
    fn contexts_that_run_together_are_told_apart() {
        let canonical = |pairs: &[(&str, &str)]| {
            let dict = wire::Dict(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
            let mut out = Vec::new();
            EncryptionContext::of(Some(&dict)).unwrap().canonical(&mut out);
            out
        };
        assert_ne!(canonical(&[("ab", "c")]), canonical(&[("a", "bc")]));
        assert_eq!(canonical(&[("a", "1"), ("b", "2")]), canonical(&[("b", "2"), ("a", "1")]));
    }

    proptest! {
        #[test]
        fn hostile_bytes_are_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), format in any::<bool>()) {
            if format && bytes.len() > 2 {
                bytes[..3].copy_from_slice(&[1, 0, 0]);
            }
            let opened = Ciphertext::parse(&bytes).and_then(|c| c.open(&key(), &EncryptionContext::default()));
            prop_assert_eq!(opened, None);
        }
    }
}
