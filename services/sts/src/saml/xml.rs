//! An XML document as a tree that knows its namespaces and how its names were written, which signatures depend on.
//!
//! Comments are left out, as canonical form leaves them out, and the text around one is one text. Document types, entities
//! of their own and processing instructions are refused: nothing that is signed here has them.

/// The most elements of a document, and how deep they nest.
const MAX_ELEMENTS: usize = 10_000;
const MAX_DEPTH: usize = 100;

/// An element by its number, in the order of the document; the root is 0.
pub type Id = usize;

pub struct Tree {
    pub elements: Vec<Element>,
}

pub struct Element {
    pub parent: Option<Id>,
    /// Empty where there is none.
    pub prefix: String,
    pub name: String,
    pub attributes: Vec<Attribute>,
    /// Prefix (empty for the default namespace) and URI.
    pub declarations: Vec<(String, String)>,
    pub children: Vec<Node>,
}

pub struct Attribute {
    pub prefix: String,
    pub name: String,
    pub value: String,
}

pub enum Node {
    Element(Id),
    Text(String),
}

impl Tree {
    /// `None` where the text is not well-formed, or has what is refused.
    pub fn parse(text: &str) -> Option<Tree> {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
        let mut parser = Parser { rest: text.trim_start(), tree: Tree { elements: Vec::new() } };
        if parser.rest.starts_with("<?xml ") {
            parser.rest = parser.rest.split_once("?>")?.1;
        }
        parser.misc()?;
        parser.element(None, 0)?;
        parser.misc()?;
        parser.rest.is_empty().then_some(())?;
        let tree = parser.tree;
        tree.is_bound().then_some(tree)
    }

    pub fn get(&self, id: Id) -> &Element {
        &self.elements[id]
    }

    /// What a prefix stands for at an element; the default namespace may stand for none.
    pub fn namespace(&self, id: Id, prefix: &str) -> Option<&str> {
        if prefix == "xml" {
            return Some("http://www.w3.org/XML/1998/namespace");
        }
        let mut at = Some(id);
        while let Some(id) = at {
            let element = self.get(id);
            if let Some((_, uri)) = element.declarations.iter().find(|(known, _)| known == prefix) {
                return Some(uri);
            }
            at = element.parent;
        }
        prefix.is_empty().then_some("")
    }

    pub fn is(&self, id: Id, namespace: &str, name: &str) -> bool {
        let element = self.get(id);
        element.name == name && self.namespace(id, &element.prefix) == Some(namespace)
    }

    /// An attribute without a prefix.
    pub fn attribute(&self, id: Id, name: &str) -> Option<&str> {
        let found = self.get(id).attributes.iter().find(|known| known.prefix.is_empty() && known.name == name)?;
        Some(&found.value)
    }

    /// The children of a name.
    pub fn children<'a>(&'a self, id: Id, namespace: &'a str, name: &'a str) -> impl Iterator<Item = Id> + 'a {
        let child = |node: &Node| match node {
            Node::Element(id) => Some(*id),
            Node::Text(_) => None,
        };
        self.get(id).children.iter().filter_map(child).filter(move |id| self.is(*id, namespace, name))
    }

    /// The one child of a name; `None` where there are more.
    pub fn child(&self, id: Id, namespace: &str, name: &str) -> Option<Id> {
        let mut found = self.children(id, namespace, name);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The text of an element that has nothing but text.
    pub fn text(&self, id: Id) -> Option<String> {
        let text = |node: &Node| match node {
            Node::Text(text) => Some(text.as_str().to_owned()),
            Node::Element(_) => None,
        };
        self.get(id).children.iter().map(text).collect::<Option<Vec<_>>>().map(|texts| texts.concat())
    }

    /// Whether every prefix stands for something, and no element has an attribute twice.
    fn is_bound(&self) -> bool {
        self.elements.iter().enumerate().all(|(id, element)| {
            let bound =
                |prefix: &str| self.namespace(id, prefix).is_some_and(|uri| prefix.is_empty() || !uri.is_empty());
            let mut names: Vec<(Option<&str>, &str)> = element
                .attributes
                .iter()
                .map(|a| ((!a.prefix.is_empty()).then(|| self.namespace(id, &a.prefix)).flatten(), a.name.as_str()))
                .collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            let mut declared: Vec<_> = element.declarations.iter().map(|(prefix, _)| prefix).collect();
            declared.sort_unstable();
            bound(&element.prefix)
                && element.attributes.iter().all(|a| a.prefix.is_empty() || bound(&a.prefix))
                && names.len() == count
                && declared.windows(2).all(|pair| pair[0] != pair[1])
        })
    }
}

struct Parser<'a> {
    rest: &'a str,
    tree: Tree,
}

impl<'a> Parser<'a> {
    /// White space and comments.
    fn misc(&mut self) -> Option<()> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n']);
            match self.rest.strip_prefix("<!--") {
                Some(rest) => self.rest = rest.split_once("-->")?.1,
                None => return Some(()),
            }
        }
    }

    fn eat(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(token)?;
        Some(())
    }

    /// Prefix and name.
    fn name(&mut self) -> Option<(String, String)> {
        let end = self.rest.find(|c: char| c.is_ascii_whitespace() || "=/><\"'&".contains(c))?;
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        let (prefix, name) = name.split_once(':').unwrap_or(("", name));
        let starts = |c: char| c.is_alphabetic() || c == '_';
        let valid = |part: &str| part.starts_with(starts) && !part.contains(':');
        (valid(name) && (prefix.is_empty() || valid(prefix))).then(|| (prefix.to_owned(), name.to_owned()))
    }

    fn space(&mut self) -> bool {
        let before = self.rest.len();
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n']);
        self.rest.len() != before
    }

    fn element(&mut self, parent: Option<Id>, depth: usize) -> Option<Id> {
        if depth > MAX_DEPTH || self.tree.elements.len() >= MAX_ELEMENTS {
            return None;
        }
        self.eat("<")?;
        let (prefix, name) = self.name()?;
        let id = self.tree.elements.len();
        let mut element =
            Element { parent, prefix, name, attributes: Vec::new(), declarations: Vec::new(), children: Vec::new() };
        let open = loop {
            let spaced = self.space();
            if self.eat("/>").is_some() {
                break false;
            }
            if self.eat(">").is_some() {
                break true;
            }
            if !spaced {
                return None;
            }
            let (prefix, name) = self.name()?;
            self.space();
            self.eat("=")?;
            self.space();
            let value = self.value()?;
            match (prefix.as_str(), name.as_str()) {
                ("", "xmlns") => element.declarations.push((String::new(), value)),
                ("xmlns", "xml" | "xmlns") => return None,
                ("xmlns", _) => element.declarations.push((name, value)),
                _ => element.attributes.push(Attribute { prefix, name, value }),
            }
        };
        let close = match element.prefix.is_empty() {
            true => format!("</{}", element.name),
            false => format!("</{}:{}", element.prefix, element.name),
        };
        self.tree.elements.push(element);
        if open {
            self.content(id, depth)?;
            self.eat(&close)?;
            self.space();
            self.eat(">")?;
        }
        Some(id)
    }

    fn content(&mut self, id: Id, depth: usize) -> Option<()> {
        let mut text = String::new();
        loop {
            let end = self.rest.find('<')?;
            text.push_str(&unescape(&self.rest[..end])?);
            self.rest = &self.rest[end..];
            if let Some(rest) = self.rest.strip_prefix("<!--") {
                self.rest = rest.split_once("-->")?.1;
            } else if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
                let (data, rest) = rest.split_once("]]>")?;
                text.push_str(data);
                self.rest = rest;
            } else {
                if !text.is_empty() {
                    self.tree.elements[id].children.push(Node::Text(std::mem::take(&mut text)));
                }
                if self.rest.starts_with("</") {
                    return Some(());
                }
                let child = self.element(Some(id), depth + 1)?;
                self.tree.elements[id].children.push(Node::Element(child));
            }
        }
    }

    /// An attribute's value, whose white space is spaces.
    fn value(&mut self) -> Option<String> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = self.rest[1..].split_once(quote)?;
        self.rest = rest;
        if value.contains('<') {
            return None;
        }
        unescape(&value.replace(['\t', '\n'], " "))
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (entity, after) = after.split_once(';')?;
        out.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = entity.strip_prefix('#')?;
                let code = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code).filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r'))?
            }
        });
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}
