//! Which documents are policies: `tests/policy/grammar.txt`; how policies are rendered; and building them by statements.

mod policy {
    #[allow(dead_code)] // the people are for the decisions
    pub mod table;
}

use lang::policy::{Kind, MAX_BYTES, Policy, PrincipalId, Statement, Version};
use policy::table::cases;

fn kind(name: &str) -> Kind {
    match name {
        "identity" => Kind::Identity,
        "boundary" => Kind::PermissionsBoundary,
        "session" => Kind::Session,
        "resource" => Kind::Resource,
        "trust" => Kind::RoleTrust,
        "scp" => Kind::ServiceControl,
        "rcp" => Kind::ResourceControl,
        other => panic!("no kind {other}"),
    }
}

#[test]
fn documents() {
    let mut wrong = Vec::new();
    let cases = cases("grammar.txt");
    for case in &cases {
        let (name, document) = case.question.split_once(' ').expect("kind document");
        let answer = match Policy::parse(document, kind(name)) {
            Ok(policy) => {
                let rendered = policy.to_string();
                let again = Policy::parse(&rendered, kind(name)).map_err(|error| error.detail().to_owned());
                assert_eq!(again, Ok(policy), "{}: {rendered}", case.at);
                "ok".to_owned()
            }
            Err(error) => {
                assert!(!error.detail().is_empty());
                error.to_string()
            }
        };
        if answer != case.answer {
            wrong.push(format!("{}: {} => {answer}", case.at, case.question));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 120);
}

#[test]
fn details_say_where() {
    for (document, detail) in [
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEqual":{}}}]}"#,
            "Statement[0].Condition.StringEqual: unknown operator",
        ),
        (
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Actions":"*"}]}"#,
            "Statement[0]: unknown element \"Actions\"",
        ),
        (
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Effect":"Deny"}}"#,
            "Statement[0]: \"Effect\" comes twice",
        ),
        (r#"{"Version":"2012-10-17","Statement":{"Action":"*"}}"#, "Statement[0]: Effect is missing"),
    ] {
        let error = Policy::parse(document, Kind::Identity).expect_err("refused");
        assert_eq!(error.detail(), detail);
    }
}

#[test]
fn bounds() {
    let statement = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let long = format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]{}}}"#, " ".repeat(MAX_BYTES));
    assert!(Policy::parse(&long, Kind::Identity).is_err());
    let many = vec![statement; 1_001].join(",");
    assert!(Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{many}]}}"#), Kind::Identity).is_err());
    let deep = "[".repeat(50_000);
    assert!(Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":{deep}"#), Kind::Identity).is_err());
    assert_eq!(Policy::size("{ \"a\":\n\t\"b c\" }"), r#"{"a":"bc"}"#.len());
}

/// Lists of one become their value, account ids the ARN of their root, booleans and numbers strings.
#[test]
fn rendered() {
    let document = r#"{ "Statement": {"Condition":{"Bool":{"aws:SecureTransport":[true]},"NumericLessThan":{"s3:max-keys":[5,"6"]}},
        "Action":["sqs:SendMessage"], "Principal":{"AWS":["111122223333","*"],"Service":["sns.amazonaws.com"]}, "Effect":"Allow",
        "NotResource":["arn:aws:sqs:*:*:a","arn:aws:sqs:*:*:b"], "Sid":"s"}, "Id":"i", "Version":"2012-10-17"}"#;
    let policy = Policy::parse(document, Kind::Resource).expect("a policy");
    assert_eq!(
        policy.to_string(),
        concat!(
            r#"{"Version":"2012-10-17","Id":"i","Statement":[{"Sid":"s","Effect":"Allow","#,
            r#""Principal":{"AWS":["arn:aws:iam::111122223333:root","*"],"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","#,
            r#""NotResource":["arn:aws:sqs:*:*:a","arn:aws:sqs:*:*:b"],"#,
            r#""Condition":{"Bool":{"aws:SecureTransport":"true"},"NumericLessThan":{"s3:max-keys":["5","6"]}}}]}"#
        )
    );
}

/// The queue policy after SQS AddPermission, and after RemovePermission.
#[test]
fn permissions_added_and_removed() {
    let queue = "arn:aws:sqs:us-east-1:111122223333:orders";
    let principal = |text| PrincipalId::aws(text).expect("a principal");
    let mut policy = Policy::new(Version::V2008);
    policy.id = Some(format!("{queue}/SQSDefaultPolicy"));
    let statement = Statement::allow("send", vec![principal("444455556666")], &["SQS:SendMessage"], queue);
    let statement = statement.when("ArnLike", "aws:SourceArn", &["arn:aws:sns:*:*:t"]).expect("an operator");
    policy.statements.push(statement);
    assert_eq!(
        policy.to_string(),
        concat!(
            r#"{"Version":"2008-10-17","Id":"arn:aws:sqs:us-east-1:111122223333:orders/SQSDefaultPolicy","#,
            r#""Statement":[{"Sid":"send","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"#,
            r#""Action":"SQS:SendMessage","Resource":"arn:aws:sqs:us-east-1:111122223333:orders","#,
            r#""Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:t"}}}]}"#
        )
    );
    assert_eq!(Policy::parse(&policy.to_string(), Kind::Resource), Ok(policy.clone()));
    assert!(policy.statement("send").is_some());
    assert!(policy.remove("send") && !policy.remove("send") && policy.statements.is_empty());
}

#[test]
fn statements_tell_their_keys_and_services() {
    let document = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["s3:Get*","*:Send*"],"Resource":"arn:aws:s3:::b/${aws:username}/${*}","Condition":{"StringLike":{"s3:prefix":"${aws:PrincipalTag/Team, 'none'}"}}},
        {"Effect":"Allow","NotAction":["iam:*","sts:AssumeRole"],"Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}"#;
    let policy = Policy::parse(document, Kind::Identity).expect("a policy");
    let keys: Vec<Vec<&str>> = policy.statements.iter().map(|statement| statement.context_keys().collect()).collect();
    assert_eq!(keys, [vec!["aws:username", "aws:PrincipalTag/Team", "s3:prefix"], vec!["aws:SecureTransport"]]);
    let reached = |service| policy.statements.iter().map(|s| s.reaches(service)).collect::<Vec<_>>();
    assert_eq!(reached("s3"), [true, true]);
    assert_eq!(reached("sqs"), [true, true]);
    assert_eq!(reached("iam"), [true, false]);
    assert_eq!(reached("sts"), [true, true]);
}
