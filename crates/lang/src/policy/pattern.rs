//! A string of a policy that may hold wildcards and policy variables.

use std::borrow::Cow;

use super::{
    Context, Values,
    wildcard::{self, Token},
};

/// What a pattern's characters mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// No wildcards: StringEquals, Bool.
    Exact,
    /// `*` and `?` match anything: StringLike, actions, ARN operators.
    Wildcards,
    /// The Resource element: wildcards mind the colons of the ARN, and missing fields are filled with `*`.
    Resource,
}

/// A string of a policy, compiled.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    text: String,
    parts: Parts,
}

#[derive(Clone, Debug, PartialEq)]
enum Parts {
    /// `*` alone.
    Anything,
    /// The text itself.
    Literal,
    Tokens(Vec<Token>),
    /// With variables, put together anew for each request.
    Pieces(Vec<Piece>),
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Token(Token),
    Variable { key: String, default: Option<String> },
}

/// A variable without a value in the request: nothing can be said about a match.
pub(super) struct Unresolved;

impl Pattern {
    /// As in a document whose version knows policy variables, or not.
    pub(super) fn new(text: &str, syntax: Syntax, variables: bool) -> Pattern {
        let parts =
            if text == "*" && syntax != Syntax::Exact { Parts::Anything } else { compile(text, syntax, variables) };
        Pattern { text: text.to_owned(), parts }
    }

    /// As written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The keys of its variables.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        let pieces = match &self.parts {
            Parts::Pieces(pieces) => pieces.as_slice(),
            _ => &[],
        };
        pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key.as_str()),
            Piece::Token(_) => None,
        })
    }

    pub(super) fn matches(&self, text: &str, ignore_case: bool, context: &dyn Context) -> Result<bool, Unresolved> {
        Ok(match &self.parts {
            Parts::Anything => true,
            Parts::Literal if ignore_case => same_ignoring_case(&self.text, text),
            Parts::Literal => self.text == text,
            Parts::Tokens(_) | Parts::Pieces(_) => wildcard::matches(&self.tokens(context)?, text, ignore_case),
        })
    }

    /// The ARN operators: each of the six components for itself. IAM user guide, "ARN condition operators".
    pub(super) fn matches_arn(&self, text: &str, context: &dyn Context) -> Result<bool, Unresolved> {
        match &self.parts {
            Parts::Anything => return Ok(true),
            Parts::Literal => return Ok(self.text == text),
            Parts::Tokens(_) | Parts::Pieces(_) => {}
        }
        let tokens = self.tokens(context)?;
        let mut pattern = tokens.splitn(6, |token| *token == Token::Char(':'));
        let mut fields = text.splitn(6, ':');
        Ok(loop {
            match (pattern.next(), fields.next()) {
                (None, None) => break true,
                (Some(pattern), Some(field)) if wildcard::matches(pattern, field, false) => {}
                _ => break false,
            }
        })
    }

    fn tokens(&self, context: &dyn Context) -> Result<Cow<'_, [Token]>, Unresolved> {
        let pieces = match &self.parts {
            Parts::Anything => return Ok(Cow::Borrowed(&[Token::Many])),
            Parts::Literal => return Ok(self.text.chars().map(Token::Char).collect()),
            Parts::Tokens(tokens) => return Ok(Cow::Borrowed(tokens)),
            Parts::Pieces(pieces) => pieces,
        };
        let mut tokens = Vec::with_capacity(pieces.len() + 16);
        for piece in pieces {
            match piece {
                Piece::Token(token) => tokens.push(*token),
                Piece::Variable { key, default } => match (context.get(key), default) {
                    // A wildcard in a value is a character like any other.
                    (Some(Values::One(value)), _) => tokens.extend(value.chars().map(Token::Char)),
                    (None, Some(default)) => tokens.extend(default.chars().map(Token::Char)),
                    // Multivalued keys cannot be variables. IAM user guide, "Single-valued vs. multivalued context keys".
                    (None, None) | (Some(Values::Many(_)), _) => return Err(Unresolved),
                },
            }
        }
        Ok(Cow::Owned(tokens))
    }
}

fn same_ignoring_case(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.chars(), b.chars());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if wildcard::same(a, b, true) => {}
            _ => return false,
        }
    }
}

fn compile(text: &str, syntax: Syntax, variables: bool) -> Parts {
    let mut pieces = Vec::with_capacity(text.len());
    let mut colons = 0;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // In a Resource only after the fifth colon. IAM user guide, "Where you can use policy variables".
        if variables
            && c == '$'
            && (syntax != Syntax::Resource || colons >= 5)
            && let Some((piece, length)) = variable(rest)
        {
            pieces.push(piece);
            rest = &rest[length..];
            continue;
        }
        let after = &rest[c.len_utf8()..];
        colons += usize::from(c == ':');
        // A `*` that ends a field of a resource's ARN may run over the colon, others may not. IAM user guide, "Using wildcards in
        // resource ARNs".
        let in_segment = syntax == Syntax::Resource && colons < 5;
        pieces.push(Piece::Token(match c {
            _ if syntax == Syntax::Exact => Token::Char(c),
            '*' if in_segment && !after.is_empty() && !after.starts_with(':') => Token::ManyInSegment,
            '*' => Token::Many,
            '?' if in_segment => Token::OneInSegment,
            '?' => Token::One,
            c => Token::Char(c),
        }));
        rest = after;
    }
    // `arn:aws:sqs` means `arn:aws:sqs:*:*:*`. IAM user guide, "Resource".
    if syntax == Syntax::Resource && text.starts_with("arn:") {
        for _ in colons..5 {
            pieces.extend([Piece::Token(Token::Char(':')), Piece::Token(Token::Many)]);
        }
    }
    let tokens: Option<Vec<Token>> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Token(token) => Some(*token),
            Piece::Variable { .. } => None,
        })
        .collect();
    match tokens {
        Some(tokens) if tokens.iter().copied().eq(text.chars().map(Token::Char)) => Parts::Literal,
        Some(tokens) => Parts::Tokens(tokens),
        None => Parts::Pieces(pieces),
    }
}

/// A variable at the start of the text, and its length. What is no well-formed variable is text.
fn variable(text: &str) -> Option<(Piece, usize)> {
    let inner = text.strip_prefix("${")?;
    // A default may hold a brace.
    let end = match inner.find('\'') {
        Some(quote) if !inner[..quote].contains('}') => quote + 1 + inner[quote + 1..].find("'}")? + 1,
        _ => inner.find('}')?,
    };
    let length = end + "${}".len();
    let piece = match inner[..end].split_once(',') {
        None => match &inner[..end] {
            "" => return None,
            "*" => Piece::Token(Token::Char('*')),
            "?" => Piece::Token(Token::Char('?')),
            "$" => Piece::Token(Token::Char('$')),
            key => Piece::Variable { key: key.trim().to_owned(), default: None },
        },
        Some((key, default)) => {
            let default = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            Piece::Variable { key: key.trim().to_owned(), default: Some(default.to_owned()) }
        }
    };
    Some((piece, length))
}
