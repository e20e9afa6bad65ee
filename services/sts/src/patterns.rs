//! The patterns of the model, which the pipeline leaves to the services.

use kernel::{Cx, Result};
use std::iter::Peekable;
use wire::Shape;

/// Refuses an input with a member that does not follow its pattern.
pub fn check(cx: &Cx, input: &dyn Shape) -> Result<()> {
    let mut violations = Vec::new();
    wire::check(input, Some(&matches), &mut violations);
    if violations.is_empty() {
        return Ok(());
    }
    let model = cx.model();
    Err(model.style.fault(cx.request().protocol.unwrap_or(model.protocols[0]), &violations))
}

/// All patterns of STS are one class of characters, `[…]*` or `[…]+`.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (class, once) = match pattern.strip_suffix("]+") {
        Some(class) => (class, true),
        None => (pattern.strip_suffix("]*").unwrap_or(pattern), false),
    };
    let items = items(class.trim_start_matches('['));
    !(once && text.is_empty()) && text.chars().all(|c| items.iter().any(|item| item.has(c)))
}

enum Item {
    /// From, to.
    Range(char, char),
    Digit,
    Word,
    Letter,
    Separator,
    Number,
}

impl Item {
    fn has(&self, c: char) -> bool {
        match self {
            Item::Range(from, to) => (*from..=*to).contains(&c),
            Item::Digit => c.is_ascii_digit(),
            Item::Word => c.is_ascii_alphanumeric() || c == '_',
            Item::Letter => c.is_alphabetic(),
            Item::Separator => c.is_whitespace() && !c.is_control(),
            Item::Number => c.is_numeric(),
        }
    }
}

fn items(class: &str) -> Vec<Item> {
    let mut rest = class.chars().peekable();
    let mut items = Vec::new();
    while let Some(item) = item(&mut rest) {
        let range = match item {
            Item::Range(from, _) if rest.next_if_eq(&'-').is_some() => match self::item(&mut rest) {
                Some(Item::Range(to, _)) => Item::Range(from, to),
                // The last hyphen of a class stands for itself.
                _ => {
                    items.push(Item::Range('-', '-'));
                    item
                }
            },
            item => item,
        };
        items.push(range);
    }
    items
}

fn item(rest: &mut Peekable<impl Iterator<Item = char>>) -> Option<Item> {
    let plain = |c| Item::Range(c, c);
    let c = rest.next()?;
    if c != '\\' {
        return Some(plain(c));
    }
    Some(match rest.next()? {
        'd' => Item::Digit,
        'w' => Item::Word,
        'p' => match rest.by_ref().take(3).collect::<String>().as_str() {
            "{L}" => Item::Letter,
            "{Z}" => Item::Separator,
            _ => Item::Number,
        },
        'u' => {
            let digits: String = rest.by_ref().take(4).collect();
            // The surrogates at which AWS's ranges end are no characters; what is next to them is.
            let code = u32::from_str_radix(&digits, 16).unwrap_or_default();
            plain(char::from_u32(code).unwrap_or('\u{d7ff}'))
        }
        c => plain(c),
    })
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn classes_of_the_model() {
        for (pattern, good, bad) in [
            (r"[\w+=,.@-]*", "a_B+=,.@-9", "a b"),
            (r"[\w+=,.@:\/-]*", "a:b/c-", "a*"),
            (r"[\d]*", "0123", "12a"),
            (r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+", "Größe 1-@", "a;b"),
            (r"[\u0009\u000A\u000D\u0020-\u00FF]+", "{\"a\"}\n", "\u{100}"),
            (r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+", "arn:x", "\u{1}"),
        ] {
            assert!(matches(pattern, good), "{pattern} {good}");
            assert!(!matches(pattern, bad), "{pattern} {bad}");
        }
        assert!(matches(r"[\w]*", ""));
        assert!(!matches(r"[\w]+", ""));
    }
}
