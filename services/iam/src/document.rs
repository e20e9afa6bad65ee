//! Policy documents: their grammar, their sizes, and how they are answered.

use iam_api::fault;
use kernel::Result;
use lang::policy::{Kind, Policy};
use wire::common;

/// Reads a document that may become a policy of this kind; `member` is the input's: `policyDocument`.
pub fn check(member: &str, text: &str, kind: Kind) -> Result<Policy> {
    let valid = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    if !text.chars().all(valid) {
        return Err(common::validation_error(format!(
            "The specified value for {member} is invalid. It must contain only printable ASCII characters."
        )));
    }
    Policy::parse(text, kind).map_err(|error| fault::malformed_policy_document_exception(error.sentence()))
}

/// As IAM answers documents: "URL-encoded compliant with RFC 3986".
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn everything_but_unreserved_characters_is_encoded() {
        assert_eq!(super::encoded("{\"a\": \"b*~é\"}"), "%7B%22a%22%3A%20%22b%2A~%C3%A9%22%7D");
    }
}
