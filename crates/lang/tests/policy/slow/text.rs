//! Patterns by their definition: every way to take a `*` is tried.

use super::Case;

/// What one place of a pattern wants.
#[derive(Clone, Copy, PartialEq)]
pub enum Glyph {
    Is(char),
    One,
    Many,
}

pub fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// The text between `${` and its `}`, where a default in quotes may hold a brace, and what follows.
fn variable(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix("${")?;
    let mut quoted = false;
    for (at, c) in inside.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '}' if !quoted => return (at > 0).then(|| (&inside[..at], &inside[at + 1..])),
            _ => {}
        }
    }
    None
}

/// A pattern with its variables filled in; `None` where one has no value. What is filled in has no wildcards.
pub fn glyphs(text: &str, wildcards: bool, variables: bool, case: &Case) -> Option<Vec<Glyph>> {
    let mut glyphs = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some((name, after)) = variable(rest).filter(|_| variables) {
            rest = after;
            let (name, default) = match name.split_once(',') {
                Some((name, default)) => (name.trim(), Some(default.trim().trim_matches('\''))),
                None => (name, None),
            };
            let value = match name {
                "*" | "?" | "$" => name,
                _ => match case.key(name) {
                    // "Multivalued keys cannot be used as variables."
                    Some(key) if key.multivalued => return None,
                    Some(key) => &key.values[0],
                    None => default?,
                },
            };
            glyphs.extend(value.chars().map(Glyph::Is));
            continue;
        }
        glyphs.push(match c {
            '*' if wildcards => Glyph::Many,
            '?' if wildcards => Glyph::One,
            c => Glyph::Is(c),
        });
        rest = &rest[c.len_utf8()..];
    }
    Some(glyphs)
}

/// `*` is any text, `?` any one character.
pub fn matches(pattern: &[Glyph], text: &[char]) -> bool {
    match (pattern.first(), text.first()) {
        (None, None) => true,
        (Some(Glyph::Many), _) => matches(&pattern[1..], text) || (!text.is_empty() && matches(pattern, &text[1..])),
        (Some(Glyph::One), Some(_)) => matches(&pattern[1..], &text[1..]),
        (Some(Glyph::Is(wanted)), Some(c)) => wanted == c && matches(&pattern[1..], &text[1..]),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

pub fn like(pattern: &str, text: &str, variables: bool, case: &Case) -> bool {
    let text: Vec<char> = text.chars().collect();
    glyphs(pattern, true, variables, case).is_some_and(|pattern| matches(&pattern, &text))
}

/// The Resource element. "If an ARN wildcard is the last character in a resource ARN segment, it can expand to match beyond the
/// colon boundaries"; others cannot. "When you specify an incomplete ARN, AWS automatically completes the ARN by adding wildcard
/// characters to all of the missing fields." Variables are for what follows the fifth colon.
pub fn arn_like(pattern: &str, text: &str, variables: bool, case: &Case) -> Option<bool> {
    if pattern == "*" {
        return Some(true);
    }
    let mut segments: Vec<String> = pattern.splitn(6, ':').map(str::to_owned).collect();
    while segments.len() < 6 && pattern.starts_with("arn:") {
        segments.push("*".to_owned());
    }
    let mut parts = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        parts.push(glyphs(segment, true, variables && at == 5, case)?);
    }
    Some(segments_match(&parts, text, 0))
}

/// Every way to cut the text so that each segment has its own part.
fn segments_match(segments: &[Vec<Glyph>], text: &str, at: usize) -> bool {
    let Some((segment, rest)) = segments.split_first() else { return text.is_empty() };
    let last = rest.is_empty();
    let ends = if last { vec![text.len()] } else { text.match_indices(':').map(|(end, _)| end).collect::<Vec<_>>() };
    ends.into_iter().any(|end| {
        let here = segment_matches(segment, &text[..end], at >= 5);
        here && (last || segments_match(rest, &text[end + 1..], at + 1))
    })
}

fn segment_matches(segment: &[Glyph], text: &str, resource: bool) -> bool {
    let chars: Vec<char> = text.chars().collect();
    if resource {
        return matches(segment, &chars);
    }
    match segment.split_last() {
        // Before the star at the end, nothing takes a colon.
        Some((Glyph::Many, before)) => {
            (0..=chars.len()).any(|cut| !chars[..cut].contains(&':') && matches(before, &chars[..cut]))
        }
        _ => !text.contains(':') && matches(segment, &chars),
    }
}
