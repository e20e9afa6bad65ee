//! From the text of an expression to its tokens, each with its place.

use super::{Result, SelectError, keywords};

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A reserved word, in lower case.
    Keyword(String),
    Identifier(String),
    Quoted(String),
    Text(String),
    /// Digits, perhaps with a point and an exponent.
    Number(String),
    /// Between backquotes.
    Ion(String),
    Operator(&'static str),
    End,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    /// In bytes.
    pub at: usize,
}

impl Kind {
    /// As AWS names a token in its sentences: `KEYWORD:by`.
    pub(super) fn describe(&self) -> String {
        match self {
            Kind::Keyword(word) => format!("KEYWORD:{word}"),
            Kind::Identifier(name) => format!("IDENTIFIER:{name}"),
            Kind::Quoted(name) => format!("QUOTED_IDENTIFIER:{name}"),
            Kind::Text(text) | Kind::Number(text) => format!("LITERAL:{text}"),
            Kind::Ion(text) => format!("ION_LITERAL:{text}"),
            Kind::Operator(sign) => format!("OPERATOR:{sign}"),
            Kind::End => "EOF:end".to_owned(),
        }
    }
}

/// An error at a place: `sentence at line 1, column 8.`
pub(super) fn error_at(code: &'static str, sentence: &str, text: &str, at: usize) -> SelectError {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    SelectError::new(code, format!("{sentence} at line {line}, column {column}."))
}

/// The longer ones first.
static OPERATORS: [&str; 20] =
    ["||", "<=", "<>", "!=", ">=", "<", ">", "=", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", ".", ";"];

/// All tokens; the last is the end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        if next.is_whitespace() {
            at += next.len_utf8();
            continue;
        }
        if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if rest.starts_with("/*") {
            let end = rest.find("*/").ok_or_else(|| invalid_literal("An unterminated comment", text, at))?;
            at += end + 2;
            continue;
        }
        let (kind, length) = token(text, at, next)?;
        tokens.push(Token { kind, at });
        at += length;
    }
    tokens.push(Token { kind: Kind::End, at });
    Ok(tokens)
}

fn invalid_literal(what: &str, text: &str, at: usize) -> SelectError {
    error_at("LexerInvalidLiteral", what, text, at)
}

fn token(text: &str, at: usize, next: char) -> Result<(Kind, usize)> {
    let rest = &text[at..];
    let digit_follows = || rest[1..].starts_with(|c: char| c.is_ascii_digit());
    Ok(match next {
        '\'' => {
            let (value, length) = quoted(text, at, '\'')?;
            (Kind::Text(value), length)
        }
        '"' => {
            let (value, length) = quoted(text, at, '"')?;
            (Kind::Quoted(value), length)
        }
        '`' => {
            let end = rest[1..].find('`').ok_or_else(|| invalid_literal("An unterminated literal", text, at))?;
            (Kind::Ion(rest[1..=end].to_owned()), end + 2)
        }
        '0'..='9' => number(text, at)?,
        '.' if digit_follows() => number(text, at)?,
        c if c.is_alphabetic() || c == '_' || c == '$' => {
            let inner = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
            let length = rest.find(|c| !inner(c)).unwrap_or(rest.len());
            let word = &rest[..length];
            let lower = word.to_ascii_lowercase();
            match keywords::is_reserved(&lower) {
                true => (Kind::Keyword(lower), length),
                false => (Kind::Identifier(word.to_owned()), length),
            }
        }
        _ => match OPERATORS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(sign) => (Kind::Operator(sign), sign.len()),
            None if "!|^&~".contains(next) => {
                return Err(error_at("LexerInvalidOperator", "An invalid operator", text, at));
            }
            None => return Err(error_at("LexerInvalidChar", "An invalid character", text, at)),
        },
    })
}

/// Between two marks; a doubled mark stands for itself.
fn quoted(text: &str, at: usize, mark: char) -> Result<(String, usize)> {
    let mut value = String::new();
    let mut from = at + 1;
    loop {
        let rest = &text[from..];
        let end = rest.find(mark).ok_or_else(|| invalid_literal("An unterminated literal", text, at))?;
        value.push_str(&rest[..end]);
        from += end + 1;
        if !text[from..].starts_with(mark) {
            return Ok((value, from - at));
        }
        value.push(mark);
        from += 1;
    }
}

fn number(text: &str, at: usize) -> Result<(Kind, usize)> {
    let rest = &text.as_bytes()[at..];
    let digits = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = digits(0);
    if rest.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(rest.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        if exponent == 0 {
            return Err(invalid_literal("An invalid number", text, at));
        }
        length += 1 + sign + exponent;
    }
    let follows = text[at + length..].chars().next();
    if follows.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
        return Err(invalid_literal("An invalid number", text, at));
    }
    Ok((Kind::Number(text[at..at + length].to_owned()), length))
}
