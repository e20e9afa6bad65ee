//! Schemas: what the service model says of a structure, as static data.

/// A structure or union.
pub struct Schema {
    /// The shape's name in the model.
    pub name: &'static str,
    pub members: &'static [Member],
    /// Exactly one member is set.
    pub union: bool,
    /// The member that is the whole HTTP body, where one is.
    pub payload: Option<usize>,
    /// The XML root element (REST-XML bodies), where the model names one.
    pub xml_name: Option<&'static str>,
    /// The XML namespace of the element, where the model gives one: (prefix or "", URI).
    pub xml_namespace: Option<(&'static str, &'static str)>,
}

/// A member of a structure.
pub struct Member {
    /// The name in the model and in CBOR; paths in violations and the Rust field come from it.
    pub name: &'static str,
    /// The name in JSON, REST headers, query strings and labels, REST-XML and EC2 answers.
    pub wire: &'static str,
    /// The name in Query and EC2 requests and in Query answers.
    pub query: &'static str,
    pub location: Location,
    pub flags: Flags,
    pub ty: &'static Ty,
    /// As [`Schema::xml_namespace`], for this member's element.
    pub xml_namespace: Option<(&'static str, &'static str)>,
}

/// Where REST protocols put a member; the other protocols put everything into the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    Body,
    Header,
    /// A map whose entries are headers: `wire` is the prefix of their names.
    PrefixHeaders,
    /// A parameter of the query string; a map stands for any number of them.
    Query,
    /// A label of the path.
    Uri,
    /// The answer's HTTP status.
    Status,
}

/// Yes/no facts of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub u16);

impl Flags {
    pub const NONE: Flags = Flags(0);
    pub const REQUIRED: Flags = Flags(1);
    /// Printed as `***`.
    pub const SENSITIVE: Flags = Flags(2);
    /// A list or map without an enclosing element.
    pub const FLAT: Flags = Flags(4);
    /// An XML attribute of the enclosing element.
    pub const ATTRIBUTE: Flags = Flags(8);
    pub const IDEMPOTENCY_TOKEN: Flags = Flags(16);
    /// Also part of the host name.
    pub const HOST_LABEL: Flags = Flags(32);
    /// A JSON document in a string (base64 in headers).
    pub const JSON_VALUE: Flags = Flags(64);
    /// An event's payload member.
    pub const EVENT_PAYLOAD: Flags = Flags(128);
    /// An event's header member.
    pub const EVENT_HEADER: Flags = Flags(256);
    /// The root element of the answer itself, not an element within (Smithy's `s3UnwrappedXmlOutput`).
    pub const UNWRAPPED: Flags = Flags(512);

    pub const fn has(self, flag: Flags) -> bool {
        self.0 & flag.0 != 0
    }

    #[must_use]
    pub const fn and(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// A type. Lengths and values outside their bounds are violations, not decode errors.
pub enum Ty {
    Bool,
    /// Any integer: the value's inclusive bounds, as the model constrains them.
    Int {
        min: i64,
        max: i64,
    },
    Float,
    Str(StrTy),
    /// The values the model knows.
    Enum(&'static [&'static str]),
    /// Length bounds in bytes.
    Blob {
        min: u64,
        max: u64,
    },
    /// The format where the model fixes one; otherwise the protocol's default.
    Time(Option<TimeFormat>),
    List(ListTy),
    Map(MapTy),
    Shape(&'static Schema),
    /// Any JSON value.
    Document,
    /// A blob that is the body of the message and is not buffered.
    Body,
    /// A stream of events: one union value after the other.
    Events(&'static Schema),
}

pub struct StrTy {
    /// In Unicode characters.
    pub min: u64,
    pub max: u64,
    /// The model's regular expression, as written there (Java's dialect).
    pub pattern: Option<&'static str>,
}

pub struct ListTy {
    pub item: &'static Ty,
    /// The element of an item in XML and Query, if the list is not flat.
    pub item_name: &'static str,
    pub min: u64,
    pub max: u64,
}

pub struct MapTy {
    pub key: &'static Ty,
    pub value: &'static Ty,
    pub key_name: &'static str,
    pub value_name: &'static str,
    pub min: u64,
    pub max: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// Seconds since the epoch, with a fraction.
    Unix,
    /// `2026-01-31T12:00:00Z`
    Iso8601,
    /// `Sat, 31 Jan 2026 12:00:00 GMT`
    Rfc822,
}

impl Schema {
    /// The index of a member by its wire name. Members usually come in the schema's order: `hint` is where to look first.
    pub fn find(&self, wire: &str, hint: usize) -> Option<usize> {
        if self.members.get(hint).is_some_and(|member| member.wire == wire) {
            return Some(hint);
        }
        self.members.iter().position(|member| member.wire == wire)
    }

    /// The member's index by its name in the model.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|member| member.name == name)
    }
}

impl Schema {
    /// A structure without members; generated schemas say what differs from it.
    pub const EMPTY: Schema =
        Schema { name: "", members: &[], union: false, payload: None, xml_name: None, xml_namespace: None };
}

impl Member {
    pub fn has(&self, flag: Flags) -> bool {
        self.flags.has(flag)
    }

    /// A member of the body that has the same name everywhere.
    pub const fn new(name: &'static str, ty: &'static Ty) -> Member {
        let (location, flags) = (Location::Body, Flags::NONE);
        Member { name, wire: name, query: name, location, flags, ty, xml_namespace: None }
    }

    /// Another name on the wire.
    #[must_use]
    pub const fn wire(mut self, name: &'static str) -> Member {
        self.wire = name;
        self.query = name;
        self
    }

    /// Another name in Query and EC2 requests and in Query answers; said after [`Member::wire`].
    #[must_use]
    pub const fn query(mut self, name: &'static str) -> Member {
        self.query = name;
        self
    }

    #[must_use]
    pub const fn at(mut self, location: Location) -> Member {
        self.location = location;
        self
    }

    #[must_use]
    pub const fn with(mut self, flag: Flags) -> Member {
        self.flags = self.flags.and(flag);
        self
    }

    #[must_use]
    pub const fn xml_namespace(mut self, prefix: &'static str, uri: &'static str) -> Member {
        self.xml_namespace = Some((prefix, uri));
        self
    }
}

/// The types without constraints, for generated schemas.
pub mod ty {
    use super::{StrTy, TimeFormat, Ty};

    pub static BOOL: Ty = Ty::Bool;
    pub static INT: Ty = Ty::Int { min: i64::MIN, max: i64::MAX };
    pub static FLOAT: Ty = Ty::Float;
    pub static STRING: Ty = Ty::Str(StrTy { min: 0, max: u64::MAX, pattern: None });
    pub static BLOB: Ty = Ty::Blob { min: 0, max: u64::MAX };
    pub static TIME: Ty = Ty::Time(None);
    pub static UNIX_TIME: Ty = Ty::Time(Some(TimeFormat::Unix));
    pub static ISO_TIME: Ty = Ty::Time(Some(TimeFormat::Iso8601));
    pub static HTTP_TIME: Ty = Ty::Time(Some(TimeFormat::Rfc822));
    pub static DOCUMENT: Ty = Ty::Document;
    pub static BODY: Ty = Ty::Body;
}
