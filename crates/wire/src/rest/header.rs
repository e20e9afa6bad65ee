//! Values of headers: scalars as text, lists separated by commas.

use crate::{DecodeError, Edit, Flags, ListTy, Member, TimeFormat, Ty, View, scalar};
use data_encoding::BASE64;
use std::borrow::Cow;

type Result<T> = std::result::Result<T, DecodeError>;

/// Fills a member from its header, whose lines are `values`.
pub(super) fn parse(member: &Member, values: &[&str], edit: Edit) -> Result<()> {
    match (edit, member.ty) {
        (Edit::List(list), Ty::List(ListTy { item, .. })) => {
            for value in values {
                for item in items(value, matches!(item, Ty::Time(None | Some(TimeFormat::Rfc822)))) {
                    scalar::parse(&item, list.push())?;
                }
            }
            Ok(())
        }
        (Edit::Str(text), _) if member.has(Flags::JSON_VALUE) => {
            let json = scalar::base64(values.first().copied().unwrap_or_default())?;
            *text = String::from_utf8(json).map_err(|_| DecodeError::parameter("A header is not UTF-8"))?;
            Ok(())
        }
        (edit, _) => values.first().map_or(Ok(()), |value| scalar::parse(value, edit)),
    }
}

/// The items of `a, "b,c", d`; instants hold a comma themselves.
fn items(value: &str, instants: bool) -> Vec<Cow<'_, str>> {
    let mut items = Vec::new();
    let mut rest = value.trim();
    while !rest.is_empty() {
        let (item, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquote(quoted),
            None => {
                let comma = rest.match_indices(',').nth(usize::from(instants)).map_or(rest.len(), |(at, _)| at);
                (Cow::Borrowed(rest[..comma].trim()), &rest[comma..])
            }
        };
        items.push(item);
        rest = after.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    items
}

/// A quoted item, and what follows its closing quote.
fn unquote(quoted: &str) -> (Cow<'_, str>, &str) {
    let mut out = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (Cow::Owned(out), &quoted[at + 1..]),
            '\\' => out.extend(chars.next().map(|(_, c)| c)),
            _ => out.push(c),
        }
    }
    (Cow::Owned(out), "")
}

/// The text of a header; `None` where the member has no value that a header can hold.
pub(super) fn text(member: &Member, view: &View) -> Option<String> {
    match (view, member.ty) {
        (View::List(list), Ty::List(ty)) => {
            let items: Vec<_> = (0..list.len()).filter_map(|at| item_text(ty.item, &list.at(at), true)).collect();
            (!items.is_empty()).then(|| items.join(", "))
        }
        (View::Str(text), _) if member.has(Flags::JSON_VALUE) => Some(BASE64.encode(text.as_bytes())),
        (view, ty) => item_text(ty, view, false),
    }
}

fn item_text(ty: &Ty, view: &View, in_list: bool) -> Option<String> {
    let format = if let Ty::Time(Some(format)) = ty { *format } else { TimeFormat::Rfc822 };
    let text = scalar::text(view, format)?;
    let quote = in_list && matches!(view, View::Str(_)) && text.contains([',', '"']);
    Some(if quote { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        for (value, expected) in [
            ("a,b , c", vec!["a", "b", "c"]),
            ("\"b,c\", \"\\\"def\\\"\", a", vec!["b,c", "\"def\"", "a"]),
            ("", vec![]),
            ("\"open", vec!["open"]),
            ("a,,b", vec!["a", "", "b"]),
        ] {
            assert_eq!(items(value, false), expected, "{value}");
        }
        assert_eq!(
            items("Mon, 16 Dec 2019 23:48:18 GMT, Tue, 17 Dec 2019 23:48:18 GMT", true),
            ["Mon, 16 Dec 2019 23:48:18 GMT", "Tue, 17 Dec 2019 23:48:18 GMT"]
        );
    }
}
