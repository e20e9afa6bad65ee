//! Documents that mean harm: any bytes, any JSON, damaged policies, up to 100 KB and beyond. The parser answers with AWS's sentence or
//! with a policy that survives rendering; the evaluator answers; what does not parse allows nothing.

#[allow(dead_code)] // the tables are for other tests
mod policy {
    pub mod slow;
    pub mod table;
    pub mod universe;
}

use lang::policy::{
    Attached, ContextKeys, Effect, Form, Kind, Policies, Policy, Reason, Request, ResourcePolicy, decide, explain,
};
use policy::{
    table::principal,
    universe::{Dice, case, document},
};
use proptest::{prelude::*, sample::Index};
use wire::Json;

const KINDS: [Kind; 7] = [
    Kind::Identity,
    Kind::PermissionsBoundary,
    Kind::Session,
    Kind::Resource,
    Kind::RoleTrust,
    Kind::ServiceControl,
    Kind::ResourceControl,
];

/// Whether AWS would say this of a policy of the kind.
fn is_of_aws(sentence: &str, kind: Kind) -> bool {
    let rules = [
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
        "Statement IDs (SID) in a single policy must be unique.",
        "Syntax errors in policy.",
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        "Actions/Condition can contain only one colon.",
        "Vendor ",
        "Resource ",
        "Partition \"",
        "IAM resource ",
    ];
    let identity = [
        "The policy failed legacy parsing",
        "Policy document must be version 2012-10-17 or greater.",
        "Policy document should not specify a principal.",
        "Policy statement must contain actions.",
        "Policy statement must contain resources.",
    ];
    let resource = [
        "This policy contains invalid Json",
        "Unknown field ",
        "Missing required field ",
        "Invalid effect: ",
        "Invalid Condition type : ",
        "Invalid principal in policy",
        "Has prohibited field ",
        "AssumeRole policy may only specify STS AssumeRole actions.",
    ];
    let starts = |of: &[&str]| of.iter().any(|start| sentence.starts_with(start));
    match kind {
        Kind::Identity | Kind::PermissionsBoundary | Kind::Session => starts(&rules) || starts(&identity),
        Kind::Resource | Kind::RoleTrust => starts(&rules) || starts(&resource),
        Kind::ServiceControl | Kind::ResourceControl => {
            sentence == "The provided policy document does not meet the requirements of the specified policy type."
        }
    }
}

/// All that is promised of any text. Whether it is a policy.
fn look(text: &str, kind: Kind) -> bool {
    let policy = match Policy::parse(text, kind) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(is_of_aws(error.sentence(), kind), "{error}");
            assert!(!error.detail().is_empty());
            assert!(!allows(None, kind), "nothing is no reason to allow");
            return false;
        }
    };
    let rendered = policy.to_string();
    assert_eq!(Policy::parse(&rendered, kind).as_ref(), Ok(&policy), "{rendered}");
    let json = Json::parse(text).expect("a policy is JSON");
    assert_eq!(Policy::from_json(&json, kind).as_ref(), Ok(&policy));
    if allows(Some(&policy), kind) {
        assert!(policy.statements.iter().any(|statement| statement.effect == Effect::Allow), "{text}");
    }
    true
}

/// Whether the policy, where it is attached, lets somebody do something that nothing else would let them.
fn allows(policy: Option<&Policy>, kind: Kind) -> bool {
    let mut keys = ContextKeys::default();
    keys.set("aws:username", "bob")
        .set("aws:SourceIp", "10.0.0.7")
        .set("x:n", "5")
        .set_many("aws:TagKeys", ["team", "é"]);
    keys.set("aws:CurrentTime", "2026-02-28T12:00:00Z").set("aws:SourceArn", "arn:aws:sns:us-east-1:111122223333:t");
    let full = Policy::parse(
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
        Kind::Identity,
    )
    .expect("a policy");
    let attached = |policy| Attached { name: "p", form: Form::Inline, policy };
    let list: Vec<Attached> = policy.into_iter().map(attached).collect();
    let all = [attached(&full)];
    let levels = [list.as_slice()];
    let own = matches!(kind, Kind::Identity | Kind::Resource | Kind::RoleTrust);
    let mut policies = Policies { identity: if own { &[] } else { &all }, ..Policies::default() };
    static NOTHING: Policy = Policy { version: None, id: None, statements: Vec::new() };
    let only = attached(policy.unwrap_or(&NOTHING));
    match kind {
        Kind::Identity => policies.identity = &list,
        Kind::PermissionsBoundary => policies.boundary = Some(only),
        Kind::Session => policies.session = std::slice::from_ref(&only),
        Kind::Resource => policies.resource = Some(ResourcePolicy::new(only)),
        Kind::RoleTrust => policies.resource = Some(ResourcePolicy::trust(only)),
        Kind::ServiceControl => policies.scps = &levels,
        Kind::ResourceControl => policies.rcps = &levels,
    }
    ["bob", "app", "fed", "sns", "anonymous"].into_iter().any(|who| {
        let request = Request {
            principal: principal(who),
            action: if kind == Kind::RoleTrust { "sts:AssumeRole" } else { "sqs:SendMessage" },
            resource: Some("arn:aws:sqs:us-east-1:111122223333:orders"),
            resource_account: "111122223333",
            context: &keys,
            policies,
        };
        let explained = explain(&request);
        assert_eq!(explained.decision, decide(&request));
        let _ = explained.to_string();
        matches!(explained.decision.reason, Reason::Allowed(_))
    })
}

/// Some policy of the kind, from the small universe.
fn valid(kind: Kind, seed: u64) -> String {
    document(kind, &mut Dice(seed)).to_string()
}

fn any_json() -> impl Strategy<Value = Json> {
    let word = prop_oneof![
        proptest::sample::select(vec![
            "Version",
            "2012-10-17",
            "2008-10-17",
            "Id",
            "Statement",
            "Sid",
            "Effect",
            "Allow",
            "Deny",
            "Principal",
            "NotPrincipal",
            "AWS",
            "Service",
            "Federated",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
            "StringEquals",
            "Null",
            "DateLessThan",
            "ForAllValues:StringLikeIfExists",
            "aws:username",
            "*",
            "sqs:*",
            "sts:AssumeRole",
            "arn:aws:sqs:*:*:*",
            "${aws:username}",
        ])
        .prop_map(str::to_owned),
        ".{0,6}",
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(Json::Int),
        (-1e9..1e9_f64).prop_map(Json::Float),
        word.clone().prop_map(Json::Str),
        word.clone().prop_map(Json::Str),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::List),
            proptest::collection::vec((word.clone(), inner), 0..7).prop_map(Json::Object),
        ]
    })
}

/// One value somewhere in the document, changed to another.
fn transplanted(json: &mut Json, at: &mut usize, new: &Json) {
    if *at == 0 {
        *json = new.clone();
    }
    *at = at.wrapping_sub(1);
    match json {
        Json::List(items) => items.iter_mut().for_each(|item| transplanted(item, at, new)),
        Json::Object(members) => members.iter_mut().for_each(|(_, value)| transplanted(value, at, new)),
        _ => {}
    }
}

fn values(json: &Json) -> usize {
    1 + match json {
        Json::List(items) => items.iter().map(values).sum(),
        Json::Object(members) => members.iter().map(|(_, value)| values(value)).sum(),
        _ => 0,
    }
}

fn kinds() -> impl Strategy<Value = Kind> {
    proptest::sample::select(KINDS.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in kinds()) {
        look(&String::from_utf8_lossy(&bytes), kind);
    }

    #[test]
    fn json(json in any_json(), kind in kinds()) {
        look(&json.to_string(), kind);
        look(&format!(r#"{{"Version":"2012-10-17","Statement":{json}}}"#), kind);
        let around = format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{json}}}}}"#);
        look(&around, Kind::Identity);
    }

    /// A few bytes taken out, put in, doubled.
    #[test]
    fn damaged_text(
        seed in any::<u64>(),
        kind in kinds(),
        cuts in proptest::collection::vec((any::<Index>(), 0_usize..6, "[\\[\\]{}\",:*$\\\\a-zA-Z0 é]{0,3}"), 1..4),
    ) {
        let mut text: Vec<char> = valid(kind, seed).chars().collect();
        for (at, length, new) in cuts {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, new.chars());
        }
        look(&text.into_iter().collect::<String>(), kind);
    }

    /// Well-formed still, but with something else in one place.
    #[test]
    fn damaged_values(seed in any::<u64>(), kind in kinds(), at in any::<Index>(), new in any_json()) {
        let mut json = document(kind, &mut Dice(seed));
        let mut at = at.index(values(&json));
        transplanted(&mut json, &mut at, &new);
        look(&json.to_string(), kind);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Hundreds of statements, 100 KB, whole and with one place damaged.
    #[test]
    fn large(seed in any::<u64>(), kind in kinds(), at in any::<Index>(), new in any_json()) {
        let mut statements = Vec::new();
        let (mut size, mut next) = (0, seed);
        while size < 100 * 1024 {
            next = next.wrapping_add(1);
            let Some(statement) = document(kind, &mut Dice(next)).get("Statement").cloned() else { continue };
            size += statement.to_string().len();
            match statement {
                Json::List(more) => statements.extend(more),
                one => statements.push(one),
            }
        }
        let mut json = Json::from([("Version", Json::from("2012-10-17")), ("Statement", Json::List(statements))]);
        let whole = kind == Kind::ResourceControl || look(&json.to_string(), kind);
        prop_assert!(whole);
        let mut at = at.index(values(&json));
        transplanted(&mut json, &mut at, &new);
        look(&json.to_string(), kind);
    }
}

/// Everything that can be nested, 10,000 deep, closed and not.
#[test]
fn depths() {
    const DEPTH: usize = 10_000;
    let lists = "[".repeat(DEPTH) + &"]".repeat(DEPTH);
    let objects = r#"{"AWS":"#.repeat(DEPTH) + "1" + &"}".repeat(DEPTH);
    let open = "[{\"Statement\":".repeat(DEPTH);
    let statement = |name: &str, value: &str| {
        let rest = r#""Effect":"Allow","Action":"sts:AssumeRole""#;
        format!(r#"{{"Version":"2012-10-17","Statement":{{{rest},"{name}":{value}}}}}"#)
    };
    for deep in [&lists, &objects, &open] {
        let mut texts = vec![deep.clone(), format!(r#"{{"Statement":{deep}}}"#), format!(r#"{{"Version":{deep}}}"#)];
        texts.extend(
            ["Sid", "Effect", "Principal", "Action", "Resource", "NotResource", "Condition"]
                .map(|name| statement(name, deep)),
        );
        texts.push(statement("Condition", &format!(r#"{{"Bool":{{"a":{deep}}}}}"#)));
        for text in texts {
            for kind in KINDS {
                assert!(!look(&text, kind));
            }
        }
    }
    for (kind, sentence) in [
        (Kind::Identity, "Syntax errors in policy."),
        (Kind::Resource, "This policy contains invalid Json"),
        (
            Kind::ServiceControl,
            "The provided policy document does not meet the requirements of the specified policy type.",
        ),
    ] {
        assert_eq!(Policy::parse(&lists, kind).expect_err("refused").sentence(), sentence);
    }
}

/// Each element with each type of value: refused as AWS does, but where a policy may have it.
#[test]
fn types() {
    let types = [
        "null",
        "true",
        "5",
        "2.5",
        "1e999",
        r#""text""#,
        "[]",
        "[[]]",
        "[null]",
        "[5]",
        "{}",
        r#"{"a":{}}"#,
        r#"[{"a":"b"}]"#,
    ];
    let members = [
        ("Version", r#""2012-10-17""#),
        ("Id", r#""x""#),
        ("Sid", r#""x""#),
        ("Effect", r#""Allow""#),
        ("Principal", r#"{"AWS":"*"}"#),
        ("Action", r#""sts:AssumeRole""#),
        ("Resource", r#""*""#),
        ("Condition", r#"{"Bool":{"a":"true"}}"#),
    ];
    let mut accepted = Vec::new();
    for kind in KINDS {
        for (changed, _) in members {
            for new in types {
                let member = |name: &str, usual: &str| {
                    let absent = match kind {
                        Kind::RoleTrust => name == "Resource",
                        Kind::Resource | Kind::ResourceControl => false,
                        _ => name == "Principal",
                    };
                    let usual = match kind {
                        Kind::ResourceControl if name == "Effect" => r#""Deny""#,
                        _ => usual,
                    };
                    let value = if name == changed { new } else { usual };
                    match absent && name != changed {
                        true => String::new(),
                        false => format!(r#""{name}":{value}"#),
                    }
                };
                let of = |from: usize, to: usize| {
                    let all: Vec<String> =
                        members[from..to].iter().map(|(n, u)| member(n, u)).filter(|m| !m.is_empty()).collect();
                    all.join(",")
                };
                if look(&format!(r#"{{{},"Statement":{{{}}}}}"#, of(0, 2), of(2, 8)), kind) {
                    accepted.push(format!("{changed} {new}"));
                }
            }
        }
    }
    accepted.sort();
    accepted.dedup();
    assert_eq!(accepted, ["Condition {}", "Id \"text\"", "Sid \"text\""]);
}

/// At every level an element that comes twice is an error, not the last one or the first.
#[test]
fn repeated_keys() {
    for seed in 0..200 {
        for kind in [Kind::Identity, Kind::Resource, Kind::RoleTrust] {
            let json = document(kind, &mut Dice(seed));
            assert!(look(&json.to_string(), kind));
            for doubled in doubled(&json) {
                assert!(!look(&doubled.to_string(), kind), "{doubled}");
            }
        }
    }
}

/// The document with one member of one object twice.
fn doubled(json: &Json) -> Vec<Json> {
    let mut all = Vec::new();
    match json {
        Json::List(items) => {
            for (at, item) in items.iter().enumerate() {
                all.extend(doubled(item).into_iter().map(|item| {
                    let mut items = items.clone();
                    items[at] = item;
                    Json::List(items)
                }));
            }
        }
        Json::Object(members) => {
            for (at, member) in members.iter().enumerate() {
                let mut twice = members.clone();
                twice.push(member.clone());
                all.push(Json::Object(twice));
                all.extend(doubled(&member.1).into_iter().map(|value| {
                    let mut members = members.clone();
                    members[at].1 = value;
                    Json::Object(members)
                }));
            }
        }
        _ => {}
    }
    all
}

/// The short cut by the service's name leaves no statement out that applies: `explain`, which does not take it, finds no more.
#[test]
fn services_are_not_skipped_wrongly() {
    let patterns = [
        "sqs:SendMessage",
        "SQS:sendmessage",
        "sQs:*",
        "*:SendMessage",
        "*:*",
        "*",
        "sqs:?endMessage",
        "s3:*",
        "execute-api:*",
        "EXECUTE-API:Invoke",
        "a.b:*",
        "A.b:c",
    ];
    let actions = ["sqs:SendMessage", "SQS:SendMessage", "execute-api:Invoke", "a.b:c", "s3:GetObject"];
    for [first, second] in patterns.iter().flat_map(|first| patterns.map(|second| [*first, second])) {
        for name in ["Action", "NotAction"] {
            let list = format!(r#"["{first}","{second}"]"#);
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","{name}":{list},"Resource":"*"}}}}"#
            );
            let policy = Policy::parse(&text, Kind::Identity).expect("a policy");
            for action in actions {
                let mut case = case(&mut Dice(0));
                (case.who, case.action, case.resource, case.owner) =
                    (principal("bob"), action.to_owned(), None, "111122223333".to_owned());
                let json = Json::parse(&text).expect("JSON");
                case.policies = vec![policy::slow::Document { kind: Kind::Identity, level: 0, required: false, json }];
                let identity = [Attached { name: "p", form: Form::Inline, policy: &policy }];
                let request = Request {
                    principal: case.who,
                    action,
                    resource: None,
                    resource_account: "111122223333",
                    context: &ContextKeys::default(),
                    policies: Policies { identity: &identity, ..Policies::default() },
                };
                assert_eq!(decide(&request).reason, policy::slow::decide(&case), "{text} {action}");
            }
        }
    }
}
