//! `LIKE`: `%` is any text, `_` any character.

use super::{Result, SelectError, error::invalid_like};

enum Token {
    Any,
    One,
    Char(char),
}

/// Whether a text is like a pattern. An escape character makes the next one stand for itself.
pub(super) fn like(text: &str, pattern: &str, escape: Option<&str>) -> Result<bool> {
    let escape = match escape.map(|escape| (escape.chars().next(), escape.chars().count())) {
        None => None,
        Some((Some(escape), 1)) => Some(escape),
        Some(_) => return Err(invalid_like()),
    };
    let mut tokens = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            _ if Some(character) == escape => match characters.next() {
                Some(next) if next == '%' || next == '_' || Some(next) == escape => Token::Char(next),
                _ => {
                    return Err(SelectError::new(
                        "EvaluatorLikePatternInvalidEscapeSequence",
                        "An argument given to the LIKE expression was not valid.",
                    ));
                }
            },
            '%' => Token::Any,
            '_' => Token::One,
            _ => Token::Char(character),
        });
    }
    Ok(matches(text, &tokens))
}

/// Greedy, with one place to come back to: the last `%`. What an earlier one could take instead changes nothing.
fn matches(text: &str, tokens: &[Token]) -> bool {
    let mut rest = text.chars();
    let mut at = 0;
    let mut again: Option<(std::str::Chars, usize)> = None;
    loop {
        let mut ahead = rest.clone();
        let next = ahead.next();
        let fits = match (tokens.get(at), next) {
            (Some(Token::Any), _) => {
                at += 1;
                again = Some((rest.clone(), at));
                continue;
            }
            (None, None) => return true,
            (Some(Token::One), Some(_)) => true,
            (Some(Token::Char(wanted)), Some(next)) => *wanted == next,
            _ => false,
        };
        if fits {
            at += 1;
            rest = ahead;
            continue;
        }
        // The last wildcard takes one character more.
        let Some((from, back)) = &mut again else { return false };
        if from.next().is_none() {
            return false;
        }
        rest = from.clone();
        at = *back;
    }
}
