//! `application/x-www-form-urlencoded` text: form bodies and query strings.

use crate::DecodeError;
use std::borrow::Cow;

/// CloudWatch's largest request (1,000 metrics of 150 values) would be more; its clients no longer speak Query.
const MAX_PARAMETERS: usize = 100_000;

/// Parameters in the order they came. Names may repeat.
#[derive(Default)]
pub(crate) struct Form<'a>(pub Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    /// Appends the parameters of a text.
    pub(crate) fn read(&mut self, text: &'a str) -> Result<(), DecodeError> {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            if self.0.len() == MAX_PARAMETERS {
                return Err(DecodeError::too_large(format!("The request has more than {MAX_PARAMETERS} parameters")));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.0.push((unescape(name, true)?, unescape(value, true)?));
        }
        Ok(())
    }
}

/// The first value of a parameter, without reading the others' values.
pub fn find<'a>(text: &'a str, name: &str) -> Option<Cow<'a, str>> {
    text.split('&').find_map(|pair| {
        let (found, value) = pair.split_once('=').unwrap_or((pair, ""));
        (found == name).then(|| unescape(value, true).ok())?
    })
}

/// Undoes percent-encoding; in forms and query strings a `+` is a space. What is no escape stands for itself.
pub fn unescape(text: &str, plus: bool) -> Result<Cow<'_, str>, DecodeError> {
    let special = |byte: u8| byte == b'%' || plus && byte == b'+';
    let Some(first) = text.bytes().position(special) else {
        return Ok(Cow::Borrowed(text));
    };
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(&bytes[..first]);
    let mut at = first;
    while let Some(byte) = bytes.get(at) {
        let escaped = (*byte == b'%').then(|| Some((hex(bytes, at + 1)? << 4) | hex(bytes, at + 2)?)).flatten();
        out.push(escaped.unwrap_or(if plus && *byte == b'+' { b' ' } else { *byte }));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).map(Cow::Owned).map_err(|_| DecodeError::parameter("The request is not UTF-8"))
}

fn hex(bytes: &[u8], at: usize) -> Option<u8> {
    (*bytes.get(at)? as char).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn escapes() {
        for (text, form, path) in [
            ("a+b", "a b", "a+b"),
            ("%41%2b%2B", "A++", "A++"),
            ("%", "%", "%"),
            ("%4", "%4", "%4"),
            ("%zz%C3%A4", "%zzä", "%zzä"),
        ] {
            assert_eq!(unescape(text, true).unwrap(), form);
            assert_eq!(unescape(text, false).unwrap(), path);
        }
        assert!(unescape("%ff", true).is_err());
    }

    #[test]
    fn parameters() {
        let mut form = Form::default();
        form.read("a=1&&b&c=&a=2=3").unwrap();
        let pairs: Vec<_> = form.0.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(pairs, [("a", "1"), ("b", ""), ("c", ""), ("a", "2=3")]);
        assert_eq!(find("x=1&Action=Get%20It&Action=2", "Action").as_deref(), Some("Get It"));
    }
}
