//! Source files as the rules see them: comments and texts blanked out, tests told from the rest.

use anyhow::{Context, Result};
use std::path::Path;

/// A file of the repository.
pub struct Source {
    /// Relative to the root, with `/`.
    pub path: String,
    pub text: String,
    /// The text without the contents of comments, strings and characters; the same lines.
    pub code: String,
    /// For every line, whether it belongs to tests.
    pub test: Vec<bool>,
}

impl Source {
    pub fn read(root: &Path, path: &str) -> Result<Source> {
        let text = std::fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
        Ok(Source::of(path, text))
    }

    pub fn of(path: &str, text: String) -> Source {
        let code = if path.ends_with(".rs") { blank(&text) } else { text.clone() };
        let whole = path.split('/').any(|part| ["tests", "tests.rs", "benches"].contains(&part));
        let test = if whole { vec![true; text.lines().count() + 1] } else { test_lines(&code) };
        Source { path: path.to_owned(), text, code, test }
    }

    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The lines of code that contain a needle, numbered from 1; of tests or of the rest.
    pub fn find<'a>(&'a self, needle: &'a str, in_tests: bool) -> impl Iterator<Item = usize> + 'a {
        let lines = self.code.lines().enumerate();
        let lines = lines.filter(move |(index, line)| self.test[*index] == in_tests && has_word(line, needle));
        lines.map(|(index, _)| index + 1)
    }
}

/// Whether a needle stands in a line, not as the tail of a longer word.
fn has_word(line: &str, needle: &str) -> bool {
    let starts_word = needle.starts_with(|c: char| c.is_ascii_alphanumeric());
    line.match_indices(needle)
        .any(|(at, _)| !starts_word || !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

/// Replaces what is inside comments, strings and character literals by spaces; quotes and line breaks stay.
pub fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let end = match rest[0] {
            b'/' if rest.starts_with(b"//") => at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with(b"/*") => at + block_comment(rest),
            b'"' => at + string(rest),
            b'r' if is_raw(bytes, at) => at + raw_string(rest),
            b'\'' => at + character(rest),
            _ => {
                at += 1;
                continue;
            }
        };
        for byte in &mut out[at..end] {
            if !matches!(*byte, b'\n' | b'"') {
                *byte = b' ';
            }
        }
        at = end;
    }
    // Blanking may cut a character in two only inside what became spaces.
    String::from_utf8_lossy(&out).into_owned()
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

fn string(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn is_raw(bytes: &[u8], at: usize) -> bool {
    let word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_') && bytes[at - 1] != b'b';
    let hashes = bytes[at + 1..].iter().take_while(|byte| **byte == b'#').count();
    !word && bytes.get(at + 1 + hashes) == Some(&b'"')
}

fn raw_string(rest: &[u8]) -> usize {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let start = 2 + hashes;
    let found = rest[start..].windows(close.len()).position(|window| window == close);
    found.map_or(rest.len(), |at| start + at + close.len())
}

/// A character literal, or one byte where the quote begins a lifetime.
fn character(rest: &[u8]) -> usize {
    if rest.get(1) == Some(&b'\\') {
        return rest[2..].iter().skip(1).position(|byte| *byte == b'\'').map_or(1, |at| at + 4);
    }
    let closes = rest.iter().take(6).skip(2).position(|byte| *byte == b'\'');
    match closes {
        // One character of up to four bytes; `'a, 'b` is two lifetimes.
        Some(at) if std::str::from_utf8(&rest[1..at + 2]).is_ok_and(|text| text.chars().count() == 1) => at + 3,
        _ => 1,
    }
}

/// Marks the items under `#[cfg(test)]`.
fn test_lines(code: &str) -> Vec<bool> {
    let mut marks = vec![false; code.lines().count() + 1];
    let line_of = |at: usize| code[..at].matches('\n').count();
    for (start, _) in code.match_indices("#[cfg(test)]") {
        let mut depth = 0;
        let mut end = code.len();
        for (offset, c) in code[start..].char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(c, '}' | ';') {
                end = start + offset;
                break;
            }
        }
        for mark in &mut marks[line_of(start)..=line_of(end)] {
            *mark = true;
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_blanked() {
        assert_eq!(blank("a // b\nc"), "a     \nc");
        assert_eq!(blank("f(\"x.unwrap()\").g"), "f(\"          \").g");
        assert_eq!(blank("r#\"a\"b\"#; c"), "  \" \" \" ; c");
        assert_eq!(blank("'{'; 'a, 'b"), "   ;  a,  b");
        assert_eq!(blank("/* a /* b */ c */ d"), " ".repeat(18) + "d");
        assert_eq!(blank("'\\n' x '\\u{1F}' y"), "     x          y");
        assert_eq!(blank("'é' x"), "     x");
    }

    #[test]
    fn tests_are_told_from_the_rest() {
        let text = "fn a() { b.unwrap() }\n#[cfg(test)]\nmod tests {\n  fn c() { d.unwrap() }\n}\nfn e() {}\n";
        let source = Source::of("crates/x/src/a.rs", text.to_owned());
        assert_eq!(source.find(".unwrap()", false).collect::<Vec<_>>(), [1]);
        assert_eq!(source.find(".unwrap()", true).collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn needles_are_words() {
        assert!(has_word("println!(1)", "println!"));
        assert!(!has_word("eprintln!(1)", "println!"));
        assert!(has_word("x.unwrap()", ".unwrap()"));
    }
}
