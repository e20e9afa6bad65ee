//! What holds of all policies and requests, on many random ones.

mod policy {
    #[allow(dead_code)] // the tables are for other tests
    pub mod table;
}

use lang::policy::{
    Attached, ContextKeys, Effect, Form, Kind, Outcome, Policies, Policy, Principal, Request, ResourcePolicy,
    Statement, decide, explain,
};
use policy::table::principal;
use proptest::{prelude::*, sample::select};

const WHO: [&str; 9] = ["root", "bob", "eve", "eve-root", "app", "far-app", "fed", "sns", "anonymous"];

/// One statement as JSON, for a policy with principals or without. Often enough it applies.
fn statement(principals: bool) -> impl Strategy<Value = String> {
    let effect = select(vec!["Allow", "Allow", "Allow", "Deny"]);
    let principal = select(vec![
        r#""Principal":"*","#,
        r#""Principal":{"AWS":"111122223333"},"#,
        r#""Principal":{"AWS":["444455556666","arn:aws:iam::111122223333:user/bob"]},"#,
        r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/team/app"},"#,
        r#""Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/app/s1","Service":"sns.amazonaws.com"},"#,
        r#""NotPrincipal":{"AWS":["111122223333","arn:aws:iam::111122223333:user/bob"]},"#,
    ]);
    let action = select(vec![
        r#""Action":"*""#,
        r#""Action":["sqs:Send*","s3:*"]"#,
        r#""NotAction":"iam:*""#,
        r#""Action":"s3:*""#,
    ]);
    let resource = select(vec![
        r#""Resource":"*""#,
        r#""Resource":"arn:aws:sqs:*:*:o*""#,
        r#""NotResource":["arn:aws:s3:::x","arn:aws:sqs:us-*-1:*:${aws:username}"]"#,
        r#""Resource":"arn:aws:sqs:*:*:other""#,
    ]);
    let condition = select(vec![
        "",
        "",
        r#","Condition":{"StringEquals":{"aws:username":["bob","eve"]}}"#,
        r#","Condition":{"StringNotLikeIfExists":{"aws:username":"b*"},"Null":{"aws:TagKeys":"false"}}"#,
        r#","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","${aws:username, 'b'}"]}}"#,
        r#","Condition":{"NumericLessThan":{"x:n":5},"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#,
    ]);
    (effect, principal, action, resource, condition).prop_map(
        move |(effect, principal, action, resource, condition)| {
            let principal = if principals { principal } else { "" };
            format!(r#"{{"Effect":"{effect}",{principal}{action},{resource}{condition}}}"#)
        },
    )
}

fn document(principals: bool) -> impl Strategy<Value = String> {
    proptest::collection::vec(statement(principals), 1..4)
        .prop_map(|statements| format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")))
}

fn keys() -> impl Strategy<Value = ContextKeys> {
    let name = proptest::option::of(select(vec!["bob", "eve", "carol"]));
    let tags = proptest::option::of(proptest::collection::vec(select(vec!["a", "b", "c"]), 0..3));
    (name, tags, 0_u8..10).prop_map(|(name, tags, n)| {
        let mut keys = ContextKeys::default();
        keys.set("aws:CurrentTime", "2026-01-31T12:00:00Z").set("x:n", n.to_string());
        if let Some(name) = name {
            keys.set("aws:username", name);
        }
        if let Some(tags) = tags {
            keys.set_many("aws:TagKeys", tags);
        }
        keys
    })
}

/// Everything of a request, owned. The order of the policies is identity, boundary, session, SCP, resource, RCP.
#[derive(Clone, Debug)]
struct Scene {
    who: &'static str,
    own: bool,
    required: bool,
    keys: ContextKeys,
    policies: [Option<Policy>; 6],
}

impl Scene {
    fn ask<T>(&self, answer: impl Fn(&Request) -> T) -> T {
        let lists = self.policies.each_ref().map(|policy| {
            policy.iter().map(|policy| Attached { name: "p", form: Form::Managed, policy }).collect::<Vec<_>>()
        });
        let [identity, boundary, session, scp, resource, rcp] = &lists;
        let (scps, rcps) = ([scp.as_slice()], [rcp.as_slice()]);
        answer(&Request {
            principal: principal(self.who),
            action: "sqs:SendMessage",
            resource: Some("arn:aws:sqs:us-east-1:111122223333:orders"),
            resource_account: if self.own { "111122223333" } else { "777788889999" },
            context: &self.keys,
            policies: Policies {
                identity,
                boundary: boundary.first().copied(),
                session,
                resource: resource
                    .first()
                    .map(|policy| ResourcePolicy { required: self.required, ..ResourcePolicy::new(*policy) }),
                scps: if scp.is_empty() { &[] } else { &scps },
                rcps: if rcp.is_empty() { &[] } else { &rcps },
            },
        })
    }
}

fn parse(document: &str) -> Policy {
    let kind = if document.contains("Principal") { Kind::Resource } else { Kind::Identity };
    Policy::parse(document, kind).unwrap_or_else(|error| panic!("{document}: {}", error.detail()))
}

fn scene() -> impl Strategy<Value = Scene> {
    let own = || proptest::option::of(document(false).prop_map(|text| parse(&text)));
    let far = || proptest::option::of(document(true).prop_map(|text| parse(&text)));
    let policies = (own(), own(), own(), own(), far(), far()).prop_map(|(a, b, c, d, e, f)| [a, b, c, d, e, f]);
    (select(WHO.to_vec()), any::<bool>(), any::<bool>(), keys(), policies)
        .prop_map(|(who, own, required, keys, policies)| Scene { who, own, required, keys, policies })
}

fn extra(principals: bool, effect: Effect) -> impl Strategy<Value = Statement> {
    document(principals).prop_map(move |text| {
        let mut statement = parse(&text).statements[0].clone();
        statement.effect = effect;
        statement
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn rendering_and_reading_is_the_identity(text in prop_oneof![document(true), document(false)]) {
        let policy = parse(&text);
        prop_assert_eq!(parse(&policy.to_string()), policy);
    }

    /// Whoever a Deny applies to, whatever else is said.
    #[test]
    fn an_explicit_deny_wins(scene in scene()) {
        scene.ask(|request| {
            let explained = explain(request);
            let has_policies = !matches!(request.principal, Principal::Root { .. }) && request.principal.account().is_some();
            let counts = |kind| match kind {
                Kind::Identity | Kind::PermissionsBoundary => has_policies,
                Kind::Session | Kind::ServiceControl => request.principal.account().is_some(),
                _ => true,
            };
            let denied = explained.looked.iter().any(|looked| {
                looked.effect == Effect::Deny && matches!(looked.outcome, Outcome::Applies(_)) && counts(looked.source.kind)
            });
            let decided = matches!(explained.decision.reason, lang::policy::Reason::ExplicitDeny(_));
            assert_eq!(denied, decided, "{explained}");
            assert_eq!(explained.decision, decide(request));
        });
    }

    #[test]
    fn another_allow_takes_nothing_away(
        scene in scene(),
        which in 0_usize..6,
        own in extra(false, Effect::Allow),
        far in extra(true, Effect::Allow),
    ) {
        let mut more = scene.clone();
        if let Some(policy) = &mut more.policies[which] {
            policy.statements.insert(0, if which < 4 { own } else { far });
            prop_assert!(!scene.ask(|request| decide(request).is_allowed()) || more.ask(|request| decide(request).is_allowed()));
        }
    }

    #[test]
    fn another_deny_gives_nothing(
        scene in scene(),
        which in 0_usize..6,
        own in extra(false, Effect::Deny),
        far in extra(true, Effect::Deny),
    ) {
        let mut more = scene.clone();
        if let Some(policy) = &mut more.policies[which] {
            policy.statements.push(if which < 4 { own } else { far });
            prop_assert!(scene.ask(|request| decide(request).is_allowed()) || !more.ask(|request| decide(request).is_allowed()));
        }
    }

    #[test]
    fn an_allow_is_by_a_statement_that_applies(scene in scene()) {
        scene.ask(|request| {
            let explained = explain(request);
            if let (true, Some(source)) = (explained.decision.is_allowed(), explained.decision.source) {
                let looked = explained.looked.iter().find(|looked| looked.source == source).expect("looked at");
                assert!(looked.effect == Effect::Allow && matches!(looked.outcome, Outcome::Applies(_)));
            }
        });
    }

    /// Any text, any damage to a document: an answer, no panic.
    #[test]
    fn hostile_documents(text in prop_oneof![
        ".{0,200}",
        "[\\[\\]{}\",:a-zA-Z* 0-9\\\\]{0,200}",
        (document(true), any::<prop::sample::Index>(), ".{0,3}").prop_map(|(text, at, junk)| {
            let mut chars: Vec<char> = text.chars().collect();
            let at = at.index(chars.len());
            chars.splice(at..(at + 1), junk.chars());
            chars.into_iter().collect()
        }),
    ]) {
        for kind in [Kind::Identity, Kind::Resource, Kind::RoleTrust, Kind::ServiceControl, Kind::ResourceControl] {
            let _ = Policy::parse(&text, kind).map(|policy| policy.to_string());
        }
    }

    /// Any strings where a policy may have any, against any values.
    #[test]
    fn hostile_strings(
        operator in select(vec![
            "StringEquals", "StringLike", "StringNotEqualsIgnoreCase", "NumericLessThan", "DateEquals", "DateNotEquals", "Bool",
            "BinaryEquals", "IpAddress", "NotIpAddress", "ArnLike", "ArnNotEquals", "Null", "ForAnyValue:StringLike", "ForAllValues:ArnLike",
        ]),
        wanted in prop_oneof![".{0,30}", "[$*?{},':a-é0-9/.+tTzZ-]{0,30}"],
        value in prop_oneof![".{0,30}", "[:a-é0-9/.+tTzZ-]{0,30}"],
        resource in "arn:aws:[$*?{}a:é]{0,20}",
    ) {
        let quoted = |text: &str| wire::Json::from(text).to_string();
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":{},"Condition":{{"{operator}":{{"x:k":{}}}}}}}}}"#,
            quoted(&resource), quoted(&wanted)
        );
        if let Ok(policy) = Policy::parse(&text, Kind::Identity) {
            let mut keys = ContextKeys::default();
            keys.set("x:k", value.as_str());
            let mut scene = Scene { who: "bob", own: true, required: false, keys, policies: Default::default() };
            scene.policies[0] = Some(policy);
            scene.ask(|request| decide(request).is_allowed());
        }
    }
}

/// The largest document that is read, made to match slowly: the work stays the product of the lengths.
#[test]
fn hostile_sizes() {
    let patterns = vec![format!("\"{}b\"", "*a".repeat(500)); 100].join(",");
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"StringLike":{{"aws:UserAgent":[{patterns}]}}}}}}}}"#
    );
    let policy = Policy::parse(&text, Kind::Identity).expect("a policy");
    let mut keys = ContextKeys::default();
    keys.set("aws:UserAgent", "a".repeat(8_000));
    let mut scene = Scene { who: "bob", own: true, required: false, keys, policies: Default::default() };
    scene.policies[0] = Some(policy);
    assert!(!scene.ask(|request| decide(request).is_allowed()));
}
