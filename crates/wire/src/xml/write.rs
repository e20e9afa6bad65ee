//! Appends XML to a buffer: elements by name, and shapes by their schema.

use crate::{Flags, Location, Member, Shape, TimeFormat, Ty, View, json::float_text};
use data_encoding::BASE64;

/// Which of a member's names are the elements'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// [`Member::query`]: answers of the Query protocol.
    Query,
    /// [`Member::wire`]: EC2 and REST-XML.
    Wire,
}

/// How a protocol or service spells its XML.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    pub names: Names,
    /// EC2 and S3 write instants with milliseconds even where they are zero: `2026-01-31T12:00:00.000Z`.
    pub millis: bool,
    /// Only members in the body, not those in headers; outside of REST there are no others.
    pub rest: bool,
}

pub struct Writer {
    out: Vec<u8>,
    dialect: Dialect,
}

/// Bytes that text may not hold as they are.
static MAY_ESCAPE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = byte != b'\t' as usize && byte != b'\n' as usize;
        byte += 1;
    }
    let (mut at, others) = (0, [b'&', b'<', b'>', b'"', 0xef]);
    while at < others.len() {
        table[others[at] as usize] = true;
        at += 1;
    }
    table
};

type Namespace = Option<(&'static str, &'static str)>;

impl Writer {
    pub fn new(dialect: Dialect) -> Writer {
        Writer { out: Vec::with_capacity(512), dialect }
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Markup, or text that needs no escapes.
    pub fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// `<name xmlns="uri">`
    pub fn open(&mut self, name: &str, namespace: Option<&str>) {
        self.raw("<");
        self.raw(name);
        self.namespace("", namespace.unwrap_or_default());
        self.raw(">");
    }

    pub fn close(&mut self, name: &str) {
        self.raw("</");
        self.raw(name);
        self.raw(">");
    }

    /// `<name>text</name>`
    pub fn leaf(&mut self, name: &str, text: &str) {
        self.open(name, None);
        self.escaped(text);
        self.close(name);
    }

    fn namespace(&mut self, prefix: &str, uri: &str) {
        if uri.is_empty() {
            return;
        }
        self.raw(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
        self.raw(prefix);
        self.raw("=\"");
        self.escaped(uri);
        self.raw("\"");
    }

    /// Text or an attribute's value. Characters that XML 1.0 cannot hold become U+FFFD: as references, which is what
    /// S3 makes of them, clients' parsers refuse the whole answer.
    pub fn escaped(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut clean_from = 0;
        for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| MAY_ESCAPE[**byte as usize]) {
            let (escape, length) = match byte {
                b'&' => ("&amp;", 1),
                b'<' => ("&lt;", 1),
                b'>' => ("&gt;", 1),
                // S3 escapes the quotes of ETags in text, too.
                b'"' => ("&quot;", 1),
                // Parsers turn a bare one into a line feed.
                b'\r' => ("&#xD;", 1),
                0..0x20 => ("\u{fffd}", 1),
                // U+FFFE and U+FFFF.
                0xef if matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])) => ("\u{fffd}", 3),
                _ => continue,
            };
            self.out.extend_from_slice(&bytes[clean_from..at]);
            self.raw(escape);
            clean_from = at + length;
        }
        self.out.extend_from_slice(&bytes[clean_from..]);
    }

    /// A shape as an element of this name.
    pub fn shape(&mut self, name: &str, namespace: Namespace, shape: &dyn Shape) {
        let schema = shape.schema();
        self.raw("<");
        self.raw(name);
        if let Some((prefix, uri)) = namespace.or(schema.xml_namespace) {
            self.namespace(prefix, uri);
        }
        for (index, member) in schema.members.iter().enumerate().filter(|(_, member)| member.has(Flags::ATTRIBUTE)) {
            let view = shape.get(index);
            if !matches!(view, View::Unset) {
                self.raw(" ");
                self.raw(member.wire);
                self.raw("=\"");
                self.scalar(member.ty, &view);
                self.raw("\"");
            }
        }
        self.raw(">");
        let content = self.out.len();
        self.members(shape);
        self.close_from(name, content);
    }

    /// The members of a shape, without an element around them.
    pub fn members(&mut self, shape: &dyn Shape) {
        self.members_except(shape, |_| false);
    }

    pub fn members_except(&mut self, shape: &dyn Shape, except: impl Fn(&Member) -> bool) {
        for (index, member) in shape.schema().members.iter().enumerate() {
            let elsewhere = self.dialect.rest && member.location != Location::Body;
            if elsewhere || member.has(Flags::ATTRIBUTE) || except(member) {
                continue;
            }
            let view = shape.get(index);
            if !matches!(view, View::Unset) {
                self.member(member, &view);
            }
        }
    }

    fn member(&mut self, member: &'static Member, view: &View) {
        let name = match self.dialect.names {
            Names::Query => member.query,
            Names::Wire => member.wire,
        };
        match (view, member.ty) {
            (View::List(list), Ty::List(ty)) if member.has(Flags::FLAT) => {
                for index in 0..list.len() {
                    self.element(name, member.xml_namespace, ty.item, &list.at(index));
                }
            }
            (View::Map(map), Ty::Map(_)) if member.has(Flags::FLAT) => {
                for index in 0..map.len() {
                    self.open_with(name, member.xml_namespace);
                    self.entry(member.ty, map.at(index));
                    self.close(name);
                }
            }
            _ => self.element(name, member.xml_namespace, member.ty, view),
        }
    }

    fn element(&mut self, name: &str, namespace: Namespace, ty: &'static Ty, view: &View) {
        match (view, ty) {
            (View::Shape(shape), _) => self.shape(name, namespace, *shape),
            (View::List(list), Ty::List(ty)) => {
                self.open_with(name, namespace);
                let content = self.out.len();
                for index in 0..list.len() {
                    self.element(ty.item_name, None, ty.item, &list.at(index));
                }
                self.close_from(name, content);
            }
            (View::Map(map), Ty::Map(_)) => {
                self.open_with(name, namespace);
                let content = self.out.len();
                for index in 0..map.len() {
                    self.raw("<entry>");
                    self.entry(ty, map.at(index));
                    self.raw("</entry>");
                }
                self.close_from(name, content);
            }
            (View::Unset | View::Body(_) | View::Events | View::List(_) | View::Map(_), _) => {}
            _ => {
                self.open_with(name, namespace);
                self.scalar(ty, view);
                self.close(name);
            }
        }
    }

    fn entry(&mut self, ty: &'static Ty, (key, value): (&str, View)) {
        if let Ty::Map(ty) = ty {
            self.leaf(ty.key_name, key);
            self.element(ty.value_name, None, ty.value, &value);
        }
    }

    fn open_with(&mut self, name: &str, namespace: Namespace) {
        self.raw("<");
        self.raw(name);
        if let Some((prefix, uri)) = namespace {
            self.namespace(prefix, uri);
        }
        self.raw(">");
    }

    /// Closes an element; `<name></name>` becomes `<name/>`, as AWS writes empty lists and structures.
    fn close_from(&mut self, name: &str, content: usize) {
        if self.out.len() == content {
            self.out.pop();
            self.raw("/>");
        } else {
            self.close(name);
        }
    }

    /// A document whose root element holds a scalar, or nothing.
    pub fn root_text(&mut self, member: &'static Member, namespace: Namespace, view: &View) {
        self.open_with(member.wire, namespace);
        let content = self.out.len();
        self.scalar(member.ty, view);
        self.close_from(member.wire, content);
    }

    /// A scalar as escaped text.
    pub fn scalar(&mut self, ty: &'static Ty, view: &View) {
        match view {
            View::Bool(value) => self.raw(if *value { "true" } else { "false" }),
            View::Int(value) => self.raw(itoa::Buffer::new().format(*value)),
            View::Float(value) => self.raw(&float_text(*value)),
            View::Str(value) => self.escaped(value),
            View::Blob(value) => self.raw(&BASE64.encode(value)),
            View::Time(value) => {
                let format = if let Ty::Time(Some(format)) = ty { *format } else { TimeFormat::Iso8601 };
                let text = value.format(format);
                match text.strip_suffix('Z') {
                    Some(whole) if self.dialect.millis && !whole.contains('.') => {
                        self.raw(whole);
                        self.raw(".000Z");
                    }
                    _ => self.raw(&text),
                }
            }
            View::Document(value) => self.escaped(&value.to_string()),
            _ => {}
        }
    }
}
