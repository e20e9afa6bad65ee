//! DynamoDB's values and expressions as tables, `tests/dynamodb/*.txt`, one case a line; and what a table says worse.
#![allow(clippy::unwrap_used)]

#[path = "dynamodb/notation.rs"]
mod notation;

use lang::dynamodb::{
    Condition, Error, KeyCondition, KeyRange, KeySchema, KeyTest, MAX_EXPRESSION_BYTES, Map, Number, Projection, Stage,
    Substitutions, Type, Update, Value,
};
use notation::{Universe, cases, item, show_item, value};

fn compare(what: &str, wrong: &mut Vec<String>, found: String, wanted: &str) {
    if found != wanted {
        wrong.push(format!("{what}\n   has {found}\nwanted {wanted}"));
    }
}

#[test]
fn sentences() {
    let universe = Universe::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (what, wanted) in cases(include_str!("dynamodb/sentences.txt")) {
        let (parameter, expression) = what.split_once(": ").unwrap_or((what.trim_end_matches(':'), ""));
        let substitutions = &mut universe.substitutions();
        let (name, result) = match parameter {
            "condition" => ("ConditionExpression", Condition::parse(expression, substitutions).map(drop)),
            "filter" => ("FilterExpression", Condition::parse_filter(expression, substitutions).map(drop)),
            "key" => ("KeyConditionExpression", KeyCondition::parse(expression, substitutions).map(drop)),
            "projection" => ("ProjectionExpression", Projection::parse(expression, substitutions).map(drop)),
            "update" => ("UpdateExpression", Update::parse(expression, substitutions).map(drop)),
            other => panic!("no parameter {other}"),
        };
        let found = match result {
            Ok(()) => "ok".to_owned(),
            Err(error) => {
                assert_eq!(error.stage(), Stage::Request);
                let prefix = format!("Invalid {name}: ");
                error.message().strip_prefix(&prefix).unwrap_or_else(|| panic!("{error}")).to_owned()
            }
        };
        compare(what, &mut wrong, found, wanted);
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 150, "{count}");
}

#[test]
fn conditions() {
    let universe = Universe::new();
    let row = item(
        r#"{"a":"x","n":5,"big":123456789012345678901234567890,"bin":{"$B":"AAE="},"ss":{"$SS":["x","z"]},
        "ns":{"$NS":[1,2.50]},"bs":{"$BS":["AAE="]},"l":["x",1,{"k":"v"}],"m":{"k":1,"deep":{"l":[true]},"dot.ted":1},
        "yes":true,"nil":null,"emoji":"a🎬","blank":""}"#,
    );
    let mut wrong = Vec::new();
    for (text, wanted) in cases(include_str!("dynamodb/conditions.txt")) {
        let condition = Condition::parse(text, &mut universe.substitutions());
        let condition = condition.unwrap_or_else(|error| panic!("{text}: {error}"));
        compare(text, &mut wrong, condition.holds(Some(&row)).to_string(), wanted);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let absent =
        Condition::parse("attribute_not_exists(pk) AND a <> :s", &mut universe.substitutions()).unwrap().holds(None);
    assert!(absent);
}

#[test]
fn updates() {
    let universe = Universe::new();
    let row = item(
        r#"{"a":"x","n":5,"ss":{"$SS":["x","z"]},"one":{"$SS":["x"]},"ns":{"$NS":[1]},"l":["p","q","r"],
        "m":{"k":1,"deep":{"l":[1,2]}}}"#,
    );
    let mut wrong = Vec::new();
    for (text, wanted) in cases(include_str!("dynamodb/updates.txt")) {
        let update = Update::parse(text, &mut universe.substitutions());
        let update = update.unwrap_or_else(|error| panic!("{text}: {error}"));
        let found = match update.apply(&row) {
            Ok(updated) => {
                let (old, new) = (updated.old_attributes(&row), updated.new_attributes());
                format!("{} -> {}", show_item(&old), show_item(&new))
            }
            Err(error) => {
                assert_eq!(error.stage(), Stage::Item);
                format!("! {error}")
            }
        };
        compare(text, &mut wrong, found, wanted);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let update = |text| Update::parse(text, &mut universe.substitutions()).unwrap().apply(&row).unwrap().item;
    let left = update("REMOVE l[0], l[2], ss, m.deep, one, ns, n SET l[7] = :s");
    assert_eq!(show_item(&left), r#"{"a":"x","l":["q","x"],"m":{"k":1}}"#);
    let emptied = update("DELETE one :ss REMOVE m, l, ns, ss, n, a");
    assert_eq!(show_item(&emptied), "{}");
}

#[test]
fn keys_are_not_updated() {
    let universe = Universe::new();
    let update = Update::parse("SET a = :s, #sk = :s", &mut universe.substitutions()).unwrap();
    let error = update.check_keys(&["pk", "sk"]).unwrap_err();
    assert_eq!(
        error.message(),
        "One or more parameter values were invalid: Cannot update attribute sk. This attribute is part of the key"
    );
    assert!(update.check_keys(&["pk"]).is_ok());
}

#[test]
fn projections() {
    let universe = Universe::new();
    let row = item(r#"{"a":"x","l":[1,[2,3],{"k":4,"j":5}],"m":{"k":1,"j":{"i":2,"h":3}},"x.y":7}"#);
    for (text, wanted) in [
        ("a", r#"{"a":"x"}"#),
        ("a, q", r#"{"a":"x"}"#),
        ("q, a.b, l.k, m.q", "{}"),
        ("l[2], l[0]", r#"{"l":[1,{"j":5,"k":4}]}"#),
        ("l[2].k, l[1][1], l[9]", r#"{"l":[[3],{"k":4}]}"#),
        ("m.j.h, m.k", r#"{"m":{"j":{"h":3},"k":1}}"#),
        ("#dot", r#"{"x.y":7}"#),
    ] {
        let projection = Projection::parse(text, &mut universe.substitutions()).unwrap();
        assert_eq!(show_item(&projection.project(&row)), wanted, "{text}");
    }
    let names = Projection::of_attributes(["x.y", "a"]).unwrap();
    assert_eq!(show_item(&names.project(&row)), r#"{"a":"x","x.y":7}"#);
    let twice = Projection::of_attributes(["a", "b", "a"]).unwrap_err();
    assert_eq!(twice.message(), "One or more parameter values were invalid: Duplicate value in attribute name: a");
}

#[test]
fn filters_leave_keys_alone() {
    let universe = Universe::new();
    let filter = Condition::parse_filter("a = :s OR NOT size(#pk) IN (:n, n)", &mut universe.substitutions()).unwrap();
    assert_eq!(
        filter.check_filter(&["pk"]).unwrap_err().message(),
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: pk"
    );
    assert!(filter.check_filter(&["sk"]).is_ok());
}

#[test]
fn key_ranges() {
    const S: &[(&str, Type)] = &[("sk", Type::S)];
    const N: &[(&str, Type)] = &[("sk", Type::N)];
    let universe = Universe::new();
    let partition = [("pk", Type::S)];
    let range = |text, sort| {
        let condition = KeyCondition::parse(text, &mut universe.substitutions()).unwrap();
        let range: Result<KeyRange, Error> = condition.range(&KeySchema { partition: &partition, sort });
        range.map(|range| format!("{:?}", range.sort)).map_err(|error| error.message().to_owned())
    };
    let mismatch = "One or more parameter values were invalid: Condition parameter type does not match schema type";
    assert_eq!(range("pk = :s", S).unwrap(), "[]");
    assert_eq!(range(":s = pk AND :t <= sk", S).unwrap(), "[GreaterOrEqual(S(\"y\"))]");
    assert_eq!(range("sk BETWEEN :n AND :five AND pk = :s", N).unwrap(), "[Between(N(1), N(5))]");
    assert_eq!(range("pk = :s AND begins_with(sk, :s)", S).unwrap(), "[BeginsWith(S(\"x\"))]");
    for (text, sort, sentence) in [
        ("sk = :s", S, "Query condition missed key schema element: pk"),
        ("a = :s", S, "Query condition missed key schema element: pk"),
        ("pk = :s AND a = :s", S, "Query condition missed key schema element: sk"),
        ("pk > :s", S, "Query key condition not supported"),
        ("begins_with(pk, :s)", S, "Query key condition not supported"),
        ("pk = :n", S, mismatch),
        ("pk = :s AND sk = :true", N, mismatch),
        ("pk = :s AND sk > :s", N, mismatch),
        ("pk = :s AND begins_with(sk, :s)", N, mismatch),
        (
            "pk = :s AND sk > :n AND a = :five",
            N,
            "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)",
        ),
        (
            "pk = :s AND sk > :n",
            &[],
            "The number of query conditions (2) exceeds the number of key attributes defined in the schema (1)",
        ),
        (
            "pk = :empty",
            S,
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk",
        ),
    ] {
        assert_eq!(range(text, sort).unwrap_err(), sentence, "{text}");
    }
}

/// Up to four attributes each: equality from the left, the last one a range.
#[test]
fn keys_of_several_attributes() {
    let universe = Universe::new();
    let schema = KeySchema {
        partition: &[("p", Type::S), ("q", Type::N)],
        sort: &[("r", Type::S), ("t", Type::N), ("u", Type::S)],
    };
    let range = |text| {
        let condition = KeyCondition::parse(text, &mut universe.substitutions()).unwrap();
        condition.range(&schema).map(|range| (range.partition.len(), range.sort.len()))
    };
    assert_eq!(range("p = :s AND q = :n").unwrap(), (2, 0));
    assert_eq!(range("p = :s AND t > :n AND q = :n AND r = :t").unwrap(), (2, 2));
    assert_eq!(range("p = :s").unwrap_err().message(), "Query condition missed key schema element: q");
    let gap = range("p = :s AND q = :n AND t = :n").unwrap_err();
    assert_eq!(gap.message(), "Query condition missed key schema element: r");
    let early = range("p = :s AND q = :n AND r > :s AND t = :n").unwrap_err();
    assert_eq!(early.message(), "Query key condition not supported");
}

#[test]
fn tests_of_keys() {
    let (x, y, xy) = (value("\"x\""), value("\"y\""), value("\"xy\""));
    assert!(KeyTest::BeginsWith(&x).holds(&xy) && !KeyTest::BeginsWith(&y).holds(&xy));
    assert!(KeyTest::Between(&x, &y).holds(&xy) && KeyTest::Between(&x, &y).holds(&y));
    assert!(KeyTest::Greater(&x).holds(&xy) && !KeyTest::Greater(&xy).holds(&xy) && KeyTest::Equal(&x).holds(&x));
    assert!(!KeyTest::Less(&x).holds(&value("1")));
}

#[test]
fn numbers() {
    let mut wrong = Vec::new();
    for (text, wanted) in cases(include_str!("dynamodb/numbers.txt")) {
        let found = match Number::parse(text) {
            Ok(number) => format!("{number} {}", number.size()),
            Err(error) => format!("! {error}"),
        };
        compare(text, &mut wrong, found, wanted);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let sentence = "The parameter cannot be converted to a numeric value";
    for text in ["", " 1", "1 "] {
        assert_eq!(Number::parse(text).unwrap_err().message(), format!("{sentence}: {text}"));
    }
    assert_eq!(Number::parse("").unwrap_err().older(), sentence);
    let wraps = Number::parse("1e2147483647").unwrap_err();
    assert!(wraps.message().starts_with("Number overflow.") && wraps.older().starts_with("Number underflow."));
    let widest = Number::parse("1E125").unwrap();
    assert_eq!((widest.to_string().len(), widest.size()), (126, 2));
    assert_eq!(Number::parse("1E-130").unwrap().to_string().len(), 132);
}

#[test]
fn sets_have_no_duplicates() {
    let texts = |members: &[&str]| members.iter().map(|member| (*member).to_owned()).collect::<Vec<_>>();
    let prefix = "One or more parameter values were invalid: ";
    let found = |result: Result<Value, Error>| {
        let error = result.unwrap_err();
        let short = |text: &str| text.strip_prefix(prefix).unwrap_or(text).to_owned();
        (short(error.message()), short(error.older()))
    };
    let pair = |new: &str, old: &str| (new.to_owned(), old.to_owned());
    assert_eq!(
        found(Value::string_set(texts(&["b", "a", "b"]))),
        pair(
            r#"Input collection ["a", "b", "b"] contains duplicates."#,
            "Input collection [b, a, b] contains duplicates."
        )
    );
    assert_eq!(
        found(Value::binary_set(vec![vec![255], vec![0], vec![0]])),
        pair(
            r#"Input collection ["AA==","/w==","AA=="]of type BS contains duplicates."#,
            "Input collection [/w==, AA==, AA==]of type BS contains duplicates."
        )
    );
    let number = |text| Number::parse(text).unwrap();
    assert_eq!(
        found(Value::number_set(vec![number("2"), number("1"), number("2.0")])),
        pair("Input collection contains duplicates.", "Input collection contains duplicates")
    );
    assert_eq!(found(Value::string_set(Vec::new())).0, "An string set  may not be empty");
    assert_eq!(found(Value::number_set(Vec::new())).0, "An number set  may not be empty");
    assert_eq!(found(Value::binary_set(Vec::new())).0, "Binary sets should not be empty");
    assert_eq!(found(Value::null(false)).0, "Null attribute value types must have the value of true");
    assert_eq!(Value::string_set(texts(&["b", "a"])), Value::string_set(texts(&["a", "b"])));
}

#[test]
fn values_have_one_type() {
    let message = |count| Value::check_types(count).map_err(|error| error.message().to_owned());
    let exactly = "must contain exactly one of the supported datatypes";
    assert_eq!(message(0), Err(format!("Supplied AttributeValue is empty, {exactly}")));
    assert_eq!(message(1), Ok(()));
    assert_eq!(message(2), Err(format!("Supplied AttributeValue has more than one datatypes set, {exactly}")));
}

#[test]
fn sizes() {
    for (text, bytes) in [
        ("{}", 0),
        (r#"{"a":""}"#, 1),
        (r#"{"né":"é🎬"}"#, 3 + 6),
        (r#"{"a":true,"b":null}"#, 4),
        (r#"{"a":[]}"#, 1 + 3),
        (r#"{"a":{}}"#, 1 + 3),
        (r#"{"a":["xy",1]}"#, 1 + 3 + (1 + 2) + (1 + 2)),
        (r#"{"a":{"k":"xy"}}"#, 1 + 3 + (1 + 1 + 2)),
        (r#"{"a":{"$SS":["x","yz"]}}"#, 1 + 3),
        (r#"{"a":{"$NS":[1,123]}}"#, 1 + 2 + 3),
        (r#"{"a":{"$B":"AAE="},"b":{"$BS":["AAE="]}}"#, 6),
    ] {
        assert_eq!(item(text).size(), bytes, "{text}");
    }
}

#[test]
fn documents_have_32_levels() {
    let nested = |levels| (0..levels).fold(value("\"leaf\""), |inner, _| Value::L(vec![inner]));
    assert!(nested(31).check_depth().is_ok());
    let map: Map = [("data", nested(32))].into_iter().collect();
    assert_eq!(
        map.check_depth().unwrap_err().message(),
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
    );
}

#[test]
fn what_is_substituted_is_used() {
    let one = value("1");
    let new = |names: Option<&[(&'static str, &'static str)]>, values: Option<&[&'static str]>| {
        let values: Option<Vec<_>> = values.map(|values| values.iter().map(|name| (*name, &one)).collect());
        Substitutions::new(names.map(|names| names.iter().copied()), values)
    };
    let refused = |result: Result<Substitutions, Error>| result.unwrap_err().message().to_owned();
    assert_eq!(refused(new(Some(&[]), None)), "ExpressionAttributeNames must not be empty");
    assert_eq!(refused(new(None, Some(&[]))), "ExpressionAttributeValues must not be empty");
    for key in ["", "#", "a", "#a-b", "#$hash", "#hwid.metric", "#dictionary_Hello World"] {
        let sentence = format!("ExpressionAttributeNames contains invalid key: Syntax error; key: \"{key}\"");
        assert_eq!(refused(new(Some(&[(key, "a")]), None)), sentence);
    }
    let sentence = "ExpressionAttributeValues contains invalid key: Syntax error; key: \"v\"";
    assert_eq!(refused(new(None, Some(&["v"]))), sentence);

    let mut some = new(Some(&[("#a", "a"), ("#unused", "b")]), Some(&[":v", ":w", ":u"])).unwrap();
    assert_eq!(
        some.without_expressions().unwrap_err().message(),
        "ExpressionAttributeNames can only be specified when using expressions"
    );
    Condition::parse("#a = :v", &mut some).unwrap();
    let unused = |substitutions: &Substitutions| substitutions.check_used().unwrap_err().message().to_owned();
    assert_eq!(unused(&some), "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}");
    Projection::parse("#unused", &mut some).unwrap();
    assert_eq!(unused(&some), "Value provided in ExpressionAttributeValues unused in expressions: keys: {:u, :w}");
    Update::parse("SET c = :u, d = :w", &mut some).unwrap();
    assert!(some.check_used().is_ok());

    // Many are found as few are.
    let placeholders: Vec<String> = (0..100).map(|number| format!(":v{number}")).collect();
    let values = placeholders.iter().map(|placeholder| (placeholder.as_str(), &one));
    let mut many = Substitutions::new(None::<[(&str, &str); 0]>, Some(values)).unwrap();
    Condition::parse("a IN (:v7, :v77, :v0, :v99)", &mut many).unwrap();
    assert!(Condition::parse("a IN (:v7, :v100)", &mut many).is_err());

    let large = Value::B(vec![0; 2 * 1024 * 1024]);
    assert!(Substitutions::new(None::<[(&str, &str); 0]>, Some([(":v", &large)])).is_err());
}

#[test]
fn bounds() {
    let universe = Universe::new();
    let message = |text: &str| {
        let substitutions = &mut universe.substitutions();
        Condition::parse(text, substitutions).map(drop).map_err(|error| error.message().to_owned())
    };
    let joined = |count: usize| vec!["n=:n"; count].join(" AND ");
    let too_many = "Invalid ConditionExpression: The expression contains too many operators; operator count: 301";
    assert_eq!(message(&joined(150)), Ok(()));
    assert_eq!(message(&joined(151)), Err(too_many.to_owned()));
    assert_eq!(message(&format!("{}n=:n", "NOT ".repeat(299))), Ok(()));
    assert_eq!(message(&format!("{}n=:n", "NOT ".repeat(900))), Err(too_many.to_owned()));
    assert_eq!(message(&format!("n = {}", "size(".repeat(700))), Err(too_many.to_owned()));
    let nested = format!("{}n=:n{}", "(n=:n AND ".repeat(149), ")".repeat(149));
    assert_eq!(message(&nested), Ok(()));
    let redundant = "Invalid ConditionExpression: The expression has redundant parentheses;";
    assert_eq!(message(&format!("{}n=:n{}", "(".repeat(2_000), ")".repeat(2_000))), Err(redundant.to_owned()));
    assert_eq!(message(&format!("n={}:n{}", "(".repeat(2_000), ")".repeat(2_000))), Err(redundant.to_owned()));
    let end = r#"Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "(""#;
    assert_eq!(message(&"(".repeat(4_000)), Err(end.to_owned()));
    let mut substitutions = universe.substitutions();
    let parentheses = format!("SET a = {}", "(".repeat(4_000));
    assert!(Update::parse(&parentheses, &mut substitutions).is_err());

    let list = |count| format!("a IN ({})", vec![":n"; count].join(", "));
    assert_eq!(message(&list(100)), Ok(()));
    let sentence =
        "Invalid ConditionExpression: The IN operator is provided with too many operands; number of operands: 163";
    assert_eq!(message(&list(163)), Err(sentence.to_owned()));

    let long = format!("{} = :n", "a".repeat(MAX_EXPRESSION_BYTES - 5));
    assert_eq!(long.len(), MAX_EXPRESSION_BYTES);
    assert_eq!(message(&long), Ok(()));
    let sentence =
        "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097";
    assert_eq!(message(&format!("a{long}")), Err(sentence.to_owned()));
}
