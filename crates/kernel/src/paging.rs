//! Lists in pages. A token names the last item of the page before, not a position: what is created or deleted between two
//! pages neither repeats nor hides anything else.
//!
//! How many items a page has, and what is said of a token that none gave out, is each service's own.

use data_encoding::BASE64;

/// The token of the page after the item of this name. Clients are not to look into it.
pub fn token(last: &[u8]) -> String {
    BASE64.encode(last)
}

/// What a token names; `None` of what is no token.
pub fn named(token: &str) -> Option<Vec<u8>> {
    BASE64.decode(token.as_bytes()).ok()
}

/// As [`named`], where names are texts.
pub fn named_text(token: &str) -> Option<String> {
    String::from_utf8(named(token)?).ok()
}

/// The page of a list that is at hand, in the order of the items' names, after the one of the name `after`; and the token
/// of the next page, if there is one. `most` is one at least.
pub fn cut<T>(
    mut items: Vec<T>,
    after: Option<&[u8]>,
    most: usize,
    name: impl Fn(&T) -> &[u8],
) -> (Vec<T>, Option<String>) {
    if let Some(after) = after {
        items.retain(|item| name(item) > after);
    }
    items.sort_by(|a, b| name(a).cmp(name(b)));
    let more = items.len() > most;
    items.truncate(most);
    let next = items.last().filter(|_| more).map(|last| token(name(last)));
    (items, next)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_after_the_last_name_even_if_that_is_gone() {
        let page = |names: &[&'static str], token: Option<&str>| {
            let after = token.map(|token| named(token).unwrap());
            cut(names.to_vec(), after.as_deref(), 2, |name| name.as_bytes())
        };
        let (first, next) = page(&["c", "a", "b", "d"], None);
        assert_eq!(first, ["a", "b"]);
        assert_eq!(page(&["c", "a", "d"], next.as_deref()), (vec!["c", "d"], None));
        assert_eq!((named("*"), named_text("/w==")), (None, None));
    }
}
