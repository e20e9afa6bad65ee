//! Constraints of the model, and the sentences for values that break them.

use crate::shapes::*;
use wire::*;

static NAME: Ty = Ty::Str(StrTy { min: 3, max: 5, pattern: Some("[a-z]+") });
static NAMES: Ty = Ty::List(ListTy { item: &NAME, item_name: "member", min: 0, max: 2 });
static RETURN_VALUES: Ty = Ty::Enum(&["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"]);
static NUMBER: Ty = Ty::Int { min: 1, max: 10 };
static SHORT: Ty = Ty::Blob { min: 1, max: 2 };
static ITEM: Ty = Ty::Shape(&ITEM_SCHEMA);
static ITEM_SCHEMA: Schema = schema("Item", &[flags(m("Keys", &NAMES), Flags::REQUIRED), m("ARN", &NAME)]);
crate::shape!(Item, ITEM_SCHEMA, { keys: Vec<String>, arn: Option<String> });
static ITEMS: Ty = list(&ITEM, "member");
static TABLES: Ty = map(&ITEM, "key", "value");
static KEYED: Ty =
    Ty::Map(MapTy { key: &NAME, value: &NAME, key_name: "key", value_name: "value", min: 0, max: u64::MAX });
static LIMITED_SCHEMA: Schema = schema(
    "Limited",
    &[
        m("TableName", &NAME),
        flags(m("Password", &NAME), Flags::SENSITIVE),
        m("Names", &NAMES),
        m("ReturnValues", &RETURN_VALUES),
        m("Number", &NUMBER),
        m("Data", &SHORT),
        m("Items", &ITEMS),
        m("RequestItems", &TABLES),
        m("Keyed", &KEYED),
    ],
);
crate::shape!(Limited, LIMITED_SCHEMA, {
    table_name: Option<String>,
    password: Option<String>,
    names: Option<Vec<String>>,
    return_values: Option<Kind>,
    number: Option<i64>,
    data: Option<Bytes>,
    items: Option<Vec<Item>>,
    request_items: Option<Dict<Item>>,
    keyed: Option<Dict<String>>,
});

fn coral(json: &str) -> String {
    let mut input = Limited::default();
    let mut violations = Vec::new();
    json::read_shape(json, &mut input, &mut violations).unwrap();
    let matches = |_: &'static str, text: &str| text.bytes().all(|b| b.is_ascii_lowercase());
    check(&input, Some(&matches), &mut violations);
    let (kind, message) = Style::Coral.sentence(Protocol::Json10, &violations);
    assert_eq!(kind.name, "ValidationException");
    message
}

#[test]
fn coral_sentences() {
    const LONG: &str = "Member must have length less than or equal to 5";
    const SHORT: &str = "Member must have length greater than or equal to 3";
    const PATTERN: &str = "Member must satisfy regular expression pattern: [a-z]+";
    let all = format!("[{LONG}, {SHORT}, {PATTERN}]");
    for (json, expected) in [
        (
            "{\"TableName\":\"a1\"}",
            format!(
                "2 validation errors detected: Value 'a1' at 'tableName' failed to satisfy constraint: {SHORT}; \
                 Value 'a1' at 'tableName' failed to satisfy constraint: {PATTERN}"
            ),
        ),
        (
            "{\"Password\":\"abcdef\"}",
            format!("1 validation error detected: Value at 'password' failed to satisfy constraint: {LONG}"),
        ),
        (
            "{\"Names\":[\"abc\",\"x\"]}",
            format!(
                "1 validation error detected: Value '[abc, x]' at 'names' failed to satisfy constraint: \
                 Member must satisfy constraint: {all}"
            ),
        ),
        (
            "{\"Names\":[\"abc\",\"abc\",\"abc\"]}",
            "1 validation error detected: Value '[abc, abc, abc]' at 'names' failed to satisfy constraint: \
             Member must have length less than or equal to 2"
                .to_owned(),
        ),
        (
            "{\"ReturnValues\":\"hi\"}",
            "1 validation error detected: Value 'hi' at 'returnValues' failed to satisfy constraint: \
             Member must satisfy enum value set: [ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
                .to_owned(),
        ),
        (
            "{\"Number\":11}",
            "1 validation error detected: Value '11' at 'number' failed to satisfy constraint: \
             Member must have value less than or equal to 10"
                .to_owned(),
        ),
        (
            "{\"Data\":\"\"}",
            "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'data' failed to \
             satisfy constraint: Member must have length greater than or equal to 1"
                .to_owned(),
        ),
        (
            "{\"Items\":[{\"Keys\":[]},{}],\"RequestItems\":{\"My.Table\":{}}}",
            "2 validation errors detected: Value null at 'items.2.member.keys' failed to satisfy constraint: \
             Member must not be null; Value null at 'requestItems.My.Table.member.keys' failed to satisfy constraint: \
             Member must not be null"
                .to_owned(),
        ),
        (
            "{\"RequestItems\":{\"T\":{\"Keys\":[],\"ARN\":\"x\"}}}",
            format!(
                "1 validation error detected: Value 'x' at 'requestItems.T.member.aRN' failed to satisfy constraint: \
                 {SHORT}"
            ),
        ),
        (
            "{\"Keyed\":{\"x\":\"abc\",\"abc\":\"y\"}}",
            format!(
                "2 validation errors detected: Value '{{x=abc, abc=y}}' at 'keyed' failed to satisfy constraint: \
                 Map keys must satisfy constraint: {all}; Value '{{x=abc, abc=y}}' at 'keyed' failed to satisfy \
                 constraint: Map value must satisfy constraint: {all}"
            ),
        ),
    ] {
        assert_eq!(coral(json), expected, "{json}");
    }
}

#[test]
fn the_services_own_sentences() {
    let missing = [Violation::new("QueueUrl", None, Constraint::Required)];
    let nested = [Violation::new("Entries.1.member.Id", None, Constraint::Required)];
    let large = [Violation::new("Number", Some("11".into()), Constraint::MaxValue(10))];
    for (style, protocol, violations, kind, message) in [
        (
            Style::Query,
            Protocol::Json10,
            &missing,
            "MissingParameter",
            "The request must contain the parameter QueueUrl.",
        ),
        (
            Style::Query,
            Protocol::Query,
            &nested,
            "MissingParameter",
            "The request must contain the parameter Entries.1.Id.",
        ),
        (Style::Query, Protocol::Ec2, &missing, "MissingParameter", "The request must contain the parameter QueueUrl"),
        (
            Style::Query,
            Protocol::Query,
            &large,
            "InvalidParameterValue",
            "Value 11 for parameter Number is invalid. Reason: Must have value less than or equal to 10.",
        ),
        (Style::Query, Protocol::Ec2, &large, "InvalidParameterValue", "Value (11) for parameter Number is invalid."),
        (
            Style::Coral,
            Protocol::Query,
            &missing,
            "ValidationError",
            "1 validation error detected: Value null at 'queueUrl' failed to satisfy constraint: Member must not be null",
        ),
        (
            Style::Rest,
            Protocol::RestXml,
            &nested,
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
        ),
        (Style::Rest, Protocol::RestJson, &missing, "BadRequestException", "Missing required parameter: queueUrl"),
    ] {
        let fault = style.fault(protocol, violations);
        assert_eq!((fault.kind().code, fault.message()), (kind, message));
    }
}

#[test]
fn hostile_inputs_do_not_fill_the_answer() {
    let items = format!("{{\"Items\":[{}{{}}]}}", "{},".repeat(100_000));
    assert!(coral(&items).starts_with("1000 validation errors detected"));
}
