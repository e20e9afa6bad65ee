//! Matching of `*` and `?`: at most pattern length times text length steps, without recursion.

/// One character of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Char(char),
    /// `?`
    One,
    /// `*`
    Many,
    /// `?` that stays between two colons.
    OneInSegment,
    /// `*` that stays between two colons.
    ManyInSegment,
}

pub(super) fn same(a: char, b: char, ignore_case: bool) -> bool {
    let ascii = a.is_ascii() && b.is_ascii();
    a == b || (ignore_case && (a.eq_ignore_ascii_case(&b) || (!ascii && a.to_lowercase().eq(b.to_lowercase()))))
}

pub(super) fn matches(pattern: &[Token], text: &str, ignore_case: bool) -> bool {
    let in_segment = |token: &Token| matches!(token, Token::OneInSegment | Token::ManyInSegment);
    // What stays in a segment matches less than what does not, so the cheaper walk can already say no.
    walk(pattern, text, ignore_case) && (!pattern.iter().any(in_segment) || table(pattern, text, ignore_case))
}

/// Only the last `*` need ever be tried again: an earlier one that took less already left more to the rest.
fn walk(pattern: &[Token], text: &str, ignore_case: bool) -> bool {
    let many = |token: &&Token| matches!(token, Token::Many | Token::ManyInSegment);
    // A long pattern against a short text, the expensive case of a hostile policy, ends here.
    if pattern.len() - pattern.iter().filter(many).count() > text.len() {
        return false;
    }
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let next = text[t..].chars().next();
        match (pattern.get(p), next) {
            (Some(Token::Many | Token::ManyInSegment), _) => {
                p += 1;
                if p == pattern.len() {
                    return true;
                }
                retry = Some((p, t));
                continue;
            }
            (Some(Token::One | Token::OneInSegment), Some(c)) => {
                p += 1;
                t += c.len_utf8();
                continue;
            }
            (Some(Token::Char(wanted)), Some(c)) if same(*wanted, c, ignore_case) => {
                p += 1;
                t += c.len_utf8();
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        let Some((resume, from)) = retry else { return false };
        let Some(skipped) = text[from..].chars().next() else { return false };
        retry = Some((resume, from + skipped.len_utf8()));
        (p, t) = (resume, from + skipped.len_utf8());
    }
}

/// All prefixes of the text that the pattern so far can have matched, token by token.
fn table(pattern: &[Token], text: &str, ignore_case: bool) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for token in pattern {
        match token {
            Token::Many | Token::ManyInSegment => {
                for at in 0..text.len() {
                    if reached[at] && (*token == Token::Many || text[at] != ':') {
                        reached[at + 1] = true;
                    }
                }
            }
            _ => {
                for at in (0..text.len()).rev() {
                    reached[at + 1] = reached[at]
                        && match token {
                            Token::Char(wanted) => same(*wanted, text[at], ignore_case),
                            Token::OneInSegment => text[at] != ':',
                            _ => true,
                        };
                }
                reached[0] = false;
            }
        }
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(pattern: &str) -> Vec<Token> {
        let token = |c| match c {
            '*' => Token::Many,
            '?' => Token::One,
            '#' => Token::ManyInSegment,
            '!' => Token::OneInSegment,
            c => Token::Char(c),
        };
        pattern.chars().map(token).collect()
    }

    /// The definition, exponential.
    fn naive(pattern: &[Token], text: &[char]) -> bool {
        match (pattern, text) {
            ([], rest) => rest.is_empty(),
            ([Token::Many, rest @ ..], _) => (0..=text.len()).any(|n| naive(rest, &text[n..])),
            ([Token::ManyInSegment, rest @ ..], _) => {
                (0..=text.len()).take_while(|n| !text[..*n].contains(&':')).any(|n| naive(rest, &text[n..]))
            }
            ([Token::One, rest @ ..], [_, after @ ..]) => naive(rest, after),
            ([Token::OneInSegment, rest @ ..], [c, after @ ..]) => *c != ':' && naive(rest, after),
            ([Token::Char(wanted), rest @ ..], [c, after @ ..]) => wanted == c && naive(rest, after),
            (_, []) => false,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn agrees_with_the_definition(pattern in "[ab:é*?#!]{0,9}", text in "[ab:é]{0,9}") {
            let pattern = tokens(&pattern);
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(matches(&pattern, &text, false), naive(&pattern, &chars));
        }

        #[test]
        fn case_matters_only_when_asked(text in "[a-zA-Z:]{0,20}") {
            let upper = tokens(&text.to_ascii_uppercase());
            prop_assert!(matches(&upper, &text, true));
            prop_assert_eq!(matches(&upper, &text, false), text == text.to_ascii_uppercase());
        }
    }

    /// Exponential backtracking would not end here; the bound is a few million steps each.
    #[test]
    fn hostile_patterns_end() {
        let text = "a".repeat(3_000);
        for pattern in
            ["a*".repeat(1_500) + "b", "*a".repeat(1_500) + "b", "#a?".repeat(900) + "b", "*".repeat(50_000) + "b"]
        {
            assert!(!matches(&tokens(&pattern), &text, false));
        }
    }
}
