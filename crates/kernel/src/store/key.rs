//! Keys: order-preserving tuples of strings, bytes and integers.
//!
//! Every element carries a tag, so a key can be read back (`Key::parts`) and a shorter tuple sorts before
//! all its extensions. The encoding is part of the data directory's format: it never changes.

use std::fmt;

/// The longest key every engine takes, in bytes.
pub const MAX_KEY: usize = 1_900;

const BYTES: u8 = 0x01;
const TEXT: u8 = 0x02;
const NUMBER: u8 = 0x08;
/// Ends a text or byte element; a zero byte inside it is followed by `ESCAPED`.
const END: u8 = 0x00;
const ESCAPED: u8 = 0xff;

/// An encoded tuple. Compares as its elements do.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Key(Vec<u8>);

/// One element of a decoded key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Bytes(Vec<u8>),
    Text(String),
    Number(u64),
}

impl Key {
    /// The empty tuple: the prefix of every key.
    pub fn new() -> Key {
        Key(Vec::with_capacity(64))
    }

    /// A key from its encoded form, as the store gives it back.
    pub fn from_encoded(bytes: impl Into<Vec<u8>>) -> Key {
        Key(bytes.into())
    }

    /// A copy with room for so many bytes more.
    #[must_use]
    pub fn extended(&self, bytes: usize) -> Key {
        let mut copy = Vec::with_capacity(self.0.len() + bytes);
        copy.extend_from_slice(&self.0);
        Key(copy)
    }

    #[must_use]
    pub fn text(mut self, text: &str) -> Key {
        self.0.push(TEXT);
        self.escaped(text.as_bytes());
        self
    }

    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Key {
        self.0.push(BYTES);
        self.escaped(bytes);
        self
    }

    #[must_use]
    pub fn number(mut self, number: u64) -> Key {
        self.0.push(NUMBER);
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// All keys that begin with this tuple and have at least one element more.
    pub fn children(&self) -> Range {
        Range { from: self.clone().raw(BYTES), to: self.clone().raw(0xff) }
    }

    /// All keys that begin with this tuple and a text that begins with `prefix`, and may have elements more.
    pub fn texts(&self, prefix: &str) -> Range {
        let mut from = self.extended(prefix.len() + 8).raw(TEXT);
        for piece in prefix.as_bytes().split_inclusive(|b| *b == END) {
            from.0.extend_from_slice(piece);
            if piece.last() == Some(&END) {
                from.0.push(ESCAPED);
            }
        }
        let mut to = from.clone();
        // The tag is small, so there is a greater key.
        while to.0.pop_if(|last| *last == 0xff).is_some() {}
        if let Some(last) = to.0.last_mut() {
            *last += 1;
        }
        Range { from, to }
    }

    /// The first key after this one.
    #[must_use]
    pub fn successor(&self) -> Key {
        self.clone().raw(0x00)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The elements, or `None` where the bytes are no key of this encoding.
    pub fn parts(&self) -> Option<Vec<Part>> {
        let mut rest = self.0.as_slice();
        let mut parts = Vec::new();
        while let Some((&tag, tail)) = rest.split_first() {
            rest = match tag {
                NUMBER => {
                    let (number, tail) = tail.split_first_chunk::<8>()?;
                    parts.push(Part::Number(u64::from_be_bytes(*number)));
                    tail
                }
                TEXT | BYTES => {
                    let (bytes, tail) = unescape(tail)?;
                    parts.push(match tag {
                        TEXT => Part::Text(String::from_utf8(bytes).ok()?),
                        _ => Part::Bytes(bytes),
                    });
                    tail
                }
                _ => return None,
            };
        }
        Some(parts)
    }

    /// The last element, if it is a number; cheap, for index rows that end in an id.
    pub fn last_number(&self) -> Option<u64> {
        let (rest, number) = self.0.split_last_chunk::<8>()?;
        (rest.last() == Some(&NUMBER)).then(|| u64::from_be_bytes(*number))
    }

    fn raw(mut self, byte: u8) -> Key {
        self.0.push(byte);
        self
    }

    fn escaped(&mut self, bytes: &[u8]) {
        if !bytes.contains(&END) {
            // Nearly every element: worth a shortcut, since every request makes several keys.
            self.0.extend_from_slice(bytes);
            self.0.push(END);
            return;
        }
        for piece in bytes.split_inclusive(|b| *b == END) {
            self.0.extend_from_slice(piece);
            if piece.last() == Some(&END) {
                self.0.push(ESCAPED);
            }
        }
        self.0.push(END);
    }
}

fn unescape(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (&END, Some(&ESCAPED)) => {
                out.push(END);
                at += 2;
            }
            (&END, _) => return Some((out, &bytes[at + 1..])),
            (&byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Some(parts) = self.parts() else {
            return write!(f, "Key({:x?})", self.0);
        };
        for part in parts {
            match part {
                Part::Bytes(bytes) => write!(f, "/{bytes:x?}")?,
                Part::Text(text) => write!(f, "/{text}")?,
                Part::Number(number) => write!(f, "/{number}")?,
            }
        }
        Ok(())
    }
}

/// Keys from `from` (included) to `to` (excluded).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    pub from: Key,
    pub to: Key,
}

impl Range {
    /// From the first child of `prefix` up to, not including, `prefix` followed by a greater number than `last`.
    pub fn numbers_to(prefix: &Key, last: u64) -> Range {
        let to = match last.checked_add(1) {
            Some(next) => prefix.clone().number(next),
            None => prefix.children().to,
        };
        Range { from: prefix.children().from, to }
    }

    /// This range without the keys up to and including `key`: where the next page begins.
    #[must_use]
    pub fn after(&self, key: &Key) -> Range {
        Range { from: key.successor(), to: self.to.clone() }
    }

    pub fn contains(&self, key: &Key) -> bool {
        self.from <= *key && *key < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_by_prefix() {
        let base = Key::new().number(7);
        let texts = ["", "a", "a\0", "a\0b", "a\u{1}", "ab", "b", "\u{10ffff}", "\u{10ffff}\u{10ffff}"];
        for prefix in texts {
            let range = base.texts(prefix);
            for text in texts {
                for key in [base.clone().text(text), base.clone().text(text).number(1)] {
                    assert_eq!(range.contains(&key), text.starts_with(prefix), "{prefix:?} {text:?}");
                }
            }
            assert!(!range.contains(&base));
            assert!(!range.contains(&Key::new().number(8).text(prefix)));
        }
    }

    #[test]
    fn tuples_order_by_their_elements() {
        let ordered = [
            Key::new().text("a"),
            Key::new().text("a").text(""),
            Key::new().text("a").text("b"),
            Key::new().text("a").number(1),
            Key::new().text("a").number(256),
            Key::new().text("a\0"),
            Key::new().text("a\0b"),
            Key::new().text("a\u{1}"),
            Key::new().text("ab"),
        ];
        assert!(ordered.is_sorted());
    }

    #[test]
    fn what_was_put_in_comes_out() {
        let key = Key::new().text("a\0b").bytes(&[0, 0xff, 1]).number(7);
        let parts = vec![Part::Text("a\0b".into()), Part::Bytes(vec![0, 0xff, 1]), Part::Number(7)];
        assert_eq!(key.parts(), Some(parts));
        assert_eq!(key.last_number(), Some(7));
    }

    #[test]
    fn children_are_extensions_and_nothing_else() {
        let queue = Key::new().text("q1");
        let range = queue.children();
        assert!(!range.contains(&queue));
        assert!(range.contains(&queue.clone().bytes(b"")));
        assert!(range.contains(&queue.clone().number(u64::MAX).text("x")));
        assert!(!range.contains(&Key::new().text("q10")));
        assert!(!range.contains(&Key::new().text("q2")));
    }

    #[test]
    fn numbers_to_includes_the_last() {
        let prefix = Key::new().text("v");
        let range = Range::numbers_to(&prefix, 5);
        assert!(range.contains(&prefix.clone().number(5).number(99)));
        assert!(!range.contains(&prefix.clone().number(6)));
        assert!(Range::numbers_to(&prefix, u64::MAX).contains(&prefix.number(u64::MAX)));
    }
}
