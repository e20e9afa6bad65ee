//! What a failed comparison tells the client: the strings that should have been signed.

/// The material of a `SignatureDoesNotMatch` answer, built only after a comparison has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    pub access_key_id: String,
    pub signature_provided: String,
    pub string_to_sign: String,
    /// Empty when a chunk or a POST policy failed: those have a string to sign only.
    pub canonical_request: String,
}

impl Mismatch {
    /// S3's `StringToSignBytes` and `CanonicalRequestBytes`: hexadecimal pairs separated by blanks.
    pub(crate) fn bytes(text: &str) -> String {
        let mut out = String::with_capacity(text.len() * 3);
        for (i, byte) in text.bytes().enumerate() {
            if i > 0 {
                out.push(' ');
            }
            for nibble in [byte >> 4, byte & 15] {
                out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        out
    }
}
