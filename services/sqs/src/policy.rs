//! Queue policies: checking what is set, and the statements that AddPermission writes.

use crate::{attributes, faults, queue::Queue};
use kernel::{Cx, Result};
use lang::policy::{Kind, Policy, PrincipalId, Statement, Version};
use sqs_api::*;

/// The actions that AddPermission takes (API reference, AddPermission).
const SHARED: [&str; 8] = [
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
];
/// Actions of one statement.
const MAX_ACTIONS: usize = 7;

/// A policy that may be set; empty text removes it.
pub fn check(text: &str) -> Result<String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    match Policy::parse(text, Kind::Resource) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(attributes::invalid("Policy")),
    }
}

pub async fn add_permission(cx: Cx, input: AddPermissionInput) -> Result<AddPermissionOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if input.label.is_empty() || input.label.len() > 80 || !input.label.bytes().all(plain) {
        return Err(faults::invalid_value(
            &input.label,
            "Label",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ));
    }
    if input.aws_account_ids.is_empty() {
        return Err(faults::missing_parameter("AWSAccountIds"));
    }
    if input.actions.is_empty() {
        return Err(faults::missing_parameter("Actions"));
    }
    if input.actions.len() > MAX_ACTIONS {
        return Err(fault::over_limit(format!(
            "{} Actions were found, maximum allowed is {MAX_ACTIONS}.",
            input.actions.len()
        )));
    }
    let known = |action: &str| action == "SendMessage" || SHARED.contains(&action);
    if let Some(unknown) = input.actions.iter().find(|action| !known(action)) {
        return Err(faults::invalid_value(
            unknown,
            "ActionName",
            "Please refer to the appropriate WSDL for a list of valid actions.",
        ));
    }
    let principal = |id: &String| {
        kernel::AccountId::parse(id)
            .and_then(|id| PrincipalId::aws(&format!("arn:{}:iam::{id}:root", cx.region().partition())))
            .ok_or_else(|| faults::invalid_value(id, "PrincipalId", "Unable to verify."))
    };
    let principals = input.aws_account_ids.iter().map(principal).collect::<Result<Vec<_>>>()?;
    let actions: Vec<String> = input.actions.iter().map(|action| format!("SQS:{action}")).collect();
    let actions: Vec<&str> = actions.iter().map(String::as_str).collect();
    let statement = Statement::allow(&input.label, principals, &actions, &queue.arn);
    queue
        .update(&cx, |record| {
            let mut policy = parse(&record.policy);
            if policy.statement(&input.label).is_some() {
                return Err(faults::invalid_value(&input.label, "Label", "Already exists."));
            }
            if policy.id.is_none() {
                policy.id = Some(format!("{}/SQSDefaultPolicy", queue.arn));
            }
            policy.statements.push(statement.clone());
            record.policy = policy.to_string();
            record.modified = cx.now();
            Ok(())
        })
        .await?;
    Ok(AddPermissionOutput {})
}

pub async fn remove_permission(cx: Cx, input: RemovePermissionInput) -> Result<RemovePermissionOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    queue
        .update(&cx, |record| {
            let mut policy = parse(&record.policy);
            if !policy.remove(&input.label) {
                let reason = match record.policy.is_empty() {
                    true => "can't find label.",
                    false => "can't find label on existing policy.",
                };
                return Err(faults::invalid_value(&input.label, "Label", reason));
            }
            record.policy = if policy.statements.is_empty() { String::new() } else { policy.to_string() };
            record.modified = cx.now();
            Ok(())
        })
        .await?;
    Ok(RemovePermissionOutput {})
}

/// The stored policy, which was checked when it was set; a new one where there is none.
pub fn parse(text: &str) -> Policy {
    Policy::parse(text, Kind::Resource).unwrap_or_else(|_| Policy::new(Version::V2008))
}
