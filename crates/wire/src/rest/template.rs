//! URI templates: `/2015-03-31/functions/{FunctionName}/invocations`, `/{Bucket}/{Key+}?uploads`.

/// The path's segments of a template, and the query literals that belong to it.
pub(super) fn split(template: &'static str) -> (impl Iterator<Item = Segment> + Clone, impl Iterator<Item = Literal>) {
    let (path, query) = template.split_once('?').unwrap_or((template, ""));
    let segments = path.split('/').filter(|segment| !segment.is_empty()).map(segment);
    let literals = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| match pair.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (pair, None),
    });
    (segments, literals)
}

/// A query parameter's name, and the value where the template has one.
pub(super) type Literal = (&'static str, Option<&'static str>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Text(&'static str),
    Label(&'static str),
    /// Takes any number of segments, slashes included.
    Greedy(&'static str),
}

fn segment(text: &'static str) -> Segment {
    match text.strip_prefix('{').and_then(|label| label.strip_suffix('}')) {
        Some(label) => label.strip_suffix('+').map_or(Segment::Label(label), Segment::Greedy),
        None => Segment::Text(text),
    }
}

/// The labels' values in a path that matches the template, still escaped.
pub(super) fn labels<'a>(template: &'static str, path: &'a str) -> Vec<(&'static str, &'a str)> {
    let mut segments = split(template).0.peekable();
    let mut rest = path.strip_prefix('/').unwrap_or(path);
    let mut labels = Vec::new();
    while let Some(segment) = segments.next() {
        let (value, after) = match segment {
            Segment::Greedy(_) if segments.peek().is_none() => (rest, ""),
            Segment::Greedy(_) => before_last(rest, segments.clone().count()),
            _ => rest.split_once('/').unwrap_or((rest, "")),
        };
        if let Segment::Label(label) | Segment::Greedy(label) = segment {
            labels.push((label, value));
        }
        rest = after;
    }
    labels
}

/// A path in two, before its last `count` segments.
pub(super) fn before_last(path: &str, count: usize) -> (&str, &str) {
    match path.rmatch_indices('/').nth(count.saturating_sub(1)) {
        Some((at, _)) => (&path[..at], &path[at + 1..]),
        None => ("", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_paths() {
        for (template, path, expected) in [
            ("/", "/", vec![]),
            ("/{Bucket}?acl", "/b", vec![("Bucket", "b")]),
            ("/{Bucket}", "/b/", vec![("Bucket", "b")]),
            ("/{Bucket}/{Key+}?uploads", "/b//a/c%2F/", vec![("Bucket", "b"), ("Key", "/a/c%2F/")]),
            ("/x/{A}/y/{B}", "/x/1/y/2", vec![("A", "1"), ("B", "2")]),
            ("/x/{name+}/policy/of", "/x/a/b/policy/of", vec![("name", "a/b")]),
        ] {
            assert_eq!(labels(template, path), expected, "{template}");
        }
    }
}
