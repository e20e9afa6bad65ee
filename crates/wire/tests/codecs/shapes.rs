//! Shapes with every kind of member, as generated code would have them.

use wire::*;

pub const fn m(name: &'static str, ty: &'static Ty) -> Member {
    Member { name, wire: name, query: name, location: Location::Body, flags: Flags::NONE, ty, xml_namespace: None }
}

pub const fn called(mut member: Member, wire: &'static str) -> Member {
    member.wire = wire;
    member
}

pub const fn query(mut member: Member, query: &'static str) -> Member {
    member.query = query;
    member
}

pub const fn at(mut member: Member, location: Location) -> Member {
    member.location = location;
    member
}

pub const fn flags(mut member: Member, flags: Flags) -> Member {
    member.flags = flags;
    member
}

pub const fn schema(name: &'static str, members: &'static [Member]) -> Schema {
    Schema { name, members, union: false, payload: None, xml_name: None, xml_namespace: None }
}

pub const fn list(item: &'static Ty, item_name: &'static str) -> Ty {
    Ty::List(ListTy { item, item_name, min: 0, max: u64::MAX })
}

pub const fn map(value: &'static Ty, key_name: &'static str, value_name: &'static str) -> Ty {
    Ty::Map(MapTy { key: &STR, value, key_name, value_name, min: 0, max: u64::MAX })
}

pub static STR: Ty = Ty::Str(StrTy { min: 0, max: u64::MAX, pattern: None });
pub static INT: Ty = Ty::Int { min: i64::MIN, max: i64::MAX };
pub static BOOL: Ty = Ty::Bool;
pub static FLOAT: Ty = Ty::Float;
pub static BLOB: Ty = Ty::Blob { min: 0, max: u64::MAX };
pub static TIME: Ty = Ty::Time(None);
pub static UNIX: Ty = Ty::Time(Some(TimeFormat::Unix));
pub static KINDS: Ty = Ty::Enum(&["fast", "slow"]);
pub static DOCUMENT: Ty = Ty::Document;
pub static BODY: Ty = Ty::Body;
pub static STRS: Ty = list(&STR, "member");
pub static INTS: Ty = list(&INT, "member");
pub static TIMES: Ty = list(&TIME, "member");
pub static TEXTS: Ty = map(&STR, "key", "value");
pub static LISTS: Ty = map(&STRS, "key", "value");

/// A structure: its fields are its members, in the schema's order.
#[macro_export]
macro_rules! shape {
    ($name:ident, $schema:expr, { $($field:ident: $type:ty),* $(,)? }) => {
        #[derive(Default)]
        pub struct $name { $(pub $field: $type),* }

        impl wire::Shape for $name {
            fn schema(&self) -> &'static wire::Schema { &$schema }
            #[allow(unused_mut, unused_variables, unused_assignments)]
            fn get(&self, member: usize) -> wire::View<'_> {
                let mut at = 0;
                $(if member == at { return wire::Field::view(&self.$field); } at += 1;)*
                wire::View::Unset
            }
            #[allow(unused_mut, unused_variables, unused_assignments)]
            fn edit_member(&mut self, member: usize) -> wire::Edit<'_> {
                let mut at = 0;
                $(if member == at { return wire::Field::edit(&mut self.$field); } at += 1;)*
                panic!("member {member} of {}", stringify!($name))
            }
        }
        impl wire::Field for $name {
            fn view(&self) -> wire::View<'_> { wire::View::Shape(self) }
            fn edit(&mut self) -> wire::Edit<'_> { wire::Edit::Shape(self) }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result { wire::print(self, f) }
        }
    };
}

/// A union.
#[macro_export]
macro_rules! union {
    ($name:ident, $schema:expr, { $($index:literal $variant:ident: $type:ty),* $(,)? }) => {
        #[derive(Default)]
        #[allow(dead_code)]
        pub enum $name { $($variant($type),)* Unknown(String), #[default] Unset }

        impl wire::Shape for $name {
            fn schema(&self) -> &'static wire::Schema { &$schema }
            fn get(&self, member: usize) -> wire::View<'_> {
                match (self, member) {
                    $(($name::$variant(value), $index) => wire::Field::view(value),)*
                    _ => wire::View::Unset,
                }
            }
            fn edit_member(&mut self, member: usize) -> wire::Edit<'_> {
                match member {
                    $($index => *self = $name::$variant(Default::default()),)*
                    _ => panic!("variant {member}"),
                }
                match self {
                    $($name::$variant(value) => wire::Field::edit(value),)*
                    _ => panic!("no variant"),
                }
            }
            fn set_unknown(&mut self, name: &str) { *self = $name::Unknown(name.to_owned()) }
        }
        impl wire::Field for $name {
            fn view(&self) -> wire::View<'_> { wire::View::Shape(self) }
            fn edit(&mut self) -> wire::Edit<'_> { wire::Edit::Shape(self) }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result { wire::print(self, f) }
        }
    };
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kind(pub String);

impl EnumValue for Kind {
    fn set(&mut self, value: &str) {
        self.0 = value.to_owned();
    }
}

impl Field for Kind {
    fn view(&self) -> View<'_> {
        View::Str(&self.0)
    }
    fn edit(&mut self) -> Edit<'_> {
        Edit::Enum(self)
    }
}

static CHILD: Ty = Ty::Shape(&NESTED_SCHEMA);
static CHILDREN: Ty = list(&CHILD, "item");
pub static NESTED_SCHEMA: Schema = schema(
    "Nested",
    &[
        flags(m("Name", &STR), Flags::REQUIRED),
        called(m("Child", &CHILD), "child"),
        called(m("Children", &CHILDREN), "childSet"),
    ],
);
shape!(Nested, NESTED_SCHEMA, { name: String, child: Option<Box<Nested>>, children: Option<Vec<Nested>> });

pub fn nested(name: &str) -> Nested {
    Nested { name: name.to_owned(), ..Nested::default() }
}

pub static CHOICE_SCHEMA: Schema =
    Schema { union: true, ..schema("Choice", &[m("Text", &STR), m("Number", &INT), m("Nested", &CHILD)]) };
union!(Choice, CHOICE_SCHEMA, { 0 Text: String, 1 Number: i64, 2 Nested: Nested });

static CHOICE: Ty = Ty::Shape(&CHOICE_SCHEMA);
static FLAT_MAP: Ty = map(&STR, "Name", "Value");
static NESTED_MAP: Ty = map(&CHILD, "key", "value");
pub static EVERYTHING_SCHEMA: Schema = schema(
    "Everything",
    &[
        m("Flag", &BOOL),
        called(m("Count", &INT), "count"),
        m("Big", &INT),
        m("Ratio", &FLOAT),
        m("Text", &STR),
        m("Kind", &KINDS),
        m("Data", &BLOB),
        m("When", &TIME),
        m("Epoch", &UNIX),
        m("Names", &STRS),
        flags(query(called(m("Flat", &STRS), "flat"), "FlatItem"), Flags::FLAT),
        m("Attributes", &TEXTS),
        flags(query(m("FlatMap", &FLAT_MAP), "Attribute"), Flags::FLAT),
        m("Inner", &CHILD),
        m("Items", &CHILDREN),
        m("Choice", &CHOICE),
        m("NestedMap", &NESTED_MAP),
    ],
);
shape!(Everything, EVERYTHING_SCHEMA, {
    flag: Option<bool>,
    count: Option<i32>,
    big: Option<i64>,
    ratio: Option<f64>,
    text: Option<String>,
    kind: Option<Kind>,
    data: Option<Bytes>,
    when: Option<Timestamp>,
    epoch: Option<Timestamp>,
    names: Option<Vec<String>>,
    flat: Option<Vec<String>>,
    attributes: Option<Dict<String>>,
    flat_map: Option<Dict<String>>,
    inner: Option<Nested>,
    items: Option<Vec<Nested>>,
    choice: Option<Choice>,
    nested_map: Option<Dict<Nested>>,
});

pub fn everything() -> Everything {
    Everything {
        flag: Some(true),
        count: Some(-7),
        big: Some(1 << 60),
        ratio: Some(0.25),
        text: Some("a <b> & \"c\"\r\n\u{1}ä".into()),
        kind: Some(Kind("fast".into())),
        data: Some(Bytes::from_static(b"\0\xff")),
        when: Some(Timestamp::from_millis(1_769_860_800_500)),
        epoch: Some(Timestamp::from_secs(1_769_860_800)),
        names: Some(vec!["a".into(), "b".into()]),
        flat: Some(vec!["x".into(), "y".into()]),
        attributes: Some(Dict::from_iter([("k", "v".to_owned()), ("l", "w".to_owned())])),
        flat_map: Some(Dict::from_iter([("K", "V".to_owned())])),
        inner: Some(Nested { child: Some(Box::new(nested("deep"))), ..nested("inner") }),
        items: Some(vec![nested("one"), Nested { children: Some(vec![nested("three")]), ..nested("two") }]),
        choice: Some(Choice::Number(5)),
        nested_map: Some(Dict::from_iter([("m", nested("n"))])),
    }
}

const REQUIRED: Flags = Flags::REQUIRED;

pub static HEADERS_SCHEMA: Schema = schema(
    "Headers",
    &[
        flags(at(m("Bucket", &STR), Location::Uri), REQUIRED),
        flags(at(m("Key", &STR), Location::Uri), REQUIRED),
        at(called(m("MaxKeys", &INT), "max-keys"), Location::Query),
        at(called(m("Tags", &STRS), "tag"), Location::Query),
        at(m("Others", &LISTS), Location::Query),
        at(called(m("Text", &STR), "X-Text"), Location::Header),
        at(called(m("Flag", &BOOL), "X-Flag"), Location::Header),
        at(called(m("When", &TIME), "X-When"), Location::Header),
        at(called(m("Strings", &STRS), "X-Strings"), Location::Header),
        at(called(m("Numbers", &INTS), "X-Numbers"), Location::Header),
        at(called(m("Times", &TIMES), "X-Times"), Location::Header),
        flags(at(called(m("Json", &STR), "X-Json"), Location::Header), Flags::JSON_VALUE),
        at(called(m("Meta", &TEXTS), "x-meta-"), Location::PrefixHeaders),
        at(m("Status", &INT), Location::Status),
    ],
);
shape!(Headers, HEADERS_SCHEMA, {
    bucket: String,
    key: String,
    max_keys: Option<i32>,
    tags: Option<Vec<String>>,
    others: Option<Dict<Vec<String>>>,
    text: Option<String>,
    flag: Option<bool>,
    when: Option<Timestamp>,
    strings: Option<Vec<String>>,
    numbers: Option<Vec<i64>>,
    times: Option<Vec<Timestamp>>,
    json: Option<String>,
    meta: Option<Dict<String>>,
    status: Option<i32>,
});

static GRANTEE_SCHEMA: Schema = Schema {
    xml_namespace: Some(("xsi", "http://www.w3.org/2001/XMLSchema-instance")),
    ..schema("Grantee", &[m("ID", &STR), flags(called(m("Type", &STR), "xsi:type"), Flags::ATTRIBUTE.and(REQUIRED))])
};
shape!(Grantee, GRANTEE_SCHEMA, { id: Option<String>, kind: String });
static GRANTEE: Ty = Ty::Shape(&GRANTEE_SCHEMA);
static GRANTS: Ty = list(&GRANTEE, "Grant");
static POLICY_SCHEMA: Schema = Schema {
    xml_name: Some("AccessPolicy"),
    ..schema("Policy", &[m("Grants", &GRANTS), flags(m("Owner", &STR), REQUIRED)])
};
shape!(Policy, POLICY_SCHEMA, { grants: Option<Vec<Grantee>>, owner: String });
static POLICY: Ty = Ty::Shape(&POLICY_SCHEMA);

/// A payload of each kind, under one name.
macro_rules! payload {
    ($name:ident, $schema:ident, $ty:expr, $rust:ty) => {
        pub static $schema: Schema = Schema {
            payload: Some(1),
            ..schema(
                stringify!($name),
                &[at(called(m("Id", &STR), "x-id"), Location::Header), flags(m("Payload", $ty), REQUIRED)],
            )
        };
        shape!($name, $schema, { id: Option<String>, payload: $rust });
    };
}
payload!(WithPolicy, WITH_POLICY, &POLICY, Option<Policy>);
payload!(WithBlob, WITH_BLOB, &BLOB, Option<Bytes>);
payload!(WithText, WITH_TEXT, &STR, Option<String>);
payload!(WithDocument, WITH_DOCUMENT, &DOCUMENT, Option<Json>);
payload!(WithBody, WITH_BODY, &BODY, Option<Body>);

pub static LOCATION_SCHEMA: Schema =
    schema("GetBucketLocationOutput", &[flags(m("LocationConstraint", &STR), Flags::UNWRAPPED)]);
shape!(BucketLocation, LOCATION_SCHEMA, { location_constraint: Option<String> });

static RECORDS_SCHEMA: Schema = schema(
    "RecordsEvent",
    &[
        flags(m("Payload", &BLOB), Flags::EVENT_PAYLOAD),
        flags(called(m("Number", &INT), "no"), Flags::EVENT_HEADER),
        flags(m("At", &TIME), Flags::EVENT_HEADER),
    ],
);
shape!(Records, RECORDS_SCHEMA, { payload: Option<Bytes>, number: Option<i64>, at: Option<Timestamp> });
static STATS_SCHEMA: Schema = schema("Stats", &[m("Total", &INT), m("Note", &STR)]);
shape!(Stats, STATS_SCHEMA, { total: Option<i64>, note: Option<String> });
static END_SCHEMA: Schema = schema("EndEvent", &[]);
shape!(End, END_SCHEMA, {});
static GONE: Ty = Ty::Shape(&crate::call::GONE_SCHEMA);
static RECORDS: Ty = Ty::Shape(&RECORDS_SCHEMA);
static STATS: Ty = Ty::Shape(&STATS_SCHEMA);
static END: Ty = Ty::Shape(&END_SCHEMA);
pub static UNION_SCHEMA: Schema = Schema {
    union: true,
    ..schema(
        "Stream",
        &[m("Records", &RECORDS), called(m("stats", &STATS), "other"), m("End", &END), m("thingGone", &GONE)],
    )
};
union!(Stream, UNION_SCHEMA, { 0 Records: Records, 1 Stats: Stats, 2 End: End, 3 Gone: crate::call::Gone });
static STREAM: Ty = Ty::Events(&UNION_SCHEMA);
pub static RPC_EVENTS_SCHEMA: Schema = schema("RpcEvents", &[m("Id", &STR), m("Stream", &STREAM)]);
shape!(RpcEvents, RPC_EVENTS_SCHEMA, { id: Option<String>, stream: Events<Stream> });
pub static REST_EVENTS_SCHEMA: Schema = Schema {
    payload: Some(1),
    ..schema("RestEvents", &[at(called(m("Id", &STR), "x-id"), Location::Header), m("Stream", &STREAM)])
};
shape!(RestEvents, REST_EVENTS_SCHEMA, { id: Option<String>, stream: Option<Events<Stream>> });
