//! PEM (RFC 7468), as leniently as AWS reads it: lines of any length, anything before and between the blocks.

use data_encoding::BASE64;

/// What is between a BEGIN and an END line.
pub struct Block {
    /// `CERTIFICATE`
    pub label: String,
    pub der: Vec<u8>,
    /// Headers are before the base64: an old-style encrypted key.
    pub encrypted: bool,
}

/// All blocks of a text; `None` where one of them is broken.
pub fn blocks(text: &str) -> Option<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----")?;
        let (body, after) = after.split_once(&format!("-----END {label}-----"))?;
        let encrypted = body.contains("Proc-Type:") || label.starts_with("ENCRYPTED");
        let base64: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let der = if encrypted { Vec::new() } else { BASE64.decode(base64.as_bytes()).ok()? };
        blocks.push(Block { label: label.to_owned(), der, encrypted });
        rest = after;
    }
    Some(blocks)
}

/// In lines of 64 characters.
pub fn write(label: &str, der: &[u8]) -> String {
    let base64 = BASE64.encode(der);
    let lines: Vec<&str> = base64.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
