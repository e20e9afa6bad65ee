//! From the text of an expression to its tokens, one at a time.

/// What a token is; its text is where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a function, or a word that only updates know: `SET`.
    Word,
    And,
    Or,
    Not,
    Between,
    In,
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

/// What a byte is within names.
const INNER: u8 = 1;
const SPACE: u8 = 2;
const LETTER: u8 = 4;
const DIGIT: u8 = 8;

static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let of = byte as u8;
        if of.is_ascii_alphabetic() {
            classes[byte] = INNER | LETTER;
        } else if of.is_ascii_digit() {
            classes[byte] = INNER | DIGIT;
        } else if of == b'_' {
            classes[byte] = INNER;
        } else if of.is_ascii_whitespace() {
            classes[byte] = SPACE;
        }
        byte += 1;
    }
    classes
};

/// Where bytes of a class end.
fn skip(bytes: &[u8], mut at: usize, class: u8) -> usize {
    while at < bytes.len() && CLASSES[bytes[at] as usize] & class != 0 {
        at += 1;
    }
    at
}

/// Keywords are in any case.
fn word(text: &[u8]) -> Kind {
    match text.len() {
        2 if text.eq_ignore_ascii_case(b"OR") => Kind::Or,
        2 if text.eq_ignore_ascii_case(b"IN") => Kind::In,
        3 if text.eq_ignore_ascii_case(b"AND") => Kind::And,
        3 if text.eq_ignore_ascii_case(b"NOT") => Kind::Not,
        7 if text.eq_ignore_ascii_case(b"BETWEEN") => Kind::Between,
        _ => Kind::Word,
    }
}

/// The token at or behind a place. Texts are short (`MAX_EXPRESSION_BYTES`), so that 32 bits are enough for a place.
pub(super) fn token(text: &str, from: u32) -> Token {
    let bytes = text.as_bytes();
    let at = skip(bytes, from as usize, SPACE);
    let Some(first) = bytes.get(at).copied() else { return Token { kind: Kind::End, at: at as u32, end: at as u32 } };
    let second = bytes.get(at + 1).copied().unwrap_or_default();
    let (kind, end) = match first {
        b'=' => (Kind::Equal, at + 1),
        b'(' => (Kind::Open, at + 1),
        b')' => (Kind::Close, at + 1),
        b',' => (Kind::Comma, at + 1),
        b'.' => (Kind::Dot, at + 1),
        b'#' if CLASSES[second as usize] & INNER != 0 => (Kind::Name, skip(bytes, at + 1, INNER)),
        b':' if CLASSES[second as usize] & INNER != 0 => (Kind::Value, skip(bytes, at + 1, INNER)),
        b'<' if second == b'>' => (Kind::NotEqual, at + 2),
        b'<' if second == b'=' => (Kind::LessOrEqual, at + 2),
        b'<' => (Kind::Less, at + 1),
        b'>' if second == b'=' => (Kind::GreaterOrEqual, at + 2),
        b'>' => (Kind::Greater, at + 1),
        b'[' => (Kind::OpenBracket, at + 1),
        b']' => (Kind::CloseBracket, at + 1),
        b'+' => (Kind::Plus, at + 1),
        b'-' => (Kind::Minus, at + 1),
        _ => match CLASSES[first as usize] & (LETTER | DIGIT) {
            LETTER => {
                let end = skip(bytes, at, INNER);
                (word(&bytes[at..end]), end)
            }
            DIGIT => (Kind::Digits, skip(bytes, at, DIGIT)),
            // Everything before is ASCII, so this is where a character begins.
            _ => (Kind::Unknown, at + text[at..].chars().next().map_or(1, char::len_utf8)),
        },
    };
    Token { kind, at: at as u32, end: end as u32 }
}
