//! URI encoding as AWS defines it: everything but `A-Z a-z 0-9 - . _ ~` becomes `%XY` with upper-case digits
//! (IAM User Guide, "Create a signed request", `UriEncode`).

use std::borrow::Cow;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

const fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// One look-up per byte instead of a chain of comparisons.
static UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = unreserved(byte as u8);
        byte += 1;
    }
    table
};

fn push(out: &mut Vec<u8>, byte: u8) {
    if UNRESERVED[byte as usize] {
        out.push(byte);
    } else {
        out.extend_from_slice(&[b'%', HEX[(byte >> 4) as usize], HEX[(byte & 15) as usize]]);
    }
}

/// Encodes raw bytes, so that a path that is already encoded becomes encoded twice; slashes stay.
pub(crate) fn encode_path(out: &mut Vec<u8>, raw: &[u8]) {
    for &byte in raw {
        if byte == b'/' { out.push(byte) } else { push(out, byte) }
    }
}

/// Decodes and encodes again, which gives the one canonical spelling of a path; slashes stay.
pub(crate) fn respell_path(out: &mut Vec<u8>, raw: &[u8]) {
    for byte in (Decoded { raw, plus: false }) {
        if byte == b'/' { out.push(byte) } else { push(out, byte) }
    }
}

/// Decodes and encodes again a query name or value, where `+` is a blank.
pub(crate) fn respell_query(out: &mut Vec<u8>, raw: &[u8]) {
    for byte in (Decoded { raw, plus: true }) {
        push(out, byte);
    }
}

/// The text behind an encoded query value.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|b| b == b'%' || b == b'+') {
        return Cow::Borrowed(text);
    }
    let bytes = Decoded { raw: text.as_bytes(), plus: true }.collect();
    Cow::Owned(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

/// The bytes behind an encoded text. A percent sign without two hexadecimal digits stands for itself.
struct Decoded<'a> {
    raw: &'a [u8],
    plus: bool,
}

impl Iterator for Decoded<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.raw.split_first()?;
        if let (b'%', [high, low, tail @ ..]) = (first, rest)
            && let (Some(high), Some(low)) = (digit(*high), digit(*low))
        {
            self.raw = tail;
            return Some(high << 4 | low);
        }
        self.raw = rest;
        Some(if first == b'+' && self.plus { b' ' } else { first })
    }
}

fn digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|d| d as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(f: impl Fn(&mut Vec<u8>, &[u8]), raw: &str) -> String {
        let mut out = Vec::new();
        f(&mut out, raw.as_bytes());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn spellings() {
        assert_eq!(text(encode_path, "/a%20b/ü:~"), "/a%2520b/%C3%BC%3A~");
        assert_eq!(text(respell_path, "/a%20b+%2b%7E%zz/%"), "/a%20b%2B%2B~%25zz/%25");
        assert_eq!(text(respell_query, "a+b%2Fc/d=%E1%88%B4"), "a%20b%2Fc%2Fd%3D%E1%88%B4");
        assert_eq!(decode("a%2Fb+c"), "a/b c");
        assert_eq!(decode("%ff"), "\u{fffd}");
    }
}
