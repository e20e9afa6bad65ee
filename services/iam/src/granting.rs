//! Which policies let a principal into a service.

use crate::principal_policies::{self, On};
use iam_api::*;
use identity::Entity;
use kernel::{Cx, Result};
use lang::policy::{Effect, Kind, Policy};

/// Whether a document allows any action of a service. "It only applies permissions policy logic", and denials do not count.
pub fn grants(policy: &Policy, service: &str) -> bool {
    policy.statements.iter().any(|statement| statement.effect == Effect::Allow && statement.reaches(service))
}

pub async fn list_policies_granting_service_access(
    cx: Cx,
    input: ListPoliciesGrantingServiceAccessInput,
) -> Result<ListPoliciesGrantingServiceAccessOutput> {
    // One page: 200 services are the most that can be asked for, so no marker was ever given.
    if input.marker.is_some() {
        return Err(fault::invalid_input_exception("Invalid Marker."));
    }
    let snapshot = cx.read();
    let owner = principal_policies::owner_of(&cx, &*snapshot, &input.arn).await?;
    let mut policies = Vec::new();
    for on in principal_policies::of(&cx, &*snapshot, &owner).await? {
        if let Ok(policy) = Policy::parse(&on.document, Kind::Identity) {
            policies.push((on, policy));
        }
    }
    let entry = |service: &String| ListPoliciesGrantingServiceAccessEntry {
        service_namespace: Some(service.clone()),
        policies: Some(
            policies.iter().filter(|(_, policy)| grants(policy, service)).map(|(on, _)| shown(on)).collect(),
        ),
    };
    Ok(ListPoliciesGrantingServiceAccessOutput {
        policies_granting_service_access: input.service_namespaces.iter().map(entry).collect(),
        is_truncated: Some(false),
        marker: None,
    })
}

/// "For each managed policy, this operation returns the ARN and policy name. For each inline policy, it returns the policy
/// name and the entity to which it is attached."
fn shown(on: &On) -> PolicyGrantingServiceAccess {
    let inline = on.arn.is_none();
    PolicyGrantingServiceAccess {
        policy_name: on.name.clone(),
        policy_type: if inline { PolicyType::Inline } else { PolicyType::Managed },
        policy_arn: on.arn.clone(),
        entity_type: inline.then(|| entity_type(on.entity)),
        entity_name: inline.then(|| on.owner.clone()),
    }
}

pub fn entity_type(entity: Entity) -> PolicyOwnerEntityType {
    match entity {
        Entity::User => PolicyOwnerEntityType::User,
        Entity::Group => PolicyOwnerEntityType::Group,
        Entity::Role => PolicyOwnerEntityType::Role,
    }
}
