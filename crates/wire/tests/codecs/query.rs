//! Requests of the Query and EC2 protocols.

use crate::{
    call::{DO, decode},
    shapes::{Choice, Everything},
};
use wire::*;

fn query(body: &str) -> Everything {
    decode::<Everything>(Protocol::Query, &DO, "POST /", body.to_owned()).unwrap().0
}

fn ec2(body: &str) -> String {
    format!("{:?}", decode::<Everything>(Protocol::Ec2, &DO, "POST /", body.to_owned()).unwrap().0)
}

fn printed(body: &str) -> String {
    format!("{:?}", query(body))
}

#[test]
fn scalars() {
    let input = query(
        "Action=Do&Version=1&Flag=true&Count=-7&Big=1152921504606846976&Ratio=2.5e-1&Text=a+b%26&Kind=odd\
         &Data=AP8%3D&When=2026-01-31T12%3A00%3A00.500Z&Epoch=1769860800&Unknown.1.x=5",
    );
    assert_eq!(input.flag, Some(true));
    assert_eq!(input.count, Some(-7));
    assert_eq!(input.big, Some(1 << 60));
    assert_eq!(input.ratio, Some(0.25));
    assert_eq!(input.text.as_deref(), Some("a b&"));
    assert_eq!(input.kind.unwrap().0, "odd");
    assert_eq!(&input.data.unwrap()[..], b"\0\xff");
    assert_eq!(input.when, Some(Timestamp::from_millis(1_769_860_800_500)));
    assert_eq!(input.epoch, Some(Timestamp::from_secs(1_769_860_800)));
    assert!(query("Ratio=NaN").ratio.unwrap().is_nan());
    assert_eq!(query("Ratio=-Infinity").ratio, Some(f64::NEG_INFINITY));
    assert_eq!(query("Text=").text.as_deref(), Some(""));
}

#[test]
fn parameters_of_the_query_string_count() {
    let (input, _) =
        decode::<Everything>(Protocol::Query, &DO, "GET /?Action=Do&Count=5&Text=q", "Text=b".to_owned()).unwrap();
    assert_eq!((input.count, input.text.as_deref()), (Some(5), Some("q")));
}

#[test]
fn lists() {
    for (body, names) in [
        ("Names.member.1=a&Names.member.2=b", vec!["a", "b"]),
        ("Names.member.10=c&Names.member.9=b&Names.member.2=a", vec!["a", "b", "c"]),
        ("Names.member.7=a&Names.member.4000000000=b", vec!["a", "b"]),
        ("Names.member.99999999999999999999=a&Names.member.x=b&Names.member.=c&Names.member.1=d", vec!["d"]),
        ("Names=", vec![]),
        ("Names=a", vec!["a"]),
        ("Names.1=a", vec![]),
    ] {
        assert_eq!(query(body).names.unwrap(), names, "{body}");
    }
    // The request's name of a flat list may be its item's.
    assert_eq!(query("FlatItem.2=y&FlatItem.1=x").flat.unwrap(), ["x", "y"]);
    assert_eq!(query("Flat.1=x").flat, None);
}

#[test]
fn maps() {
    let input = query(
        "Attributes.entry.2.value=w&Attributes.entry.2.key=l&Attributes.entry.1.key=k&Attributes.entry.1.value=v\
         &Attributes.entry.3.value=lost&Attribute.1.Name=K&Attribute.1.Value=V&Attribute.2.Name=K&Attribute.2.Value=W\
         &NestedMap.entry.1.key=m&NestedMap.entry.1.value.Name=n",
    );
    let pairs: Vec<_> = input.attributes.as_ref().unwrap().iter().collect();
    assert_eq!(pairs, [("k", &"v".to_owned()), ("l", &"w".to_owned())]);
    let pairs: Vec<_> = input.flat_map.as_ref().unwrap().iter().collect();
    assert_eq!(pairs, [("K", &"W".to_owned())], "the last of two equal keys");
    assert_eq!(input.nested_map.unwrap().get("m").unwrap().name, "n");
}

#[test]
fn structures_and_unions() {
    assert_eq!(
        printed(
            "Inner.Name=i&Inner.Child.Name=d&Items.item.2.Name=b&Items.item.1.Children.item.1.Name=c&Items.item.1.Name=a"
        ),
        "Everything { Inner: Nested { Name: \"i\", Child: Nested { Name: \"d\" } }, \
         Items: [Nested { Name: \"a\", Children: [Nested { Name: \"c\" }] }, Nested { Name: \"b\" }] }"
    );
    assert!(matches!(query("Choice.Number=5").choice, Some(Choice::Number(5))));
    assert!(matches!(query("Choice.Other=5").choice, Some(Choice::Unknown(name)) if name == "Other"));
    assert_eq!(
        printed("Items.item.1=x&Items.item.1-y=z&Items.item.1.Name=a"),
        "Everything { Items: [Nested { Name: \"a\" }] }",
        "one item, whatever sorts between its own name and what lies below"
    );
    // A name that only begins like another sorts between it and what lies below it.
    assert_eq!(printed("Inner.Name=i&Inner-x=1&Inner=2"), "Everything { Inner: Nested { Name: \"i\" } }");
}

#[test]
fn ec2_lists_are_flat() {
    assert_eq!(
        ec2("Names.1=a&Names.2=b&Items.1.Name=c&Items.1.Children.3.Name=d&Items.1.Children.1.Name=e"),
        "Everything { Names: [\"a\", \"b\"], \
         Items: [Nested { Name: \"c\", Children: [Nested { Name: \"e\" }, Nested { Name: \"d\" }] }] }"
    );
}

#[test]
fn missing_members_are_violations() {
    let body = "Inner.Child.Name=d&Items.item.5.Child.Name=c".to_owned();
    let (_, violations) = decode::<Everything>(Protocol::Query, &DO, "POST /", body).unwrap();
    let paths: Vec<_> = violations.iter().map(|violation| violation.path.as_str()).collect();
    assert_eq!(paths, ["Inner.Name", "Items.1.member.Name"]);
}

#[test]
fn what_cannot_be_read_is_said() {
    for (body, message) in [
        ("Count=abc", "'abc' cannot be converted to Integer"),
        ("Count=99999999999", "'99999999999' cannot be converted to Integer"),
        ("Ratio=inf", "'inf' cannot be converted to Double"),
        ("Flag=yes", "'yes' cannot be converted to Boolean"),
        ("When=soon", "'soon' cannot be converted to Timestamp"),
        ("Text=%ff", "The request is not UTF-8"),
    ] {
        let error = decode::<Everything>(Protocol::Query, &DO, "POST /", body.to_owned()).unwrap_err();
        assert_eq!(error.message, message);
        assert_eq!(Protocol::Query.malformed(&error).kind(), &common::MALFORMED_INPUT);
    }
}

#[test]
fn limits() {
    let many: String = (0..100_001).map(|n| format!("P{n}=&")).collect();
    let items: String = (0..10_001).map(|n| format!("Names.member.{n}=&")).collect();
    for body in [many, items] {
        let error = decode::<Everything>(Protocol::Query, &DO, "POST /", body).unwrap_err();
        assert_eq!(Protocol::Query.malformed(&error).kind(), &common::REQUEST_ENTITY_TOO_LARGE);
    }
    // Deep names end the walk where the limit is, in time linear to their length.
    let deep = format!("Inner.{}Name=x", "Child.".repeat(100_000));
    decode::<Everything>(Protocol::Query, &DO, "POST /", deep).unwrap();
}

#[test]
fn equal_keys_do_not_cost_the_square() {
    let body: String =
        (0..10_000).map(|n| format!("Attributes.entry.{n}.key=a{n}&Attributes.entry.{n}.value=&")).collect();
    let started = std::time::Instant::now();
    assert_eq!(query(&body).attributes.unwrap().len(), 10_000);
    assert!(started.elapsed().as_secs() < 5);
}
