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

/// A kind, and where it is, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub at: u32,
    pub end: u32,
}

impl Token {
    pub(super) fn text(self, of: &str) -> &str {
        &of[self.at as usize..self.end as usize]
    }
}

fn is_inner(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The token at or behind a place. Texts are short (`MAX_EXPRESSION_BYTES`), so that 32 bits are enough for a place.
pub(super) fn token(text: &str, from: u32) -> Token {
    let bytes = text.as_bytes();
    let mut at = from as usize;
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    let rest = &bytes[at..];
    let Some(first) = rest.first() else { return Token { kind: Kind::End, at: at as u32, end: at as u32 } };
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
    Token { kind, at: at as u32, end: (at + length) as u32 }
}
