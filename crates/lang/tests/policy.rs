//! The behaviour of policies as tables: `tests/policy/*.txt`, one behaviour a file, one case a line. Each file says how to read it.

mod policy {
    pub mod table;
}

use lang::policy::{
    Attached, ContextKeys, Form, Grant, Kind, Outcome, Policies, Policy, Reason, Request, ResourcePolicy, decide,
    explain,
};
use policy::table::{Case, cases, context, principal};
use wire::Json;

const QUEUE: &str = "arn:aws:sqs:us-east-1:111122223333:orders";

fn attached<'a>(name: &'a str, policy: &'a Policy) -> Attached<'a> {
    Attached { name, form: Form::Inline, policy }
}

/// A policy of one statement, from that statement without what does not matter to the case.
fn parse(statement: &str, kind: Kind) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#);
    Policy::parse(&text, kind).unwrap_or_else(|error| panic!("{text}: {error} ({})", error.detail()))
}

/// How one statement of an identity policy fares.
fn fares(statement: &str, action: &str, resource: &str, keys: &ContextKeys) -> bool {
    let policy = parse(statement, Kind::Identity);
    let identity = [attached("p", &policy)];
    let request = Request {
        principal: principal("bob"),
        action,
        resource: Some(resource),
        resource_account: "111122223333",
        context: keys,
        policies: Policies { identity: &identity, ..Policies::default() },
    };
    decide(&request).is_allowed()
}

/// `Operator key value | value-in-request [with other keys] => holds|fails`
fn condition(case: &Case) -> String {
    let [left, right] = case.halves();
    let (operator, rest) = left.split_once(' ').expect("an operator");
    let (key, values) = rest.split_once(' ').expect("a key");
    let (value, others) = right.split_once(" with ").unwrap_or((right, "{}"));
    let mut keys = context(others);
    match Json::parse(value) {
        _ if value == "absent" => {}
        Ok(Json::List(values)) => {
            keys.set_many(key, values.iter().map(|value| value.as_str().expect("a string")));
        }
        Ok(Json::Str(value)) => {
            keys.set(key, value);
        }
        other => panic!("{}: {other:?}", case.at),
    }
    let statement = format!(
        r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"{key}":{values}}}}}}}"#
    );
    if fares(&statement, "sqs:SendMessage", QUEUE, &keys) { "holds" } else { "fails" }.to_owned()
}

/// `Element pattern | text [with keys] => matches|differs`
fn pattern(case: &Case) -> String {
    let [left, right] = case.halves();
    let (element, pattern) = left.split_once(' ').expect("an element");
    let (text, keys) = right.split_once(" with ").unwrap_or((right, "{}"));
    let pattern = Json::from(pattern);
    let (statement, action, resource) = match element {
        "Action" | "NotAction" => {
            (format!(r#"{{"Effect":"Allow","{element}":{pattern},"Resource":"*"}}"#), text, QUEUE)
        }
        _ => (format!(r#"{{"Effect":"Allow","Action":"*","{element}":{pattern}}}"#), "sqs:SendMessage", text),
    };
    if fares(&statement, action, resource, &context(keys)) { "matches" } else { "differs" }.to_owned()
}

/// `"Principal": element | requester [boundary] => how it is granted`
fn granted(case: &Case) -> String {
    let [element, requester] = case.halves();
    let (requester, bounded) =
        requester.strip_suffix(" bounded").map_or((requester, false), |requester| (requester, true));
    let policy = parse(&format!(r#"{{{element},"Action":"*","Resource":"*"}}"#), Kind::Resource);
    let boundary = parse(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#, Kind::PermissionsBoundary);
    let request = Request {
        principal: principal(requester),
        action: "sqs:SendMessage",
        resource: Some(QUEUE),
        resource_account: "111122223333",
        context: &ContextKeys::default(),
        policies: Policies {
            resource: Some(ResourcePolicy::new(attached("p", &policy))),
            boundary: bounded.then(|| attached("b", &boundary)),
            ..Policies::default()
        },
    };
    match explain(&request).looked[0].outcome {
        Outcome::Applies(Grant::Requester) => "requester",
        Outcome::Applies(Grant::BehindSession) => "behind session",
        Outcome::Applies(Grant::Account) => "account",
        Outcome::Principal => "nobody",
        ref other => panic!("{}: {other:?}", case.at),
    }
    .to_owned()
}

/// `requester resource-account policies… => decision`, with the policies' statements defined at the top of the file.
fn decision(case: &Case) -> String {
    let (subject, given) = case.question.split_once(' ').unwrap_or((&case.question, ""));
    let (subject, owner) = subject.split_once('@').unwrap_or((subject, "111122223333"));
    let find = |kind: &str, names: &str| -> Vec<(String, Policy)> {
        let kind = match kind {
            "boundary" => Kind::PermissionsBoundary,
            "session" => Kind::Session,
            "resource" | "key" => Kind::Resource,
            "trust" => Kind::RoleTrust,
            "scp" => Kind::ServiceControl,
            // Organizations itself attaches RCPFullAWSAccess, which its own rules for RCPs would refuse.
            "rcp" => Kind::Resource,
            _ => Kind::Identity,
        };
        names.split('+').map(|name| (name.to_owned(), case.policy(name, |text| parse(text, kind)))).collect()
    };
    let all: Vec<(String, Vec<(String, Policy)>)> = given
        .split_whitespace()
        .map(|word| word.split_once('=').expect("kind=policy"))
        .map(|(kind, names)| (kind.to_owned(), find(kind, names)))
        .collect();
    let lists: Vec<(&str, Vec<Attached>)> = all
        .iter()
        .map(|(kind, policies)| (kind.as_str(), policies.iter().map(|(name, policy)| attached(name, policy)).collect()))
        .collect();
    let of = |wanted: &str| {
        lists.iter().filter(|(kind, _)| *kind == wanted).map(|(_, list)| list.as_slice()).collect::<Vec<_>>()
    };
    let first = |wanted: &str| of(wanted).first().copied().unwrap_or_default();
    let resource = first("resource").first().map(|policy| ResourcePolicy::new(*policy));
    let key = first("key").first().map(|policy| ResourcePolicy { required: true, ..ResourcePolicy::new(*policy) });
    let trust = first("trust").first().map(|policy| ResourcePolicy::trust(*policy));
    let (scps, rcps) = (of("scp"), of("rcp"));
    let mut keys = ContextKeys::default();
    keys.set("aws:PrincipalArn", "arn:aws:iam::111122223333:role/team/app");
    let request = Request {
        principal: principal(subject),
        action: if trust.is_some() { "sts:AssumeRole" } else { "sqs:SendMessage" },
        resource: Some(QUEUE),
        resource_account: owner,
        context: &keys,
        policies: Policies {
            identity: first("identity"),
            boundary: first("boundary").first().copied(),
            session: first("session"),
            resource: resource.or(key).or(trust),
            scps: &scps,
            rcps: &rcps,
        },
    };
    let explained = explain(&request);
    assert_eq!(explained.decision, decide(&request));
    let name = explained.decision.source.map(|source| format!(" {}", source.name)).unwrap_or_default();
    match explained.decision.reason {
        Reason::Allowed(None) => "allowed as root".to_owned(),
        Reason::Allowed(Some(kind)) => format!("allowed by {}:{name}", kind.words()),
        Reason::ExplicitDeny(kind) => format!("denied by {}:{name}", kind.words()),
        Reason::ImplicitDeny(kind) => format!("no {} allows", kind.words()),
    }
}

/// Runs a file, and says all that differs at once.
fn run(file: &str, answer: fn(&Case) -> String, at_least: usize) {
    let cases = cases(file);
    let wrong: Vec<String> = cases
        .iter()
        .map(|case| (case, answer(case)))
        .filter(|(case, answer)| *answer != case.answer)
        .map(|(case, answer)| format!("{}: {} => {answer}, not {}", case.at, case.question, case.answer))
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() >= at_least, "{file} has only {} cases", cases.len());
}

#[test]
fn operators() {
    run("operators.txt", condition, 100);
}

#[test]
fn sets() {
    run("sets.txt", condition, 40);
}

#[test]
fn variables() {
    run("variables.txt", condition, 20);
}

#[test]
fn wildcards() {
    run("wildcards.txt", pattern, 50);
}

#[test]
fn principals() {
    run("principals.txt", granted, 50);
}

#[test]
fn same_account() {
    run("same-account.txt", decision, 30);
}

#[test]
fn cross_account() {
    run("cross-account.txt", decision, 15);
}

#[test]
fn organizations() {
    run("organizations.txt", decision, 20);
}

#[test]
fn required_resource_policies() {
    run("required.txt", decision, 15);
}

#[test]
fn without_an_account() {
    run("services.txt", decision, 15);
}
