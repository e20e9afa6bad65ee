//! From the text of an expression to its tokens, one at a time.

/// What a token is; its text is where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word: a name, a function or a keyword.
    Word,
    /// `#n`
    Name,
    /// `:v`
    Value,
    Digits,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Comma,
    Dot,
    Plus,
    Minus,
    /// No token of any expression.
    Unknown,
    End,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    /// In bytes.
    pub at: usize,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.at + self.text.len()
    }

    /// Keywords are in any case.
    pub(super) fn is_word(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword)
    }
}

fn is_inner(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The token at or behind a place.
pub(super) fn token(text: &str, from: usize) -> Token<'_> {
    let bytes = text.as_bytes();
    let mut at = from;
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    let rest = &bytes[at..];
    let Some(first) = rest.first() else { return Token { kind: Kind::End, text: "", at } };
    let inner = |from: usize| rest[from..].iter().take_while(|byte| is_inner(**byte)).count();
    let second = rest.get(1).copied();
    let (kind, length) = match first {
        b'a'..=b'z' | b'A'..=b'Z' => (Kind::Word, inner(0)),
        b'#' if second.is_some_and(is_inner) => (Kind::Name, 1 + inner(1)),
        b':' if second.is_some_and(is_inner) => (Kind::Value, 1 + inner(1)),
        b'0'..=b'9' => (Kind::Digits, rest.iter().take_while(|byte| byte.is_ascii_digit()).count()),
        b'=' => (Kind::Equal, 1),
        b'<' if second == Some(b'>') => (Kind::NotEqual, 2),
        b'<' if second == Some(b'=') => (Kind::LessOrEqual, 2),
        b'<' => (Kind::Less, 1),
        b'>' if second == Some(b'=') => (Kind::GreaterOrEqual, 2),
        b'>' => (Kind::Greater, 1),
        b'(' => (Kind::Open, 1),
        b')' => (Kind::Close, 1),
        b'[' => (Kind::OpenBracket, 1),
        b']' => (Kind::CloseBracket, 1),
        b',' => (Kind::Comma, 1),
        b'.' => (Kind::Dot, 1),
        b'+' => (Kind::Plus, 1),
        b'-' => (Kind::Minus, 1),
        // Everything up to here is ASCII, so this is where a character begins.
        _ => (Kind::Unknown, text[at..].chars().next().map_or(1, char::len_utf8)),
    };
    Token { kind, text: &text[at..at + length], at }
}
