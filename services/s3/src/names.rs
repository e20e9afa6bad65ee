//! Names of buckets and objects (S3 user guide, "General purpose bucket naming rules", "Naming Amazon S3 objects").

use crate::faults;
use kernel::Result;

/// In bytes.
pub const MAX_KEY: usize = 1_024;

const PREFIXES: [&str; 2] = ["xn--", "sthree-"];
const SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// Refuses what no bucket may be called.
pub fn check(name: &str) -> Result<()> {
    if is_valid(name) {
        return Ok(());
    }
    Err(faults::with_bucket_name(faults::INVALID_BUCKET_NAME.fault("The specified bucket is not valid."), name))
}

fn is_valid(name: &str) -> bool {
    let ends = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let bytes = name.as_bytes();
    (3..=63).contains(&name.len())
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-'))
        && ends(bytes.first())
        && ends(bytes.last())
        && !name.contains("..")
        && !is_address(name)
        && !PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        && !SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// `192.168.5.4`
fn is_address(name: &str) -> bool {
    name.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Refuses what no object may be called.
pub fn check_key(key: &str) -> Result<()> {
    if key.len() > MAX_KEY {
        return Err(faults::key_of_length(key.len()));
    }
    Ok(())
}

/// A key as lists have it with `encoding-type=url`: everything but unreserved characters and slashes is escaped, a space is
/// a plus.
pub fn escaped(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' | b'/' => out.push(byte.into()),
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names() {
        for name in ["abc", "a.b-c", "0ab", "a".repeat(63).as_str(), "my.bucket.example.com"] {
            assert!(is_valid(name), "{name}");
        }
        for name in [
            "ab",
            "a".repeat(64).as_str(),
            "Abc",
            "a_b",
            "-ab",
            "ab-",
            ".ab",
            "ab.",
            "a..b",
            "192.168.5.4",
            "xn--abc",
            "sthree-abc",
            "abc-s3alias",
            "abc--ol-s3",
            "abc--x-s3",
            "äbc",
            "",
        ] {
            assert!(!is_valid(name), "{name}");
        }
    }
}
