//! One authorisation decision over many statements.

use lang::policy::{Attached, ContextKeys, Form, Kind, Policies, Policy, Principal, Request, decide};
use std::{hint::black_box, time::Instant};

const POLICIES: usize = 20;
const STATEMENTS: usize = 50;
const DECISIONS: u32 = 2_000;

/// Statements as people write them: some actions of a service on an ARN, every tenth with a condition. The last allows.
fn policies() -> anyhow::Result<Vec<Policy>> {
    let services = ["events", "dynamodb", "sqs", "sns", "ec2", "lambda", "logs", "kms", "ecs", "states"];
    let statement = |policy: usize, index: usize| {
        let service = services[(policy + index) % services.len()];
        let condition = match index % 10 {
            0 => r#","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
            _ => "",
        };
        format!(
            r#"{{"Effect":"Allow","Action":["{service}:Get*","{service}:ListThings","{service}:Put{index}*"],"Resource":"arn:aws:{service}:us-east-1:111122223333:thing-{policy}-{index}/*"{condition}}}"#
        )
    };
    let policy = |policy: usize| {
        let mut statements: Vec<String> = (0..STATEMENTS).map(|index| statement(policy, index)).collect();
        if policy == POLICIES - 1 {
            statements[STATEMENTS - 1] =
                r#"{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:*:*:jobs"}"#.to_owned();
        }
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        Policy::parse(&text, Kind::Identity).map_err(|error| anyhow::anyhow!("{error:?}"))
    };
    (0..POLICIES).map(policy).collect()
}

/// Microseconds for a decision that has to look at every statement.
pub fn measure() -> anyhow::Result<f64> {
    let policies = policies()?;
    let attached: Vec<Attached> =
        policies.iter().map(|policy| Attached { name: "policy", form: Form::Managed, policy }).collect();
    let context = ContextKeys::default();
    let request = Request {
        principal: Principal::User {
            account: "111122223333",
            arn: "arn:aws:iam::111122223333:user/ada",
            id: "AIDA11112222333344445",
        },
        action: "sqs:SendMessage",
        resource: Some("arn:aws:sqs:us-east-1:111122223333:jobs"),
        resource_account: "111122223333",
        context: &context,
        policies: Policies { identity: &attached, ..Policies::default() },
    };
    anyhow::ensure!(decide(&request).is_allowed(), "the last statement allows");
    let mut times: Vec<f64> = (0..9)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..DECISIONS {
                black_box(decide(black_box(&request)));
            }
            start.elapsed().as_secs_f64() * 1e6 / f64::from(DECISIONS)
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
