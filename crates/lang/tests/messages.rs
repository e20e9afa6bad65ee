//! AWS's sentences about denied requests, and the account that `explain` gives of a decision.

mod policy {
    #[allow(dead_code)] // the tables are for other tests
    pub mod table;
}

use lang::policy::{
    Attached, ContextKeys, Decision, Form, Kind, Policies, Policy, Reason, Request, ResourcePolicy, Version, explain,
};
use policy::table::principal;

const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:orders";

fn request<'a>(who: &str, resource: Option<&'a str>, context: &'a ContextKeys, policies: Policies<'a>) -> Request<'a> {
    Request {
        principal: principal(who),
        action: "sqs:SendMessage",
        resource,
        resource_account: "111122223333",
        context,
        policies,
    }
}

#[test]
fn sentences() {
    let keys = ContextKeys::default();
    let why = [
        (Reason::ImplicitDeny(Kind::Identity), "because no identity-based policy allows the sqs:sendmessage action"),
        (
            Reason::ImplicitDeny(Kind::PermissionsBoundary),
            "because no permissions boundary allows the sqs:sendmessage action",
        ),
        (Reason::ImplicitDeny(Kind::Session), "because no session policy allows the sqs:sendmessage action"),
        (Reason::ImplicitDeny(Kind::Resource), "because no resource-based policy allows the sqs:sendmessage action"),
        (Reason::ImplicitDeny(Kind::RoleTrust), "because no role trust policy allows the sqs:sendmessage action"),
        (
            Reason::ImplicitDeny(Kind::ServiceControl),
            "because no service control policy allows the sqs:sendmessage action",
        ),
        (
            Reason::ImplicitDeny(Kind::ResourceControl),
            "because no resource control policy allows the sqs:sendmessage action",
        ),
        (Reason::ExplicitDeny(Kind::Identity), "with an explicit deny in an identity-based policy"),
        (Reason::ExplicitDeny(Kind::PermissionsBoundary), "with an explicit deny in a permissions boundary"),
        (Reason::ExplicitDeny(Kind::Session), "with an explicit deny in a session policy"),
        (Reason::ExplicitDeny(Kind::Resource), "with an explicit deny in a resource-based policy"),
        (Reason::ExplicitDeny(Kind::RoleTrust), "with an explicit deny in the role trust policy"),
        (Reason::ExplicitDeny(Kind::ServiceControl), "with an explicit deny in a service control policy"),
        (Reason::ExplicitDeny(Kind::ResourceControl), "with an explicit deny in a resource control policy"),
    ];
    for (reason, end) in why {
        let decision = Decision { reason, source: None };
        assert_eq!(
            decision.message(&request("bob", Some(QUEUE), &keys, Policies::default())),
            format!(
                "User: arn:aws:iam::111122223333:user/bob is not authorized to perform: sqs:sendmessage on resource: {QUEUE} {end}"
            )
        );
        assert_eq!(
            decision.message(&request("bob", None, &keys, Policies::default())),
            format!("User: arn:aws:iam::111122223333:user/bob is not authorized to perform: sqs:sendmessage {end}")
        );
    }
}

#[test]
fn roles_do_not_say_why() {
    let trust = Policy::new(Version::V2012);
    let attached = Attached { name: "trust", form: Form::Inline, policy: &trust };
    let policies = Policies { resource: Some(ResourcePolicy::trust(attached)), ..Policies::default() };
    let keys = ContextKeys::default();
    for (kind, end) in [(Reason::ImplicitDeny(Kind::Identity), ""), (Reason::ImplicitDeny(Kind::RoleTrust), "")]
        .into_iter()
        .chain([(Reason::ExplicitDeny(Kind::RoleTrust), " with an explicit deny in the role trust policy")])
    {
        let decision = Decision { reason: kind, source: None };
        assert_eq!(
            decision.message(&request("bob", None, &keys, policies)),
            format!("User: arn:aws:iam::111122223333:user/bob is not authorized to perform: sqs:sendmessage{end}")
        );
    }
}

#[test]
fn requesters() {
    let keys = ContextKeys::default();
    let decision = Decision { reason: Reason::ExplicitDeny(Kind::Resource), source: None };
    for (who, name) in [
        ("root", "arn:aws:iam::111122223333:root"),
        ("app", "arn:aws:sts::111122223333:assumed-role/app/s1"),
        ("fed", "arn:aws:sts::111122223333:federated-user/fed"),
        ("sns", "sns.amazonaws.com"),
        ("google", "accounts.google.com"),
        ("anonymous", "anonymous"),
    ] {
        assert_eq!(
            decision.message(&request(who, None, &keys, Policies::default())),
            format!(
                "User: {name} is not authorized to perform: sqs:sendmessage with an explicit deny in a resource-based policy"
            )
        );
    }
}

#[test]
fn explained() {
    let mut keys = ContextKeys::default();
    keys.set("aws:username", "bob");
    let identity = Policy::parse(
        r#"{"Version":"2012-10-17","Statement":[
            {"Sid":"Read","Effect":"Allow","Action":"sqs:Receive*","Resource":"*"},
            {"Sid":"Other","Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:*:*:other"},
            {"Sid":"Team","Effect":"Allow","Action":"sqs:*","Resource":"*",
             "Condition":{"StringEquals":{"aws:username":"bob"},"StringLike":{"aws:PrincipalTag/team":"red"}}},
            {"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}"#,
        Kind::Identity,
    )
    .expect("a policy");
    let queue = Policy::parse(
        r#"{"Statement":[{"Sid":"Them","Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"sqs:*","Resource":"*"},
            {"Sid":"Nobody","Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]}"#,
        Kind::Resource,
    )
    .expect("a policy");
    let attached = [Attached { name: "senders", form: Form::Inline, policy: &identity }];
    let resource = Attached { name: QUEUE, form: Form::Inline, policy: &queue };
    let policies =
        Policies { identity: &attached, resource: Some(ResourcePolicy::new(resource)), ..Policies::default() };
    let explanation = explain(&request("bob", Some(QUEUE), &keys, policies));
    assert_eq!(explanation.decision.source.and_then(|source| source.sid), Some("Nobody"));
    assert_eq!(
        explanation.to_string(),
        format!(
            "User: arn:aws:iam::111122223333:user/bob is not authorized to perform: sqs:sendmessage on resource: {QUEUE} \
             with an explicit deny in a resource-based policy\n\
             \x20 resource-based policy {QUEUE}, statement 0 (Them): Allow does not apply: other principals\n\
             \x20 resource-based policy {QUEUE}, statement 1 (Nobody): Deny applies\n\
             \x20 identity-based policy senders, statement 0 (Read): Allow does not apply: other actions\n\
             \x20 identity-based policy senders, statement 1 (Other): Allow does not apply: other resources\n\
             \x20 identity-based policy senders, statement 2 (Team): Allow does not apply: StringLike aws:PrincipalTag/team does not hold\n\
             \x20 identity-based policy senders, statement 3: Allow applies\n"
        )
    );
    let allowed = explain(&request("bob", Some(QUEUE), &keys, Policies { identity: &attached, ..Policies::default() }));
    assert!(allowed.to_string().starts_with("Allowed by identity-based policy senders, statement 3\n"));
    let root = explain(&request("root", Some(QUEUE), &keys, Policies::default()));
    assert_eq!(root.to_string(), "Allowed: the root user of the account\n");
}
