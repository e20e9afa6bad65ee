//! `LIKE`: `%` is any text, `_` any character.

use super::{Result, SelectError, error::invalid_like};

/// What is between two `%`.
#[derive(Default)]
struct Piece {
    /// `None`: any one.
    characters: Vec<Option<char>>,
    /// The same, where there is no `_`.
    text: Option<String>,
}

impl Piece {
    fn new(characters: Vec<Option<char>>) -> Piece {
        Piece { text: characters.iter().copied().collect(), characters }
    }

    /// What follows it, where a text begins with it.
    fn after<'a>(&self, text: &'a str) -> Option<&'a str> {
        let mut rest = text.chars();
        self.characters.iter().all(|wanted| fits(*wanted, rest.next())).then_some(rest.as_str())
    }

    fn is_end_of(&self, text: &str) -> bool {
        let mut rest = text.chars().rev();
        self.characters.iter().rev().all(|wanted| fits(*wanted, rest.next()))
    }

    /// What follows it where a text has it first. Without `_`, the time is that of one look at the text.
    fn find<'a>(&self, text: &'a str) -> Option<&'a str> {
        match &self.text {
            Some(wanted) => text.find(wanted.as_str()).map(|at| &text[at + wanted.len()..]),
            None => text.char_indices().find_map(|(at, _)| self.after(&text[at..])),
        }
    }
}

fn fits(wanted: Option<char>, found: Option<char>) -> bool {
    found.is_some() && (wanted.is_none() || wanted == found)
}

/// Whether a text is like a pattern. An escape character makes the next one stand for itself.
pub(super) fn like(text: &str, pattern: &str, escape: Option<&str>) -> Result<bool> {
    let escape = match escape.map(|escape| (escape.chars().next(), escape.chars().count())) {
        None => None,
        Some((Some(escape), 1)) => Some(escape),
        Some(_) => return Err(invalid_like()),
    };
    let (mut pieces, mut piece) = (Vec::new(), Vec::new());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            _ if Some(character) == escape => match characters.next() {
                Some(next) if next == '%' || next == '_' || Some(next) == escape => piece.push(Some(next)),
                _ => {
                    return Err(SelectError::new(
                        "EvaluatorLikePatternInvalidEscapeSequence",
                        "An argument given to the LIKE expression was not valid.",
                    ));
                }
            },
            '%' => pieces.push(Piece::new(std::mem::take(&mut piece))),
            '_' => piece.push(None),
            _ => piece.push(Some(character)),
        }
    }
    Ok(matches(text, &pieces, &Piece::new(piece)))
}

/// `last`: behind the last `%`. The others are taken where they are first: to take one later leaves less for what follows.
fn matches(text: &str, pieces: &[Piece], last: &Piece) -> bool {
    let Some((first, middle)) = pieces.split_first() else { return last.after(text) == Some("") };
    let rest = first.after(text).and_then(|rest| middle.iter().try_fold(rest, |rest, piece| piece.find(rest)));
    rest.is_some_and(|rest| last.is_end_of(rest))
}

#[cfg(test)]
mod tests {
    use super::like;

    /// As the words say it.
    fn slowly(text: &[char], pattern: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some(('%', rest)), _) => (0..=text.len()).any(|at| slowly(&text[at..], rest)),
            (Some((wanted, pattern)), Some((found, text))) => {
                (*wanted == '_' || wanted == found) && slowly(text, pattern)
            }
            (Some(_), None) => false,
        }
    }

    fn words(letters: &str, most: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut at = 0;
        while all[at].chars().count() < most {
            all.extend(letters.chars().map(|letter| format!("{}{letter}", all[at])).collect::<Vec<_>>());
            at += 1;
        }
        all
    }

    #[test]
    fn every_short_pattern_and_text() {
        let texts = words("aé", 5);
        for pattern in words("aé_%", 5) {
            for text in &texts {
                let (slow, wanted): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
                assert_eq!(like(text, &pattern, None), Ok(slowly(&slow, &wanted)), "{text} LIKE {pattern}");
            }
        }
    }

    /// Looked for again from every place, this would take hours.
    #[test]
    fn long_patterns_take_no_longer_than_long_texts() {
        let text = "a".repeat(1 << 20);
        for _ in 0..100 {
            assert_eq!(like(&text, &format!("%{}b%", "a".repeat(1 << 17)), None), Ok(false));
        }
    }
}
