//! Parameters older than expressions: what they amount to, and what AWS says of them.
#![allow(clippy::unwrap_used)]

#[path = "dynamodb/notation.rs"]
#[allow(dead_code)] // the universe is for expressions
mod notation;

use lang::dynamodb::{
    AttributeAction, AttributeUpdate, ComparisonOperator, Condition, ConditionalOperator, Error, Expected,
    KeyCondition, LegacyCondition, Update, Value, check_not_mixed,
};
use notation::{item, show_item, value};

fn list(text: &str) -> Vec<Value> {
    match value(text) {
        Value::L(list) => list,
        other => panic!("no list: {other}"),
    }
}

fn operator(name: &str) -> ComparisonOperator {
    let operator = ComparisonOperator::parse(name).unwrap();
    assert_eq!(operator.name(), name);
    operator
}

/// Without what most of them begin with.
fn sentence(error: &Error) -> String {
    error.message().trim_start_matches("One or more parameter values were invalid: ").to_owned()
}

#[test]
fn comparisons() {
    let row = item(r#"{"a":"abc","n":5,"ss":{"$SS":["x"]},"l":["x",1],"bin":{"$B":"AAE="},"yes":true,"x.y":1}"#);
    for (name, comparison, values, wanted) in [
        ("a", "EQ", r#"["abc"]"#, "true"),
        ("a", "NE", r#"["abc"]"#, "false"),
        ("q", "NE", r#"["abc"]"#, "true"),
        ("q", "EQ", r#"["abc"]"#, "false"),
        ("yes", "EQ", "[true]", "true"),
        ("l", "EQ", r#"[["x",1]]"#, "true"),
        ("n", "LE", "[5]", "true"),
        ("n", "LT", "[5]", "false"),
        ("n", "GE", "[5]", "true"),
        ("n", "GT", "[4]", "true"),
        ("n", "GT", r#"["4"]"#, "false"),
        ("n", "BETWEEN", "[1,5]", "true"),
        ("n", "IN", "[1,5]", "true"),
        ("n", "IN", "[1]", "false"),
        ("n", "NULL", "[]", "false"),
        ("q", "NULL", "[]", "true"),
        ("n", "NOT_NULL", "[]", "true"),
        ("a", "CONTAINS", r#"["bc"]"#, "true"),
        ("ss", "CONTAINS", r#"["x"]"#, "true"),
        ("l", "NOT_CONTAINS", r#"["x"]"#, "false"),
        ("l", "NOT_CONTAINS", "[2]", "true"),
        ("q", "NOT_CONTAINS", "[2]", "false"),
        ("a", "BEGINS_WITH", r#"["ab"]"#, "true"),
        ("x.y", "EQ", "[1]", "true"),
        ("n", "EQ", "[]", "Invalid number of argument(s) for the EQ ComparisonOperator"),
        ("n", "IN", "[]", "Invalid number of argument(s) for the IN ComparisonOperator"),
        ("n", "BETWEEN", "[1]", "Invalid number of argument(s) for the BETWEEN ComparisonOperator"),
        ("n", "NULL", "[1]", "Invalid number of argument(s) for the NULL ComparisonOperator"),
        ("n", "IN", r#"[1,"1"]"#, "AttributeValues inside AttributeValueList must be of same type"),
        ("n", "BETWEEN", "[{},{}]", "ComparisonOperator BETWEEN is not valid for M AttributeValue type"),
        ("n", "LT", "[[]]", "ComparisonOperator LT is not valid for L AttributeValue type"),
        ("n", "GE", r#"[{"$SS":["x"]}]"#, "ComparisonOperator GE is not valid for SS AttributeValue type"),
        ("n", "BEGINS_WITH", "[1]", "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"),
        ("n", "CONTAINS", r#"[{"$NS":[1]}]"#, "ComparisonOperator CONTAINS is not valid for NS AttributeValue type"),
        (
            "n",
            "BETWEEN",
            "[2,1]",
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
        ),
    ] {
        let values = list(values);
        let filter = [LegacyCondition { name, operator: operator(comparison), values: &values }];
        let found = match Condition::of_filter(&filter, None) {
            Ok(condition) => condition.unwrap().holds(Some(&row)).to_string(),
            Err(error) => sentence(&error),
        };
        assert_eq!(found, wanted, "{name} {comparison}");
    }
}

#[test]
fn several_conditions() {
    let row = item(r#"{"a":"x","b":"y"}"#);
    let (x, z) = (list(r#"["x"]"#), list(r#"["z"]"#));
    let on = |name, values| LegacyCondition { name, operator: ComparisonOperator::Eq, values };
    let both = [on("a", &x), on("b", &z)];
    let holds = |operator| Condition::of_filter(&both, operator).unwrap().unwrap().holds(Some(&row));
    assert!(!holds(None));
    assert!(!holds(ConditionalOperator::parse("AND")));
    assert!(holds(ConditionalOperator::parse("OR")));
    assert!(ConditionalOperator::parse("XOR").is_none());
    assert_eq!(Condition::of_filter(&[], None), Ok(None));
    assert_eq!(
        sentence(&Condition::of_filter(&both[..1], Some(ConditionalOperator::And)).unwrap_err()),
        "ConditionalOperator can only be used when Filter or Expected has two or more elements"
    );
    assert_eq!(
        sentence(&ConditionalOperator::check(None).unwrap_err()),
        "ConditionalOperator cannot be used without Filter or Expected"
    );
    assert_eq!(
        sentence(&Condition::check_query_filter(&both, &["b"]).unwrap_err()),
        "QueryFilter can only contain non-primary key attributes: Primary key attribute: b"
    );
}

#[test]
fn expected() {
    let row = item(r#"{"a":"x"}"#);
    let (x, y, list) = (value("\"x\""), value("\"y\""), list(r#"["x"]"#));
    let (eq, null) = (Some(ComparisonOperator::Eq), Some(ComparisonOperator::Null));
    let a = Expected { name: "a", ..Expected::default() };
    for (entry, wanted) in [
        (Expected { value: Some(&x), ..a }, "true"),
        (Expected { value: Some(&y), ..a }, "false"),
        (Expected { value: Some(&x), exists: Some(true), ..a }, "true"),
        (Expected { exists: Some(false), ..a }, "false"),
        (Expected { value: Some(&x), operator: eq, ..a }, "true"),
        (Expected { values: Some(&list), operator: eq, ..a }, "true"),
        (Expected { operator: null, ..a }, "false"),
        (a, "Value must be provided when Exists is null for Attribute: a"),
        (Expected { exists: Some(true), ..a }, "Value must be provided when Exists is true for Attribute: a"),
        (
            Expected { exists: Some(false), value: Some(&x), ..a },
            "Value cannot be used when Exists is false for Attribute: a",
        ),
        (
            Expected { exists: Some(true), operator: eq, values: Some(&list), ..a },
            "Exists and ComparisonOperator cannot be used together for Attribute: a",
        ),
        (
            Expected { value: Some(&x), values: Some(&list), ..a },
            "Value and AttributeValueList cannot be used together for Attribute: a",
        ),
        (
            Expected { values: Some(&list), ..a },
            "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
        ),
        (
            Expected { operator: eq, ..a },
            "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
        ),
        (
            Expected { operator: null, value: Some(&x), ..a },
            "Invalid number of argument(s) for the NULL ComparisonOperator",
        ),
    ] {
        let found = match Condition::of_expected(&[entry], None) {
            Ok(condition) => condition.unwrap().holds(Some(&row)).to_string(),
            Err(error) => sentence(&error),
        };
        assert_eq!(found, wanted, "{entry:?}");
    }
}

#[test]
fn attribute_updates() {
    let row = item(r#"{"a":"x","n":5,"ss":{"$SS":["x","y"]},"l":[1]}"#);
    for (name, action, with, wanted) in [
        ("a", "PUT", "1", r#"{"a":1,"l":[1],"n":5,"ss":{"$SS":["x","y"]}}"#),
        ("q", "ADD", "2", r#"{"a":"x","l":[1],"n":5,"q":2,"ss":{"$SS":["x","y"]}}"#),
        ("n", "ADD", "2", r#"{"a":"x","l":[1],"n":7,"ss":{"$SS":["x","y"]}}"#),
        ("l", "ADD", "[2]", r#"{"a":"x","l":[1,2],"n":5,"ss":{"$SS":["x","y"]}}"#),
        ("ss", "DELETE", r#"{"$SS":["x"]}"#, r#"{"a":"x","l":[1],"n":5,"ss":{"$SS":["y"]}}"#),
        ("ss", "DELETE", "", r#"{"a":"x","l":[1],"n":5}"#),
        ("q", "DELETE", "", r#"{"a":"x","l":[1],"n":5,"ss":{"$SS":["x","y"]}}"#),
        ("a", "PUT", "", "Only DELETE action is allowed when no attribute value is specified"),
        ("a", "ADD", "", "Only DELETE action is allowed when no attribute value is specified"),
        ("a", "ADD", "\"x\"", "ADD action is not supported for the type S"),
        ("a", "DELETE", "\"x\"", "DELETE action with value is not supported for the type S"),
        ("a", "ADD", "1", "Type mismatch for attribute to update"),
        ("n", "DELETE", r#"{"$SS":["x"]}"#, "Type mismatch for attribute to update"),
    ] {
        let with = (!with.is_empty()).then(|| value(with));
        let action = AttributeAction::parse(action).unwrap();
        let update = Update::of_attributes(&[AttributeUpdate { name, action, value: with.as_ref() }]);
        let found = match update.as_ref().map_err(Error::clone).and_then(|update| update.apply(&row)) {
            Ok(updated) => show_item(&updated.item),
            Err(error) => sentence(&error),
        };
        assert_eq!(found, wanted, "{action:?} {name}");
    }
}

#[test]
fn key_conditions() {
    let (x, pair) = (list(r#"["x"]"#), list(r#"["x","y"]"#));
    let on = |name, operator, values| LegacyCondition { name, operator, values };
    use ComparisonOperator as Op;
    let condition = KeyCondition::of_conditions(&[on("pk", Op::Eq, &x), on("sk", Op::Between, &pair)]).unwrap();
    assert_eq!(condition.print().text, "#n0 = :v0 AND #n1 BETWEEN :v1 AND :v2");
    let refused = |conditions: &[LegacyCondition]| sentence(&KeyCondition::of_conditions(conditions).unwrap_err());
    let operation = "Attempted conditional constraint is not an indexable operation";
    for (operator, values) in [(Op::Ne, x.as_slice()), (Op::In, &x), (Op::Contains, &x), (Op::Null, &[])] {
        assert_eq!(refused(&[on("pk", Op::Eq, &x), on("sk", operator, values)]), operation);
    }
    assert_eq!(refused(&[]), "Conditions can be of length 1 or 2 only");
    assert_eq!(refused(&[on("a", Op::Eq, &x); 3]), "Conditions can be of length 1 or 2 only");
    assert_eq!(refused(&[on("a", Op::Eq, &pair)]), "Invalid number of argument(s) for the EQ ComparisonOperator");
}

#[test]
fn not_with_expressions() {
    assert!(check_not_mixed(&["Expected"], &[]).is_ok() && check_not_mixed(&[], &["UpdateExpression"]).is_ok());
    assert_eq!(
        sentence(&check_not_mixed(&["AttributeUpdates"], &["UpdateExpression"]).unwrap_err()),
        "Can not use both expression and non-expression parameters in the same request: \
         Non-expression parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}"
    );
}
