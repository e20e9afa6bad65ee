//! The root key of a cloud and what is sealed under it: secrets at rest (`docs/decisions/0006-keys-at-rest.md`).

use crate::{Ids, ids};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
    hkdf::{HKDF_SHA256, Prk, Salt},
};
use std::io;

/// What the fingerprint is derived for.
const FINGERPRINT: &str = "fingerprint";

/// The secret of a data directory. Everything that is sealed is sealed under keys derived of it.
#[derive(Clone)]
pub struct RootKey(Prk);

impl RootKey {
    /// Bytes of it.
    pub const LEN: usize = 32;

    pub fn new(bytes: &[u8; RootKey::LEN]) -> RootKey {
        RootKey(Salt::new(HKDF_SHA256, b"nephele root key").extract(bytes))
    }

    /// A key of the operating system's randomness, and its bytes, for whoever keeps them.
    pub fn random() -> io::Result<(RootKey, [u8; RootKey::LEN])> {
        let mut bytes = [0; RootKey::LEN];
        ids::os_random(&mut bytes)?;
        Ok((RootKey::new(&bytes), bytes))
    }

    /// Tells a key from another without telling it.
    pub fn fingerprint(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.derive(FINGERPRINT);
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        // Fails for more than 255 times the hash's length only.
        let info = [purpose.as_bytes()];
        let done = self.0.expand(&info, HKDF_SHA256).and_then(|okm| okm.fill(&mut key));
        debug_assert!(done.is_ok());
        key
    }
}

/// Seals and opens. A purpose names a key of its own: what was sealed for one is not opened for another.
pub struct Vault<'a> {
    pub(crate) root: &'a RootKey,
    pub(crate) ids: &'a Ids,
}

impl Vault<'_> {
    /// A key for what has to be the same in every run of the cloud: never to be shown.
    pub fn subkey(&self, purpose: &str) -> [u8; 32] {
        self.root.derive(purpose)
    }

    /// A nonce, the bytes in AES-256-GCM, and the tag; to be opened with the same `aad` only.
    pub fn seal(&self, purpose: &str, aad: &[u8], bytes: &[u8]) -> io::Result<Vec<u8>> {
        let failed = |Unspecified| io::Error::other("it is too long to be sealed");
        let mut nonce = [0; NONCE_LEN];
        self.ids.secret(&mut nonce)?;
        let mut sealed = Vec::with_capacity(NONCE_LEN + bytes.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(bytes);
        let aead = self.aead(purpose).map_err(failed)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = aead.seal_in_place_separate_tag(nonce, Aad::from(aad), &mut sealed[NONCE_LEN..]).map_err(failed)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// What was sealed; `None` for all other bytes.
    pub fn open(&self, purpose: &str, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut bytes = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.aead(purpose).ok()?.open_in_place(nonce, Aad::from(aad), &mut bytes).ok()?.len();
        bytes.truncate(length);
        Some(bytes)
    }

    fn aead(&self, purpose: &str) -> Result<LessSafeKey, Unspecified> {
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.subkey(purpose))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_is_opened_for_its_purpose_with_its_aad_under_its_root_only() -> io::Result<()> {
        let (root, other) = (RootKey::new(&[1; 32]), RootKey::new(&[2; 32]));
        let ids = Ids::seeded(1);
        let vault = Vault { root: &root, ids: &ids };
        let sealed = vault.seal("test", b"row", b"secret")?;
        assert_eq!(vault.open("test", b"row", &sealed).as_deref(), Some(&b"secret"[..]));
        assert_ne!(vault.seal("test", b"row", b"secret")?, sealed);
        assert_eq!(vault.open("other", b"row", &sealed), None);
        assert_eq!(vault.open("test", b"another row", &sealed), None);
        assert_eq!(Vault { root: &other, ids: &ids }.open("test", b"row", &sealed), None);
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(vault.open("test", b"row", &altered), None, "{at}");
            assert_eq!(vault.open("test", b"row", &sealed[..at]), None, "{at}");
        }
        assert_ne!(root.fingerprint(), other.fingerprint());
        assert_eq!(root.fingerprint(), RootKey::new(&[1; 32]).fingerprint());
        Ok(())
    }
}
