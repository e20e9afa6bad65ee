//! Which policies are attached to which root, OU or account.

use crate::{
    access::Org,
    faults, limits,
    node::Node,
    page::page,
    policy::{Known, summaries},
};
use identity::organization::{AttachedPolicies, attached, managed};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Txn},
};
use organizations_api::{ConstraintViolationExceptionReason as Reason, *};

/// What a policy is attached to.
pub async fn targets(org: &Org, tx: &mut Txn, known: &Known) -> Result<Vec<Node>> {
    let policy_type = known.policy_type();
    let Some(enabling) = org.enabling(policy_type) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    match known {
        // Attached by default, so there are no rows the other way round.
        Known::Managed(policy) => {
            for node in org.nodes(tx).await? {
                let attached = attached(tx, org, &node.id, policy_type).await?;
                if attached.policies.iter().any(|id| id == policy.id) {
                    found.push(node);
                }
            }
        }
        Known::Own(record) => {
            for row in tx.below(&org.keys.targets(&record.id)).await? {
                let Some(target) = row.key.name() else { continue };
                if *row.value == enabling.to_be_bytes() {
                    found.extend(org.node(tx, &target).await?);
                }
            }
        }
    }
    Ok(found)
}

/// Stores what is attached to a target.
fn put(org: &Org, tx: &mut Txn, target: &str, policy_type: &str, attached: &AttachedPolicies) {
    tx.put(org.keys.attached(target, policy_type), attached.encode());
}

pub async fn attach_policy(cx: Cx, input: AttachPolicyInput) -> Result<AttachPolicyOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_policy_administrators(&cx, tx).await?;
        let known = Known::find(&org, tx, &input.policy_id).await?;
        let node = org.node(tx, &input.target_id).await?.ok_or_else(faults::no_such_target)?;
        let policy_type = known.policy_type();
        let enabling = org.enabling(policy_type).ok_or_else(faults::type_not_enabled)?;
        let mut list = attached(tx, &org, &node.id, policy_type).await?;
        if list.policies.contains(&input.policy_id) {
            return Err(fault::duplicate_policy_attachment_exception(
                "The selected policy is already attached to the specified target.",
            ));
        }
        if list.policies.len() >= limits::of(&policy_type.into()).attached {
            return Err(faults::constraint(
                Reason::MaxPolicyTypeAttachmentLimitExceeded,
                "You have attached the maximum number of policies to the specified target.",
            ));
        }
        list.policies.push(input.policy_id.clone());
        list.updated = cx.now();
        put(&org, tx, &node.id, policy_type, &list);
        if managed(&input.policy_id).is_none() {
            tx.put(org.keys.targets(&input.policy_id).text(&node.id), enabling.to_be_bytes().to_vec());
        }
        org.changed(tx);
        Ok(AttachPolicyOutput {})
    })
    .await
}

pub async fn detach_policy(cx: Cx, input: DetachPolicyInput) -> Result<DetachPolicyOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_policy_administrators(&cx, tx).await?;
        let known = Known::find(&org, tx, &input.policy_id).await?;
        let node = org.node(tx, &input.target_id).await?.ok_or_else(faults::no_such_target)?;
        if let Known::Managed(policy) = &known
            && !policy.detachable
        {
            return Err(faults::invalid(
                InvalidInputExceptionReason::NonDetachablePolicy,
                "You can't detach this AWS Managed Policy.",
            ));
        }
        let policy_type = known.policy_type();
        let mut list = attached(tx, &org, &node.id, policy_type).await?;
        let at = list.policies.iter().position(|id| *id == input.policy_id).ok_or_else(|| {
            fault::policy_not_attached_exception(
                "The policy isn't attached to the specified target in the specified root.",
            )
        })?;
        if policy_type == identity::organization::SERVICE_CONTROL_POLICY && list.policies.len() == 1 {
            return Err(faults::constraint(
                Reason::MinPolicyTypeAttachmentLimitExceeded,
                "You cannot remove the last policy attached to the specified target. You must have at least one attached \
                 at all times.",
            ));
        }
        list.policies.remove(at);
        list.updated = cx.now();
        put(&org, tx, &node.id, policy_type, &list);
        tx.delete(org.keys.targets(&input.policy_id).text(&node.id));
        org.changed(tx);
        Ok(DetachPolicyOutput {})
    })
    .await
}

/// Takes every policy of a target that goes away.
pub async fn remove_all(org: &Org, tx: &mut Txn, target: &str) -> Result<()> {
    let key = org.keys.attachments(target);
    for (_, list) in tx.records::<AttachedPolicies>(&key).await? {
        list.policies.iter().for_each(|policy| tx.delete(org.keys.targets(policy).text(target)));
    }
    tx.delete_range(key.children());
    Ok(())
}

pub async fn list_policies_for_target(
    cx: Cx,
    input: ListPoliciesForTargetInput,
) -> Result<ListPoliciesForTargetOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let node = org.node(tx, &input.target_id).await?.ok_or_else(faults::no_such_target)?;
        let mut policies = Vec::new();
        for id in attached(tx, &org, &node.id, input.filter.as_str()).await?.policies {
            policies.push(Known::find(&org, tx, &id).await?);
        }
        let (policies, next_token) = summaries(&org, policies, input.next_token.as_deref(), input.max_results)?;
        Ok(ListPoliciesForTargetOutput { policies: Some(policies), next_token })
    })
    .await
}

pub async fn list_targets_for_policy(cx: Cx, input: ListTargetsForPolicyInput) -> Result<ListTargetsForPolicyOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let known = Known::find(&org, tx, &input.policy_id).await?;
        let targets = targets(&org, tx, &known).await?;
        let (targets, next_token) =
            page(targets, input.next_token.as_deref(), input.max_results, |node: &Node| &node.id)?;
        let targets = targets.into_iter().map(|node| node.target_summary(&org)).collect();
        Ok(ListTargetsForPolicyOutput { targets: Some(targets), next_token })
    })
    .await
}
