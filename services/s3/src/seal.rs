//! Encryption of objects' bytes, in chunks that open one by one, so that a range needs its own chunks only.
//!
//! A chunk is 64 KiB under AES-256-GCM, its number the nonce, and whether it is the last of its content the additional data:
//! chunks cannot be moved, left out or cut off. Every content (an object put in one piece, a part) has a key of its own,
//! derived from the object's data key by HMAC-SHA256 over the content's id, so a nonce never serves twice.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};
use kernel::Result;
use std::{ops::Range, sync::Arc};
use wire::{Bytes, Fault, common};

/// Of what the client sent, in bytes.
const CHUNK: u64 = 64 * 1024;
/// What a chunk is longer when it is sealed.
const TAG: u64 = 16;

/// The key of an object's bytes.
#[derive(Clone)]
pub struct DataKey {
    key: hmac::Key,
    /// 1 or 2.
    pub layers: u8,
}

/// The keys of one content, the innermost layer's first.
#[derive(Clone)]
pub struct ContentKey(Arc<[LessSafeKey]>);

fn failure(what: &str) -> Fault {
    common::internal_failure(format!("encryption: {what}"))
}

impl DataKey {
    pub fn new(key: &[u8; 32], layers: u8) -> DataKey {
        DataKey { key: hmac::Key::new(hmac::HMAC_SHA256, key), layers }
    }

    pub fn of_content(&self, id: u128) -> Result<ContentKey> {
        let layer = |layer: u8| {
            let derived = hmac::sign(&self.key, &[&id.to_be_bytes()[..], &[layer]].concat());
            let key = UnboundKey::new(&AES_256_GCM, derived.as_ref()).map_err(|_| failure("the key is none"))?;
            Ok(LessSafeKey::new(key))
        };
        Ok(ContentKey((0..self.layers).map(layer).collect::<Result<_>>()?))
    }
}

fn nonce(chunk: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[4..].copy_from_slice(&chunk.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

impl ContentKey {
    pub fn seal(&self) -> Sealing {
        Sealing { key: self.clone(), open: Vec::new(), chunk: 0 }
    }

    /// Opens whole chunks; `first` is the number of the first. `last` is the number of the content's last chunk.
    pub fn open(&self, sealed: &[u8], first: u64, last: u64) -> Result<Bytes> {
        let mut plain = sealed.to_vec();
        let size = chunk_size(self.0.len());
        let (mut from, mut to) = (0, 0);
        for chunk in first.. {
            let end = plain.len().min(from + size as usize);
            if from == end {
                break;
            }
            let mut opened = end - from;
            for key in self.0.iter().rev() {
                let aad = Aad::from([u8::from(chunk == last)]);
                let part = key.open_in_place(nonce(chunk), aad, &mut plain[from..from + opened]);
                opened = part.map_err(|_| failure("the bytes of an object are not what was stored"))?.len();
            }
            plain.copy_within(from..from + opened, to);
            (from, to) = (end, to + opened);
        }
        plain.truncate(to);
        Ok(plain.into())
    }
}

/// Bytes on their way in.
pub struct Sealing {
    key: ContentKey,
    /// Not sealed yet: at most a chunk, since the last one is sealed otherwise.
    open: Vec<u8>,
    chunk: u64,
}

impl Sealing {
    /// What of all that came by now is sealed.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Bytes> {
        self.open.extend_from_slice(bytes);
        let mut sealed = Vec::new();
        let mut at = 0;
        while self.open.len() - at > CHUNK as usize {
            let chunk = &self.open[at..at + CHUNK as usize];
            at += CHUNK as usize;
            seal(&self.key, self.chunk, false, chunk, &mut sealed)?;
            self.chunk += 1;
        }
        self.open.drain(..at);
        Ok(sealed.into())
    }

    /// The rest. Nothing, where nothing came.
    pub fn finish(self) -> Result<Bytes> {
        let mut sealed = Vec::new();
        if !self.open.is_empty() {
            seal(&self.key, self.chunk, true, &self.open, &mut sealed)?;
        }
        Ok(sealed.into())
    }
}

fn seal(key: &ContentKey, chunk: u64, last: bool, plain: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let at = out.len();
    out.extend_from_slice(plain);
    for key in key.0.iter() {
        let aad = Aad::from([u8::from(last)]);
        let tag = key.seal_in_place_separate_tag(nonce(chunk), aad, &mut out[at..]);
        out.extend_from_slice(tag.map_err(|_| failure("a chunk cannot be sealed"))?.as_ref());
    }
    Ok(())
}

/// How long a full chunk is, sealed.
fn chunk_size(layers: usize) -> u64 {
    CHUNK + TAG * layers as u64
}

/// Where the chunks are that hold bytes `from..to` of a content of `size` bytes.
pub struct Stretch {
    pub sealed: Range<u64>,
    pub first: u64,
    /// The content's last chunk.
    pub last: u64,
    /// Bytes before `from` in the first chunk.
    pub skip: usize,
}

pub fn stretch(from: u64, to: u64, size: u64, layers: u8) -> Stretch {
    let first = from / CHUNK;
    let end = to.div_ceil(CHUNK);
    let sealed = chunk_size(layers.into());
    Stretch {
        sealed: first * sealed..end * sealed,
        first,
        last: size.saturating_sub(1) / CHUNK,
        skip: (from % CHUNK) as usize,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(key: &ContentKey, plain: &[u8], step: usize) -> Vec<u8> {
        let mut sealing = key.seal();
        let mut out = Vec::new();
        for piece in plain.chunks(step.max(1)) {
            out.extend_from_slice(&sealing.push(piece).unwrap());
        }
        out.extend_from_slice(&sealing.finish().unwrap());
        out
    }

    #[test]
    fn every_range_opens_by_its_own_chunks() {
        let sizes = [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 77];
        for (size, layers) in sizes.into_iter().flat_map(|size| [(size, 1), (size, 2)]) {
            let key = DataKey::new(&[7; 32], layers).of_content(1).unwrap();
            let plain: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let bytes = sealed(&key, &plain, 10_000);
            for (from, to) in [(0, size), (0, 1), (size - 1, size), (size / 2, size), (size / 3, size / 3 + 1)] {
                let stretch = stretch(from, to, size, layers);
                let end = (stretch.sealed.end as usize).min(bytes.len());
                let opened = key.open(&bytes[stretch.sealed.start as usize..end], stretch.first, stretch.last).unwrap();
                let found = &opened[stretch.skip..stretch.skip + (to - from) as usize];
                assert_eq!(found, &plain[from as usize..to as usize], "{from}..{to} of {size} in {layers}");
            }
        }
    }

    #[test]
    fn what_was_changed_does_not_open() {
        let data = DataKey::new(&[7; 32], 1);
        let key = data.of_content(1).unwrap();
        let plain = vec![1; 2 * CHUNK as usize];
        let bytes = sealed(&key, &plain, 4_096);
        let chunk = (CHUNK + TAG) as usize;
        assert!(key.open(&bytes, 0, 1).is_ok());
        assert!(key.open(&bytes[..chunk], 0, 0).is_err(), "cut off");
        assert!(key.open(&bytes[chunk..], 0, 1).is_err(), "moved");
        assert!(data.of_content(2).unwrap().open(&bytes, 0, 1).is_err(), "another content's key");
        let mut flipped = bytes.clone();
        flipped[5] ^= 1;
        assert!(key.open(&flipped, 0, 1).is_err());
    }
}
