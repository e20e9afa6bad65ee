//! Documentation of the model as plain text.

/// The first sentence of an HTML text.
pub fn sentence(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        let Some(close) = rest[open..].find('>') else {
            rest = &rest[open..];
            break;
        };
        // Blocks end a word; inline markup does not.
        let tag = rest[open + 1..open + close].trim_start_matches('/');
        if tag.starts_with("fullname") || tag.starts_with("note") {
            text.push_str(". ");
        } else if !(tag == "a" || tag.starts_with("a ") || ["i", "b", "code", "em"].contains(&tag)) {
            text.push(' ');
        }
        rest = &rest[open + close + 1..];
    }
    text.push_str(rest);
    let text = entities(&text);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_start_matches(['.', ' ']);
    first(text).to_owned()
}

fn entities(text: &str) -> String {
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    pairs.iter().fold(text.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

/// Up to the first full stop that ends a sentence.
fn first(text: &str) -> &str {
    let mut from = 0;
    while let Some(at) = text[from..].find(". ") {
        let end = from + at;
        let word = text[..end].rsplit(' ').next().unwrap_or_default();
        if !["e.g", "i.e", "vs", "etc", "Inc", "(e.g", "(i.e", ""].contains(&word) {
            return &text[..=end];
        }
        from = end + 2;
    }
    text
}

/// Doc comment lines of at most 120 columns. Characters that rustdoc would take for markup are escaped.
pub fn comment(text: &str, indent: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]").replace('<', "\\<");
    let escaped = escaped.replace('`', "'").replace('*', "\\*");
    let mut out = String::new();
    let mut line = String::new();
    for word in escaped.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && indent.len() + 4 + line.len() + 1 + word.len() > 120 {
            out.push_str(&format!("{indent}/// {line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        out.push_str(&format!("{indent}/// {line}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_sentences_are_plain() {
        assert_eq!(sentence("<p>The URL of the queue.</p> <p>More.</p>"), "The URL of the queue.");
        assert_eq!(sentence("<p>Use <a href=\"x\">this</a>, e.g. that. Then</p>"), "Use this, e.g. that.");
        assert_eq!(sentence("<p>A &lt;b&gt; c</p>"), "A <b> c");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn comments_wrap() {
        let text = comment(&"word ".repeat(40), "    ");
        assert!(text.lines().all(|line| line.len() <= 120 && line.starts_with("    /// word")));
        assert_eq!(text.lines().count(), 2);
    }
}
