//! XML at random: what is written in any way that XML has reads as what it means, and nothing else reads.
#![allow(clippy::unwrap_used)]

use proptest::{collection::vec, prelude::*, sample::select};
use wire::{
    DecodeError,
    xml::{Reader, Tag},
};

/// An element: its name and attribute, the text in it, and its elements.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    name: String,
    attribute: Option<String>,
    text: String,
    children: Vec<Node>,
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<"),
        Just(">"),
        Just("&"),
        Just("\""),
        Just("'"),
        Just("]]>"),
        Just("--"),
        Just(" "),
        Just("\n"),
        Just("a"),
        Just("é"),
        Just("\u{1f3ac}"),
        Just("&amp;"),
        Just("/"),
        Just("="),
    ];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn tree() -> impl Strategy<Value = Node> {
    let name = || select(vec!["Tag", "Key", "a", "_x", "Größe", "A-1"]).prop_map(str::to_owned);
    let leaf = (name(), proptest::option::of(text()), text()).prop_map(|(name, attribute, text)| Node {
        name,
        attribute,
        text,
        children: Vec::new(),
    });
    leaf.prop_recursive(6, 40, 5, move |inner| {
        (name(), vec(inner, 0..5)).prop_map(|(name, children)| Node {
            name,
            attribute: None,
            text: String::new(),
            children,
        })
    })
}

/// Writes a tree, each thing in one of the ways that there are; `ways` says which.
struct Pen {
    out: String,
    ways: u64,
}

impl Pen {
    fn way(&mut self, of: u64) -> u64 {
        self.ways = self.ways.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.ways >> 33) % of
    }

    fn either(&mut self, ways: [&str; 2]) {
        let way = self.way(2);
        self.out += ways[way as usize];
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            let must = matches!(c, '<' | '&' | '"' | '\'') || c == '>';
            let named = ["&lt;", "&gt;", "&amp;", "&quot;", "&apos;"];
            let named = "<>&\"'".find(c).map(|at| named[at]);
            match (self.way(if must { 3 } else { 8 }), named) {
                (0, _) => self.out += &format!("&#{};", u32::from(c)),
                (1, _) => self.out += &format!("&#x{:x};", u32::from(c)),
                (_, Some(named)) => self.out += named,
                _ => self.out.push(c),
            }
        }
    }

    fn text(&mut self, text: &str) {
        match self.way(3) {
            0 if !text.contains("]]>") => self.out += &format!("<![CDATA[{text}]]>"),
            1 => {
                let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
                self.escaped(&text[..half]);
                self.aside();
                self.escaped(&text[half..]);
            }
            _ => self.escaped(text),
        }
    }

    /// What counts for nothing.
    fn aside(&mut self) {
        match self.way(4) {
            0 => self.out += "<!-- <a> & > -->",
            1 => self.out += "<?target > ?>",
            _ => {}
        }
    }

    fn node(&mut self, node: &Node) {
        let prefix = if self.way(3) == 0 { "p:" } else { "" };
        let name = format!("{prefix}{}", node.name);
        self.out += &format!("<{name}");
        if let Some(value) = &node.attribute {
            self.either([" xsi:type=\"", "\n\ttype = \""]);
            self.escaped(value);
            self.out.push('"');
        }
        if node.text.is_empty() && node.children.is_empty() && self.way(2) == 0 {
            self.either([" />", "/>"]);
            return;
        }
        self.out.push('>');
        self.text(&node.text);
        for child in &node.children {
            self.aside();
            self.node(child);
        }
        self.aside();
        self.out += &format!("</{name}");
        self.either([">", " >"]);
    }
}

fn write(node: &Node, ways: u64) -> String {
    let mut pen = Pen { out: String::new(), ways };
    pen.either(["\u{feff}", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"]);
    pen.aside();
    pen.node(node);
    pen.aside();
    pen.out
}

fn element<'a>(reader: &mut Reader<'a>, tag: Tag<'a>, leaf: &dyn Fn(&str) -> bool) -> Result<Node, DecodeError> {
    let mut node = Node {
        name: tag.name.to_owned(),
        attribute: tag.attribute("type").map(Into::into),
        text: String::new(),
        children: Vec::new(),
    };
    match leaf(tag.name) {
        true => node.text = reader.text(tag)?.into_owned(),
        false => reader.children(tag, |reader, tag| {
            node.children.push(element(reader, tag, leaf)?);
            Ok(())
        })?,
    }
    Ok(node)
}

fn read(text: &str, leaf: &dyn Fn(&str) -> bool) -> Result<Node, DecodeError> {
    let mut reader = Reader::new(text);
    let root = reader.root()?;
    let node = element(&mut reader, root, leaf)?;
    reader.end()?;
    Ok(node)
}

/// Leaves are told by their names.
fn named(mut node: Node) -> Node {
    node.name += if node.children.is_empty() { ".leaf" } else { ".node" };
    node.children = node.children.into_iter().map(named).collect();
    node
}

fn is_leaf(name: &str) -> bool {
    name.ends_with(".leaf")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_document_is_read_as_it_was_meant(tree in tree(), ways: u64) {
        let tree = named(tree);
        let text = write(&tree, ways);
        prop_assert_eq!(read(&text, &is_leaf).map_err(|error| error.to_string()), Ok(tree), "{}", text);
    }

    /// Without its end, wherever that begins, a document is none.
    #[test]
    fn a_document_that_is_cut_is_none(tree in tree(), ways: u64, at: usize) {
        let tree = named(tree);
        let text = write(&tree, ways);
        // Behind the root there is nothing that has to be there.
        let end = text.rfind("</").unwrap_or(0).max(text.rfind("/>").unwrap_or(0));
        let cut: String = text.chars().take(at % text[..end].chars().count().max(1)).collect();
        prop_assert!(read(&cut, &is_leaf).is_err(), "{}", cut);
    }

    /// Pieces of markup in any order: an answer, and the same one for who passes over it.
    #[test]
    fn any_document(pieces in vec(select(vec![
        "<a>", "</a>", "<a/>", "<b x='1'>", "</b>", "<b x=\"<\"/>", "<", ">", "&", "&lt;", "&#x0;", "&#xD800;", "&#99999999999;", "]]>",
        "<![CDATA[", "<!--", "-->", "<?", "?>", "<!DOCTYPE a>", "x", " ", "\r", "é", "</", "/>", "=", "\"", "<a x=1>", "<1>", "<a\u{a0}b/>",
    ]), 0..14)) {
        let text = pieces.concat();
        let all = read(&text, &|_| false).map(drop);
        let mut reader = Reader::new(&text);
        let skipped = reader.root().and_then(|tag| reader.skip(tag)).and_then(|()| reader.end());
        prop_assert_eq!(all.is_ok(), skipped.is_ok(), "{}", text);
        if all.is_ok() && !["<!--", "<![CDATA[", "<?"].iter().any(|hides| text.contains(hides)) {
            prop_assert!(!text.contains("DOCTYPE"), "{}", text);
            prop_assert_eq!(text.matches("<a>").count(), text.matches("</a>").count(), "{}", text);
        }
    }
}
