//! The canonical request (IAM User Guide, "Create a signed request", step 1), written into one buffer.

use http::header::HOST;
use http::request::Parts;

use crate::claim::Claim;
use crate::{style, uri};

/// Writes method, path, query, headers, header names and payload hash. `leave_out_token` drops `X-Amz-Security-Token`
/// from the query, for services whose clients append it after signing.
pub(crate) fn write(out: &mut Vec<u8>, parts: &Parts, claim: &Claim<'_>, payload: &[u8], leave_out_token: bool) {
    out.extend_from_slice(parts.method.as_str().as_bytes());
    out.push(b'\n');
    path(out, parts.uri.path(), style::is_s3(claim.service()));
    out.push(b'\n');
    if let Some(query) = parts.uri.query() {
        self::query(out, query, claim.is_presigned(), leave_out_token);
    }
    out.push(b'\n');
    for name in claim.signed_headers() {
        header(out, parts, name);
    }
    out.push(b'\n');
    out.extend_from_slice(claim.signed_headers.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload);
}

fn path(out: &mut Vec<u8>, raw: &str, s3: bool) {
    let start = out.len();
    if s3 {
        uri::respell_path(out, raw.as_bytes());
    } else if raw.contains("//") || raw.contains("/.") {
        normalized(out, raw);
    } else {
        uri::encode_path(out, raw.as_bytes());
    }
    if out.len() == start {
        out.push(b'/');
    }
}

/// Removes `.`, `..` and empty segments (RFC 3986, 5.2.4); a path that ends in one of them ends in a slash.
fn normalized(out: &mut Vec<u8>, raw: &str) {
    let start = out.len();
    for segment in raw.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                let last = out[start..].iter().rposition(|&b| b == b'/').unwrap_or_default();
                out.truncate(start + last);
            }
            segment => {
                out.push(b'/');
                uri::encode_path(out, segment.as_bytes());
            }
        }
    }
    if matches!(raw.rsplit('/').next(), Some("" | "." | "..")) {
        out.push(b'/');
    }
}

/// Respells every name and value, sorts by name and then value, drops the signature itself.
fn query(out: &mut Vec<u8>, raw: &str, presigned: bool, leave_out_token: bool) {
    let mut spelled = Vec::with_capacity(raw.len() + raw.len() / 2);
    let mut pairs: Vec<(usize, usize, usize)> = Vec::with_capacity(16);
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if (presigned && name == "X-Amz-Signature") || (leave_out_token && name == "X-Amz-Security-Token") {
            continue;
        }
        let start = spelled.len();
        uri::respell_query(&mut spelled, name.as_bytes());
        let middle = spelled.len();
        uri::respell_query(&mut spelled, value.as_bytes());
        pairs.push((start, middle, spelled.len()));
    }
    pairs.sort_unstable_by(|a, b| {
        (&spelled[a.0..a.1], &spelled[a.1..a.2]).cmp(&(&spelled[b.0..b.1], &spelled[b.1..b.2]))
    });
    for (i, (start, middle, end)) in pairs.into_iter().enumerate() {
        if i > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(&spelled[start..middle]);
        out.push(b'=');
        out.extend_from_slice(&spelled[middle..end]);
    }
}

/// One line, `name:value,value`. A signed header that did not arrive has an empty value.
fn header(out: &mut Vec<u8>, parts: &Parts, name: &str) {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    let mut first = true;
    for value in parts.headers.get_all(name) {
        if !first {
            out.push(b',');
        }
        first = false;
        trimmed(out, value.as_bytes());
    }
    // HTTP/2 has `:authority` instead of Host; the library keeps it in the URI.
    if first
        && name == HOST.as_str()
        && let Some(authority) = parts.uri.authority()
    {
        out.extend_from_slice(authority.as_str().as_bytes());
    }
    out.push(b'\n');
}

/// `Trimall`: no blanks at the ends, one blank for several inside.
fn trimmed(out: &mut Vec<u8>, value: &[u8]) {
    let value = value.trim_ascii();
    // A fold instead of a search: without an early exit it runs on vectors.
    let doubled =
        value.iter().zip(value.iter().skip(1)).fold(false, |found, (&a, &b)| found | ((a == b' ') & (b == b' ')));
    if !doubled {
        out.extend_from_slice(value);
        return;
    }
    let mut last = 0;
    for &byte in value {
        if byte != b' ' || last != b' ' {
            out.push(byte);
        }
        last = byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(raw: &str, s3: bool) -> String {
        let mut out = b"GET\n".to_vec();
        path(&mut out, raw, s3);
        String::from_utf8(out[4..].to_vec()).unwrap()
    }

    #[test]
    fn paths() {
        for (raw, wanted) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/./", "/"),
            ("/example/..", "/"),
            ("/example1/example2/../..", "/"),
            ("/../../a", "/a"),
            ("//example//", "/example/"),
            ("/./example", "/example"),
            ("/a/.", "/a/"),
            ("/a/b/..", "/a/"),
            ("/a/.b", "/a/.b"),
            ("/a/..b/c..", "/a/..b/c.."),
            ("/a%2Fb/../c", "/c"),
            ("/example%20space/", "/example%2520space/"),
            ("/-._~0123456789ABC", "/-._~0123456789ABC"),
        ] {
            assert_eq!(path_of(raw, false), wanted, "{raw}");
        }
        assert_eq!(path_of("//a/../b%20c/.", true), "//a/../b%20c/.");
        assert_eq!(path_of("", true), "/");
    }

    #[test]
    fn queries() {
        let of = |raw: &str, presigned| {
            let mut out = Vec::new();
            query(&mut out, raw, presigned, false);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(of("Param2=value2&Param1=value1", false), "Param1=value1&Param2=value2");
        assert_eq!(of("Param1=value2&Param1=Value1", false), "Param1=Value1&Param1=value2");
        assert_eq!(of("a-b=1&a=2&ab=3", false), "a=2&a-b=1&ab=3");
        assert_eq!(of("lifecycle", false), "lifecycle=");
        assert_eq!(of("a=b=c&&z=%7e+", false), "a=b%3Dc&z=~%20");
        assert_eq!(of("X-Amz-Signature=1&b=2", true), "b=2");
        assert_eq!(of("X-Amz-Signature=1&b=2", false), "X-Amz-Signature=1&b=2");
    }

    #[test]
    fn header_values() {
        let of = |raw: &str| {
            let mut out = Vec::new();
            trimmed(&mut out, raw.as_bytes());
            String::from_utf8(out).unwrap()
        };
        assert_eq!(of("  \"a   b   c\" "), "\"a b c\"");
        assert_eq!(of("a\t b"), "a\t b");
        assert_eq!(of("    "), "");
    }
}
