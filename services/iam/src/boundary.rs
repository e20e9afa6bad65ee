//! Permissions boundaries of users.

use iam_api::fault;
use identity::{Entity, IamKeys};
use kernel::{Arn, Cx, Result, store::Txn};

/// Makes a policy the boundary of an entity that is being created; an empty ARN is none.
pub async fn bind(tx: &mut Txn, cx: &Cx, keys: &IamKeys, policy: &str, entity: Entity, name: &str) -> Result<()> {
    if policy.is_empty() {
        return Ok(());
    }
    let missing =
        || fault::no_such_entity_exception(format!("Scope ARN: {policy} does not exist or is not attachable."));
    let arn = Arn::parse(policy).filter(|arn| arn.service == "iam").ok_or_else(missing)?;
    let (_, policy_name) = arn
        .resource
        .strip_prefix("policy/")
        .map(|rest| rest.rsplit_once('/').unwrap_or(("", rest)))
        .ok_or_else(missing)?;
    if arn.account == cx.account().to_string() {
        tx.get(&keys.policy(policy_name)).await?.ok_or_else(missing)?;
    } else if arn.account != "aws" {
        return Err(missing());
    }
    tx.put(keys.bounded_entity(policy, entity, name), Vec::new());
    Ok(())
}
