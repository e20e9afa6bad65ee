//! The one form of a part of a document that is signed: Exclusive XML Canonicalization 1.0, without comments.

use super::xml::{Id, Node, Tree};

/// Writes an element with all below it, without one that is left out. `inclusive` are the prefixes that the transform says
/// are to be treated as if the element depended on them; `#default` is the empty one.
pub fn canonical(tree: &Tree, id: Id, without: Option<Id>, inclusive: &[&str]) -> String {
    let mut writer = Writer { tree, without, inclusive, rendered: Vec::new(), out: String::new() };
    writer.element(id);
    writer.out
}

struct Writer<'a> {
    tree: &'a Tree,
    without: Option<Id>,
    inclusive: &'a [&'a str],
    /// Declarations that stand above what is being written, innermost last.
    rendered: Vec<(&'a str, &'a str)>,
    out: String,
}

impl<'a> Writer<'a> {
    fn element(&mut self, id: Id) {
        let (tree, element) = (self.tree, self.tree.get(id));
        let name = match element.prefix.is_empty() {
            true => element.name.clone(),
            false => format!("{}:{}", element.prefix, element.name),
        };
        self.out.push('<');
        self.out.push_str(&name);
        let depth = self.rendered.len();
        // The prefixes that the element itself uses, and those that count always where they stand for something.
        let mut used: Vec<&'a str> = vec![&element.prefix];
        used.extend(element.attributes.iter().map(|a| a.prefix.as_str()).filter(|prefix| !prefix.is_empty()));
        used.extend(self.inclusive.iter().map(|prefix| if *prefix == "#default" { "" } else { prefix }));
        used.sort_unstable();
        used.dedup();
        for prefix in used.into_iter().filter(|prefix| *prefix != "xml") {
            let Some(uri) = tree.namespace(id, prefix) else { continue };
            let above = self.rendered.iter().rev().find(|(known, _)| *known == prefix).map_or("", |(_, uri)| uri);
            if uri == above {
                continue;
            }
            self.rendered.push((prefix, uri));
            self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(prefix);
            self.out.push_str("=\"");
            self.escape(uri, true);
            self.out.push('"');
        }
        let mut attributes: Vec<_> = element.attributes.iter().collect();
        let namespace = |prefix: &str| if prefix.is_empty() { "" } else { tree.namespace(id, prefix).unwrap_or("") };
        attributes.sort_by_key(|a| (namespace(&a.prefix), a.name.as_str()));
        for attribute in attributes {
            self.out.push(' ');
            if !attribute.prefix.is_empty() {
                self.out.push_str(&attribute.prefix);
                self.out.push(':');
            }
            self.out.push_str(&attribute.name);
            self.out.push_str("=\"");
            self.escape(&attribute.value, true);
            self.out.push('"');
        }
        self.out.push('>');
        for child in &element.children {
            match child {
                Node::Element(child) if self.without == Some(*child) => {}
                Node::Element(child) => self.element(*child),
                Node::Text(text) => self.escape(text, false),
            }
        }
        self.out.push_str("</");
        self.out.push_str(&name);
        self.out.push('>');
        self.rendered.truncate(depth);
    }

    fn escape(&mut self, text: &str, in_attribute: bool) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' if !in_attribute => self.out.push_str("&gt;"),
                '"' if in_attribute => self.out.push_str("&quot;"),
                '\t' if in_attribute => self.out.push_str("&#x9;"),
                '\n' if in_attribute => self.out.push_str("&#xA;"),
                '\r' => self.out.push_str("&#xD;"),
                c => self.out.push(c),
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(text: &str, name: &str, inclusive: &[&str]) -> String {
        let tree = Tree::parse(text).unwrap();
        let id = tree.elements.iter().position(|element| element.name == name).unwrap();
        canonical(&tree, id, None, inclusive)
    }

    #[test]
    fn the_recommendations_example() {
        // Exclusive XML Canonicalization, 2.2: the same element in two surroundings.
        let first = r#"<n0:local xmlns:n0="foo:bar" xmlns:n3="ftp://example.org"><n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2></n0:local>"#;
        let second = r#"<n2:pdu xmlns:n1="http://example.com" xmlns:n2="http://foo.example" xml:lang="fr" xml:space="retain"><n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"/></n1:elem2></n2:pdu>"#;
        let expected = r#"<n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"></n3:stuff></n1:elem2>"#;
        assert_eq!(of(first, "elem2", &[]), expected);
        assert_eq!(of(second, "elem2", &[]), expected);
    }

    #[test]
    fn attributes_texts_and_namespaces_are_written_one_way() {
        let text = "<?xml version='1.0'?>\n<!-- c --><a xmlns='u:1' xmlns:z='u:0' xmlns:b='u:2' b:y='1' z:x='2'\n w=' &lt;&#10;\t' ><c xmlns=''/><b:d\n/>x<!-- gone -->y&amp;&gt;<![CDATA[<&]]>\r\n</a>";
        assert_eq!(
            of(text, "a", &[]),
            "<a xmlns=\"u:1\" xmlns:b=\"u:2\" xmlns:z=\"u:0\" w=\" &lt;&#xA; \" z:x=\"2\" b:y=\"1\"><c xmlns=\"\"></c><b:d></b:d>xy&amp;&gt;&lt;&amp;\n</a>"
        );
        let schema = r#"<r xmlns:xs="u:xs" xmlns:n="u:n"><v type="xs:string"/></r>"#;
        assert_eq!(of(schema, "v", &[]), r#"<v type="xs:string"></v>"#);
        assert_eq!(of(schema, "v", &["xs"]), r#"<v xmlns:xs="u:xs" type="xs:string"></v>"#);
    }

    #[test]
    fn what_is_not_well_formed_or_too_clever_is_no_document() {
        for text in [
            "",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a b='1' b='2'/>",
            "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
            "<p:a/>",
            "<a>&x;</a>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "<a><?php ?></a>",
            "<a b='<'/>",
            "<a b=1/>",
            "<a>&#0;</a>",
        ] {
            assert!(Tree::parse(text).is_none(), "{text}");
        }
        assert!(Tree::parse(&("<a>".repeat(200) + &"</a>".repeat(200))).is_none());
    }
}
