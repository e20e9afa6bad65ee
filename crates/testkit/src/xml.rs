//! XML laid out with one element a line.

/// An element, as much of it as an answer needs.
#[derive(Clone)]
pub struct Element {
    pub name: String,
    /// With the space before them.
    attributes: String,
    /// Unescaped not at all: as it stands.
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    /// `None` where the text is not well-formed.
    pub fn parse(text: &str) -> Option<Element> {
        let text = text.trim();
        let text = match text.strip_prefix("<?xml") {
            Some(rest) => rest.split_once("?>")?.1.trim_start(),
            None => text,
        };
        let (element, rest) = Element::read(text)?;
        rest.is_empty().then_some(element)
    }

    fn read(text: &str) -> Option<(Element, &str)> {
        let (tag, mut rest) = text.strip_prefix('<')?.split_once('>')?;
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, attributes) = tag.split_at(tag.find(' ').unwrap_or(tag.len()));
        let mut element =
            Element { name: name.into(), attributes: attributes.into(), text: String::new(), children: Vec::new() };
        if empty {
            return Some((element, rest));
        }
        let close = format!("</{name}>");
        loop {
            if let Some(rest) = rest.strip_prefix(&close) {
                return Some((element, rest));
            }
            if rest.starts_with('<') {
                let (child, after) = Element::read(rest)?;
                element.children.push(child);
                rest = after;
            } else {
                let (before, _) = rest.split_once('<')?;
                element.text.push_str(before);
                rest = &rest[before.len()..];
            }
        }
    }

    pub fn each_text(&mut self, change: &mut dyn FnMut(&str, &mut String)) {
        if self.children.is_empty() {
            change(&self.name, &mut self.text);
        }
        self.children.iter_mut().for_each(|child| child.each_text(change));
    }

    /// The text of the first element of this name.
    pub fn find(&self, name: &str) -> Option<&str> {
        match self.name == name {
            true => Some(&self.text),
            false => self.children.iter().find_map(|child| child.find(name)),
        }
    }

    pub fn lay_out(&self, indent: usize) -> String {
        let Element { name, attributes, text, children } = self;
        let pad = " ".repeat(indent);
        if children.is_empty() {
            return format!("{pad}<{name}{attributes}>{}</{name}>", crate::json::cut(text));
        }
        let inner: String = children.iter().map(|child| child.lay_out(indent + 2) + "\n").collect();
        format!("{pad}<{name}{attributes}>\n{inner}{pad}</{name}>")
    }
}
