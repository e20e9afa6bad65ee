//! Requests and policies from a small universe, so that much of it meets: few people, actions, resources, keys and values.

use super::{
    slow::{Case, Document, Key},
    table::principal,
};
use lang::policy::Kind;
use wire::Json;

/// SplitMix64: the same cases at every run.
pub struct Dice(pub u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())]
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.roll(100) < chance
    }

    /// One to three of them, as a list or, if it is one, perhaps without one.
    fn some(&mut self, of: &[&str]) -> Json {
        let count = self.pick(&[1, 1, 1, 2, 2, 3]);
        let mut values: Vec<Json> = (0..count).map(|_| self.pick(of).into()).collect();
        match values.len() {
            1 if self.percent(60) => values.remove(0),
            _ => Json::List(values),
        }
    }
}

const WHO: [&str; 13] =
    ["bob", "bob", "app", "app", "fed", "fed", "eve", "far-app", "root", "eve-root", "sns", "google", "anonymous"];
const OWNERS: [&str; 5] = ["111122223333", "111122223333", "111122223333", "444455556666", "777788889999"];
const ACTIONS: [&str; 5] = ["sqs:SendMessage", "sqs:SendMessage", "sqs:ReceiveMessage", "s3:GetObject", "iam:GetUser"];
const ACTION_PATTERNS: [&str; 18] = [
    "*",
    "*",
    "*",
    "*:*",
    "sqs:*",
    "SQS:*",
    "sqs:send*",
    "sqs:SendMessage",
    "sqs:sendmessage",
    "sqs:*Message",
    "sqs:*e*e",
    "sqs:???dMessage",
    "sqs:Send?",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "iam:*",
    "sqs.x:*",
];
const TRUST_PATTERNS: [&str; 6] =
    ["sts:AssumeRole", "sts:AssumeRole", "sts:*", "STS:assumerole*", "sts:TagSession", "*"];
const RESOURCES: [&str; 7] = [
    "arn:aws:sqs:us-east-1:111122223333:orders",
    "arn:aws:sqs:us-east-1:111122223333:orders",
    "arn:aws:sqs:us-east-1:111122223333:bob:x",
    "arn:aws:s3:::data/bob/1",
    "arn:aws:s3:::data/*",
    "arn:aws:iam::111122223333:user/team/bob",
    "",
];
const RESOURCE_PATTERNS: [&str; 24] = [
    "*",
    "*",
    "*",
    "*",
    "arn:aws:sqs:*:*:orders",
    "arn:aws:sqs:*",
    "arn:aws:sqs",
    "arn:aws:sqs:us-east-1:111122223333:orders",
    "arn:aws:sqs:us-*-1:*:*",
    "arn:aws:sqs:us-*:orders",
    "arn:aws:sqs:us-*:b*",
    "arn:aws:sqs:us-e*:x",
    "arn:aws:sqs:*:1111?2223333:o*s",
    "arn:aws:sqs:*:*:${aws:username}:*",
    "arn:aws:sqs:*:*:${aws:PrincipalTag/team, 'orders'}",
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::data/${aws:username}/*",
    "arn:aws:s3:::data/${*}",
    "arn:aws:s3:::d?ta/*/1",
    "arn:aws:s3:::${aws:TagKeys}*",
    "arn:aws:iam::*:user/*/bob",
    "arn:aws:iam::111122223333:user/team/${aws:username}",
    "arn:*:s?s:*:*:*s",
    "arn:aws:sqs:*:${aws:PrincipalAccount}:orders",
];
const NAMES: [&str; 14] = [
    "111122223333",
    "arn:aws:iam::111122223333:root",
    "444455556666",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::111122223333:user/Bob",
    "AIDAEXAMPLEBOB000001",
    "arn:aws:iam::111122223333:role/team/app",
    "AROAEXAMPLEAPP000001",
    "arn:aws:sts::111122223333:assumed-role/app/s1",
    "arn:aws:sts::111122223333:federated-user/fed",
    "arn:aws:iam::444455556666:user/eve",
    "arn:aws:iam::444455556666:role/app",
    "arn:aws:sts::444455556666:assumed-role/app/s1",
    "*",
];
/// Single-valued keys and their values.
const SINGLE: [(&str, &[&str]); 9] = [
    ("aws:username", &["bob", "bob", "Bob", "eve", "*", "Élan", ""]),
    ("aws:PrincipalTag/team", &["red", "red", "blue", "orders", ""]),
    ("aws:ResourceTag/team", &["red", "blue", "Red"]),
    ("aws:SourceIp", &["10.0.0.7", "10.128.0.7", "2001:db8::7", "unknown"]),
    ("aws:CurrentTime", &["2026-02-28T12:00:00Z", "2026-03-01T00:00:00Z", "1772280000"]),
    ("aws:SecureTransport", &["true", "false"]),
    (
        "aws:SourceArn",
        &["arn:aws:sns:us-east-1:111122223333:t", "arn:aws:sns:us-east-1:111122223333:t:u", "arn:aws:s3:::b", "bob"],
    ),
    ("x:n", &["5", "10", "10.0", "-1", "1e1", "ten", ""]),
    ("x:key", &["QmluYXJ5", "QmluYXI=", "bob"]),
];
const MULTIPLE: [(&str, &[&str]); 2] =
    [("aws:TagKeys", &["team", "env", "Env", ""]), ("x:many", &["5", "10.0.0.7", "true", "bob"])];
const TEXTS: [&str; 20] = [
    "bob",
    "Bob",
    "eve",
    "red",
    "team",
    "élan",
    "b*",
    "?ob",
    "*",
    "",
    "${aws:username}",
    "${AWS:PrincipalTag/Team}",
    "${aws:PrincipalTag/team, 'red'}",
    "${aws:PrincipalTag/team,'b*'}",
    "${aws:TagKeys}",
    "${*}",
    "t${?}am",
    "${aws:username}*",
    "true",
    "${",
];
const NUMBERS: [&str; 6] = ["5", "10", "9.5", "1e1", "ten", "-2"];
const DATES: [&str; 7] = [
    "2026-02-28T12:00:00Z",
    "2026-02-28T14:00:00+02:00",
    "2026-03-01",
    "2026-03",
    "2025-12-31T23:59:59Z",
    "1772280000",
    "1772323200",
];
const NETWORKS: [&str; 8] =
    ["10.0.0.0/8", "10.0.0.0/16", "10.0.0.7", "0.0.0.0/0", "2001:db8::/32", "::/0", "10.0.0.7/33", "bob"];
const ARNS: [&str; 8] = [
    "arn:aws:sns:us-east-1:111122223333:t",
    "arn:aws:sns:*:*:t*",
    "arn:aws:s*:*:*:*",
    "arn:aws:sns:*",
    "*",
    "arn:aws:sns:*:${aws:PrincipalAccount, '111122223333'}:t",
    "arn:aws:s3:::${aws:username}",
    "arn:aws:sns:us-east-1:111122223333:?",
];
const RELATIONS: [&str; 6] = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];

pub fn case(dice: &mut Dice) -> Case {
    let trust = dice.percent(15);
    let mut case = Case {
        who: principal(dice.pick(&WHO)),
        action: if trust { "sts:AssumeRole" } else { dice.pick(&ACTIONS) }.to_owned(),
        resource: Some(dice.pick(&RESOURCES).to_owned()).filter(|resource| !resource.is_empty()),
        owner: dice.pick(&OWNERS).to_owned(),
        keys: keys(dice),
        policies: Vec::new(),
    };
    let mut attach = |kind, level, required, dice: &mut Dice| {
        let json = document(kind, dice);
        case.policies.push(Document { kind, level, required, json });
    };
    for (kind, chance, most) in
        [(Kind::Identity, 85, 2), (Kind::PermissionsBoundary, 25, 1), (Kind::Session, 40, 2), (Kind::Resource, 70, 1)]
    {
        let kind = if trust && kind == Kind::Resource { Kind::RoleTrust } else { kind };
        let required = kind == Kind::Resource && dice.percent(20);
        for _ in 0..if dice.percent(chance) { 1 + dice.roll(most) } else { 0 } {
            attach(kind, 0, required, dice);
        }
    }
    for (kind, chance) in [(Kind::ServiceControl, 20), (Kind::ResourceControl, 12)] {
        let levels = if dice.percent(chance) { 1 + dice.roll(3) } else { 0 };
        for level in 0..levels {
            for _ in 0..1 + dice.roll(2) {
                attach(kind, level, false, dice);
            }
        }
    }
    case
}

fn keys(dice: &mut Dice) -> Vec<Key> {
    let mut keys = Vec::new();
    for (name, values) in SINGLE {
        if dice.percent(65) {
            keys.push(Key { name: name.to_owned(), values: vec![dice.pick(values).to_owned()], multivalued: false });
        }
    }
    for (name, values) in MULTIPLE {
        if dice.percent(70) {
            let values = (0..dice.roll(4)).map(|_| dice.pick(values).to_owned()).collect();
            keys.push(Key { name: name.to_owned(), values, multivalued: true });
        }
    }
    keys
}

/// A policy of the kind.
pub fn document(kind: Kind, dice: &mut Dice) -> Json {
    let own = matches!(kind, Kind::Resource | Kind::RoleTrust);
    let mut members = Vec::new();
    match dice.roll(6) {
        0 if own => {}
        1 if own => members.push(("Version".to_owned(), "2008-10-17".into())),
        _ => members.push(("Version".to_owned(), "2012-10-17".into())),
    }
    let count = dice.pick(&[1, 1, 2, 2, 3]);
    let mut statements: Vec<Json> = (0..count).map(|_| statement(kind, dice)).collect();
    let statement = match statements.len() {
        1 if dice.percent(50) => statements.remove(0),
        _ => Json::List(statements),
    };
    members.push(("Statement".to_owned(), statement));
    Json::Object(members)
}

fn statement(kind: Kind, dice: &mut Dice) -> Json {
    let mut members: Vec<(String, Json)> = Vec::new();
    let mut put = |name: &str, value: Json| members.push((name.to_owned(), value));
    let trust = kind == Kind::RoleTrust;
    let control = matches!(kind, Kind::ServiceControl | Kind::ResourceControl);
    let named = matches!(kind, Kind::Resource | Kind::RoleTrust | Kind::ResourceControl);
    let negated = !trust && named && dice.percent(12);
    let denied = match (negated, control) {
        // "NotPrincipal must be used with Deny", though documents with Allow are about.
        (true, _) => 70,
        (false, true) => 8,
        (false, false) => 12,
    };
    put("Effect", if dice.percent(denied) { "Deny" } else { "Allow" }.into());
    if named {
        match negated {
            true => put("NotPrincipal", not_principals(dice)),
            false => put("Principal", principals(dice)),
        }
    }
    let negated = !trust && dice.percent(15);
    put(
        if negated { "NotAction" } else { "Action" },
        dice.some(if trust { &TRUST_PATTERNS } else { &ACTION_PATTERNS }),
    );
    if !trust {
        put(if dice.percent(12) { "NotResource" } else { "Resource" }, dice.some(&RESOURCE_PATTERNS));
    }
    if dice.percent(50) {
        put("Condition", conditions(dice));
    }
    // The order of elements does not matter.
    let turn = dice.roll(members.len());
    members.rotate_left(turn);
    Json::Object(members)
}

fn principals(dice: &mut Dice) -> Json {
    match dice.roll(5) {
        0 => "*".into(),
        1 => Json::from([
            ("Service", dice.some(&["sns.amazonaws.com", "sqs.amazonaws.com"])),
            ("AWS", dice.some(&NAMES)),
        ]),
        2 => Json::from([
            ("AWS", dice.some(&NAMES)),
            ("Federated", dice.some(&["accounts.google.com", "www.amazon.com"])),
            ("CanonicalUser", "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be".into()),
        ]),
        _ => Json::from([("AWS", dice.some(&NAMES))]),
    }
}

/// Mostly an account with some of the identities in it: only all of them together keep a requester out of a Deny.
fn not_principals(dice: &mut Dice) -> Json {
    let own: &[&str] = match dice.roll(4) {
        0 => return principals(dice),
        1 => &["arn:aws:sts::111122223333:assumed-role/app/s1", "arn:aws:iam::111122223333:role/team/app"],
        2 => &["arn:aws:sts::111122223333:federated-user/fed", "arn:aws:iam::111122223333:user/bob"],
        _ => &["AROAEXAMPLEAPP000001", "arn:aws:sts::111122223333:assumed-role/app/s1"],
    };
    let own = own.iter().chain(&["arn:aws:iam::111122223333:root"]).filter(|_| dice.percent(80));
    let mut names: Vec<Json> = own.map(|name| Json::from(*name)).collect();
    names.push(dice.pick(&NAMES).into());
    Json::from([("AWS", Json::List(names))])
}

fn conditions(dice: &mut Dice) -> Json {
    let mut operators: Vec<(String, Json)> = Vec::new();
    for _ in 0..dice.pick(&[1, 1, 1, 2]) {
        let (operator, usual, wanted) = operator(dice);
        let mut keys: Vec<(String, Json)> = Vec::new();
        for _ in 0..dice.pick(&[1, 1, 1, 2]) {
            let key = if dice.percent(75) { usual } else { any_key(dice) };
            let key = match dice.roll(6) {
                0 => key.to_uppercase(),
                1 => key.to_lowercase(),
                _ => key.to_owned(),
            };
            if keys.iter().all(|(known, _)| *known != key) {
                keys.push((key, wanted(dice)));
            }
        }
        if operators.iter().all(|(known, _)| *known != operator) {
            operators.push((operator, Json::Object(keys)));
        }
    }
    Json::Object(operators)
}

fn any_key(dice: &mut Dice) -> &'static str {
    let names: Vec<&str> = SINGLE.iter().map(|(name, _)| *name).chain(MULTIPLE.iter().map(|(name, _)| *name)).collect();
    dice.pick(&names)
}

/// An operator, a key that it fits, and how to find values for it.
fn operator(dice: &mut Dice) -> (String, &'static str, fn(&mut Dice) -> Json) {
    let text_key = dice.pick(&[
        "aws:username",
        "aws:PrincipalTag/team",
        "aws:ResourceTag/team",
        "aws:TagKeys",
        "aws:TagKeys",
        "x:many",
    ]);
    let not = dice.pick(&["", "", "Not"]);
    let (name, key, values): (String, &str, fn(&mut Dice) -> Json) = match dice.roll(14) {
        0 => return ("Null".to_owned(), any_key(dice), |dice| dice.some(&["true", "false", "True"])),
        1 => (format!("Numeric{}", dice.pick(&RELATIONS)), "x:n", |dice| match dice.roll(4) {
            0 => Json::Int(10),
            _ => dice.some(&NUMBERS),
        }),
        2 => (format!("Date{}", dice.pick(&RELATIONS)), "aws:CurrentTime", |dice| dice.some(&DATES)),
        3 => ("Bool".to_owned(), "aws:SecureTransport", |dice| match dice.roll(4) {
            0 => Json::Bool(true),
            _ => dice.some(&["true", "True", "false"]),
        }),
        4 => (format!("{not}IpAddress"), "aws:SourceIp", |dice| dice.some(&NETWORKS)),
        5 => (format!("Arn{not}{}", dice.pick(&["Like", "Equals"])), "aws:SourceArn", |dice| dice.some(&ARNS)),
        6 => ("BinaryEquals".to_owned(), "x:key", |dice| dice.some(&["QmluYXJ5", "QmluYXI=", "bob"])),
        7..=9 => (format!("String{not}Equals"), text_key, |dice| dice.some(&TEXTS)),
        10 => (format!("String{not}EqualsIgnoreCase"), text_key, |dice| dice.some(&TEXTS)),
        _ => (format!("String{not}Like"), text_key, |dice| dice.some(&TEXTS)),
    };
    let set = dice.pick(&["", "", "", "ForAllValues:", "ForAnyValue:"]);
    let if_exists = dice.pick(&["", "", "", "IfExists"]);
    (format!("{set}{name}{if_exists}"), key, values)
}
