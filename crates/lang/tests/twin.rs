//! The evaluator against a second one that is slow and obvious: the same decision, for the same kind of reason, over 20,000 requests
//! made from a small universe, beside more than 500 written by hand.

#[allow(dead_code)] // the tables are for other tests
mod policy {
    pub mod slow;
    pub mod table;
    pub mod universe;
}

use lang::policy::{
    Attached, ContextKeys, Explanation, Form, Kind, Policies, Policy, Reason, Request, ResourcePolicy, decide, explain,
};
use policy::{
    slow::{self, Case},
    table::cases,
    universe::{Dice, case},
};
use std::collections::HashMap;
use wire::Json;

/// Cases made in each run; where they begin can be moved to look at others.
const MADE: usize = 20_000;

/// Asks the fast evaluator the same, and hands out what it explains.
fn fast<T>(case: &Case, answer: impl Fn(&Explanation) -> T) -> T {
    let parsed: Vec<(Kind, usize, bool, Policy)> = case
        .policies
        .iter()
        .map(|document| {
            // Organizations itself attaches RCPs that allow, which its own rules for RCPs would refuse.
            let grammar = if document.kind == Kind::ResourceControl { Kind::Resource } else { document.kind };
            let policy = Policy::parse(&document.json.to_string(), grammar)
                .unwrap_or_else(|error| panic!("{}: {}", document.json, error.detail()));
            (document.kind, document.level, document.required, policy)
        })
        .collect();
    let attached = |policy| Attached { name: "p", form: Form::Managed, policy };
    let list = |wanted| -> Vec<Attached> {
        parsed.iter().filter(|(kind, ..)| *kind == wanted).map(|(.., policy)| attached(policy)).collect()
    };
    let levels = |wanted| -> Vec<Vec<Attached>> {
        let here = |at| parsed.iter().filter(move |(kind, level, ..)| *kind == wanted && *level == at);
        (0..)
            .map(|at| here(at).map(|(.., policy)| attached(policy)).collect())
            .take_while(|l: &Vec<_>| !l.is_empty())
            .collect()
    };
    let (scps, rcps) = (levels(Kind::ServiceControl), levels(Kind::ResourceControl));
    let (scps, rcps): (Vec<&[Attached]>, Vec<&[Attached]>) =
        (scps.iter().map(Vec::as_slice).collect(), rcps.iter().map(Vec::as_slice).collect());
    let own = parsed.iter().find(|(kind, ..)| matches!(kind, Kind::Resource | Kind::RoleTrust));
    let mut keys = ContextKeys::default();
    for key in &case.keys {
        match key.multivalued {
            true => keys.set_many(&key.name, key.values.iter().map(String::as_str)),
            false => keys.set(&key.name, &key.values[0]),
        };
    }
    let request = Request {
        principal: case.who,
        action: &case.action,
        resource: case.resource.as_deref(),
        resource_account: &case.owner,
        context: &keys,
        policies: Policies {
            identity: &list(Kind::Identity),
            boundary: list(Kind::PermissionsBoundary).first().copied(),
            session: &list(Kind::Session),
            resource: own.map(|(kind, _, required, policy)| match kind {
                Kind::RoleTrust => ResourcePolicy::trust(attached(policy)),
                _ => ResourcePolicy { required: *required, ..ResourcePolicy::new(attached(policy)) },
            }),
            scps: &scps,
            rcps: &rcps,
        },
    };
    let explained = explain(&request);
    assert_eq!(explained.decision, decide(&request));
    answer(&explained)
}

fn differ(case: &Case) -> bool {
    fast(case, |explained| explained.decision.reason) != slow::decide(case)
}

/// The same disagreement about less: whatever can be left out is.
fn smaller(mut case: Case) -> Case {
    loop {
        let mut fewer = Vec::new();
        for at in 0..case.policies.len() {
            let mut less = case.clone();
            less.policies.remove(at);
            fewer.push(less);
            for json in reduced(&case.policies[at].json) {
                let mut less = case.clone();
                less.policies[at].json = json;
                fewer.push(less);
            }
        }
        for at in 0..case.keys.len() {
            let mut less = case.clone();
            less.keys.remove(at);
            fewer.push(less);
        }
        // Without one level of several, the levels below must move up.
        fewer.retain(|less| !has_gap(less));
        match fewer.into_iter().find(differ) {
            Some(less) => case = less,
            None => return case,
        }
    }
}

fn has_gap(case: &Case) -> bool {
    let at = |kind, level| case.policies.iter().any(|document| document.kind == kind && document.level == level);
    case.policies.iter().any(|document| document.level > 0 && !at(document.kind, document.level - 1))
}

/// What a document needs. Conditions, their operators and their keys it does not.
const ELEMENTS: [&str; 13] = [
    "Version",
    "Statement",
    "Effect",
    "Principal",
    "NotPrincipal",
    "AWS",
    "Service",
    "Federated",
    "CanonicalUser",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
];

/// The document without one statement, one Condition, one operator, one key, or one value of a list.
fn reduced(json: &Json) -> Vec<Json> {
    let mut all = Vec::new();
    match json {
        Json::List(items) => {
            for at in 0..items.len() {
                if items.len() > 1 {
                    let mut less = items.clone();
                    less.remove(at);
                    all.push(Json::List(less));
                }
                for item in reduced(&items[at]) {
                    let mut less = items.clone();
                    less[at] = item;
                    all.push(Json::List(less));
                }
            }
        }
        Json::Object(members) => {
            for (at, (name, value)) in members.iter().enumerate() {
                if !ELEMENTS.contains(&name.as_str()) {
                    let mut less = members.clone();
                    less.remove(at);
                    all.push(Json::Object(less));
                }
                for value in reduced(value) {
                    let mut less = members.clone();
                    less[at].1 = value;
                    all.push(Json::Object(less));
                }
            }
        }
        _ => {}
    }
    all
}

fn told(case: &Case) -> String {
    let mut text = format!(
        "{:?}\n  asks for {} on {} of {}\n",
        case.who,
        case.action,
        case.resource.as_deref().unwrap_or("*"),
        case.owner
    );
    for key in &case.keys {
        let values = if key.multivalued { format!("{:?}", key.values) } else { format!("{:?}", key.values[0]) };
        text += &format!("  with {} = {values}\n", key.name);
    }
    for document in &case.policies {
        let required = if document.required { ", required" } else { "" };
        text += &format!("  {} (level {}{required}): {}\n", document.kind.words(), document.level, document.json);
    }
    text += &format!("slow: {:?}\n", slow::decide(case));
    text + &fast(case, |explained| format!("fast: {:?}\n{explained}", explained.decision.reason))
}

#[test]
fn both_decide_alike() {
    let start = std::env::var("TWIN_START").ok().and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    let made = std::env::var("TWIN_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(MADE);
    let mut seen: HashMap<Reason, usize> = HashMap::new();
    for number in 0..made as u64 {
        let case = case(&mut Dice((start + number).wrapping_mul(0x5851_f42d_4c95_7f2d)));
        if differ(&case) {
            panic!("case {} of {made}:\n{}", start + number, told(&smaller(case)));
        }
        *seen.entry(slow::decide(&case)).or_default() += 1;
    }
    // Every outcome there is comes up, and not by chance once.
    let common = |reason: Reason| seen.get(&reason).copied().unwrap_or(0) >= made / 1_000;
    let kinds = [
        Kind::Identity,
        Kind::PermissionsBoundary,
        Kind::Session,
        Kind::Resource,
        Kind::RoleTrust,
        Kind::ServiceControl,
        Kind::ResourceControl,
    ];
    for kind in kinds {
        assert!(common(Reason::ExplicitDeny(kind)) && common(Reason::ImplicitDeny(kind)), "{kind:?}: {seen:#?}");
    }
    for kind in [None, Some(Kind::Identity), Some(Kind::Resource), Some(Kind::RoleTrust)] {
        assert!(common(Reason::Allowed(kind)), "{kind:?}: {seen:#?}");
    }
    let by_hand: usize = FILES.iter().map(|file| cases(file).len()).sum();
    assert!(by_hand >= 500 && by_hand + MADE >= 20_500, "{by_hand} cases by hand");
}

const FILES: [&str; 10] = [
    "operators.txt",
    "sets.txt",
    "variables.txt",
    "wildcards.txt",
    "principals.txt",
    "same-account.txt",
    "cross-account.txt",
    "organizations.txt",
    "required.txt",
    "services.txt",
];
