//! SHA-256 and its lower-case hexadecimal form, the unit of every SigV4 computation.

use aws_lc_rs::digest::{SHA256, digest};

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

/// By hand: both directions run several times per request, and the general codecs cost three times as much.
pub(crate) fn encode(digest: &Digest) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = [0; 64];
    for (pair, byte) in out.chunks_exact_mut(2).zip(digest) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    out
}

/// Hexadecimal SHA-256, with the hash of an empty body for free.
pub(crate) fn sha256_hex(data: &[u8]) -> [u8; 64] {
    if data.is_empty() { *EMPTY } else { encode(&sha256(data)) }
}

/// Exactly 64 lower-case digits, or nothing: AWS compares signatures and digests as text.
pub(crate) fn decode(text: &[u8]) -> Option<Digest> {
    const INVALID: u8 = 0xff;
    static VALUES: [u8; 256] = {
        let mut table = [INVALID; 256];
        let mut value = 0;
        while value < 16 {
            table[b"0123456789abcdef"[value] as usize] = value as u8;
            value += 1;
        }
        table
    };
    if text.len() != 64 {
        return None;
    }
    let mut out = [0; 32];
    let mut all = 0;
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
        all |= high | low;
        *byte = high << 4 | low & 15;
    }
    (all < 16).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions() {
        assert_eq!(encode(&sha256(b"")), *EMPTY);
        assert_eq!(decode(EMPTY), Some(sha256(b"")));
        assert_eq!(decode(&EMPTY[1..]), None);
        assert_eq!(decode(&EMPTY.to_ascii_uppercase()), None);
        for position in 0..64 {
            let mut text = *EMPTY;
            text[position] = b'g';
            assert_eq!(decode(&text), None);
        }
    }
}
