//! SHA-256 and its lower-case hexadecimal form, the unit of every SigV4 computation.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

pub(crate) type Digest = [u8; 32];

/// SHA-256 of nothing; also the second hash line of every chunk's string to sign.
pub(crate) const EMPTY: &[u8; 64] = b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub(crate) fn sha256(data: &[u8]) -> Digest {
    array(digest(&SHA256, data).as_ref())
}

/// The first 32 bytes of a digest or tag; both are 32 bytes long here.
pub(crate) fn array(bytes: &[u8]) -> Digest {
    let mut out = [0; 32];
    let n = bytes.len().min(32);
    out[..n].copy_from_slice(&bytes[..n]);
    out
}

pub(crate) fn encode(digest: &Digest) -> [u8; 64] {
    let mut out = [0; 64];
    HEXLOWER.encode_mut(digest, &mut out);
    out
}

/// Hexadecimal SHA-256, with the hash of an empty body for free.
pub(crate) fn sha256_hex(data: &[u8]) -> [u8; 64] {
    if data.is_empty() { *EMPTY } else { encode(&sha256(data)) }
}

/// Exactly 64 lower-case digits, or nothing: AWS compares signatures and digests as text.
pub(crate) fn decode(text: &[u8]) -> Option<Digest> {
    let mut out = [0; 32];
    if text.len() != 64 {
        return None;
    }
    HEXLOWER.decode_mut(text, &mut out).ok()?;
    Some(out)
}
