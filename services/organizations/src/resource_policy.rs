//! The organization's resource policy, by which the management account delegates to member accounts.

use crate::{access::Org, faults, ids, tags};
use identity::organization::DelegationPolicyRecord;
use kernel::{Cx, Result, record::Record, store::Rows};
use lang::policy::{Kind, Policy, PrincipalId};
use organizations_api::{InvalidInputExceptionReason as Reason, *};

/// What can be delegated (user guide, "Supported delegated actions").
pub const DELEGABLE: [&str; 35] = [
    "AttachPolicy",
    "CreatePolicy",
    "DeletePolicy",
    "DescribeAccount",
    "DescribeCreateAccountStatus",
    "DescribeEffectivePolicy",
    "DescribeHandshake",
    "DescribeOrganization",
    "DescribeOrganizationalUnit",
    "DescribePolicy",
    "DescribeResourcePolicy",
    "DetachPolicy",
    "DisablePolicyType",
    "EnablePolicyType",
    "ListAccounts",
    "ListAccountsForParent",
    "ListAccountsWithInvalidEffectivePolicy",
    "ListAWSServiceAccessForOrganization",
    "ListChildren",
    "ListCreateAccountStatus",
    "ListDelegatedAdministrators",
    "ListDelegatedServicesForAccount",
    "ListEffectivePolicyValidationErrors",
    "ListHandshakesForAccount",
    "ListHandshakesForOrganization",
    "ListOrganizationalUnitsForParent",
    "ListParents",
    "ListPolicies",
    "ListPoliciesForTarget",
    "ListRoots",
    "ListTagsForResource",
    "ListTargetsForPolicy",
    "TagResource",
    "UntagResource",
    "UpdatePolicy",
];

fn check(content: &str) -> Result<()> {
    let policy = Policy::parse(content, Kind::Resource).map_err(|error| {
        faults::invalid(Reason::InvalidResourcePolicyJson, format!("The resource policy is not valid: {error}"))
    })?;
    for statement in policy.statements.iter() {
        let principals = statement.principal.iter().flat_map(|principal| &principal.entries);
        // "Principal": accounts of the organization and what is in them, and nobody by exclusion.
        let negated = statement.principal.as_ref().is_some_and(|principal| principal.negated);
        let foreign = |entry: &PrincipalId| {
            matches!(entry, PrincipalId::Service(_) | PrincipalId::Federated(_) | PrincipalId::CanonicalUser(_))
        };
        if negated || principals.into_iter().any(foreign) {
            return Err(faults::invalid(Reason::InvalidPrincipal, "You specified an invalid principal in the policy."));
        }
        let unsupported = |action: &str| {
            let name = action.strip_prefix("organizations:").filter(|name| !name.contains(['*', '?']));
            match name {
                Some(name) => !DELEGABLE.iter().any(|known| known.eq_ignore_ascii_case(name)),
                // With a wildcard, what can be delegated is.
                None => !action.starts_with("organizations:") && action != "*",
            }
        };
        if statement.action().entries.iter().any(|action| unsupported(action.text())) {
            return Err(faults::invalid(
                Reason::UnsupportedActionInResourcePolicy,
                "You specified an action in the resource policy that isn't supported.",
            ));
        }
    }
    Ok(())
}

fn shape(org: &Org, record: DelegationPolicyRecord) -> ResourcePolicy {
    let arn = org.arn(&format!("resourcepolicy/{}/{}", org.id, record.id));
    let summary = ResourcePolicySummary { id: Some(record.id), arn: Some(arn) };
    ResourcePolicy { resource_policy_summary: Some(summary), content: Some(record.content) }
}

fn not_found() -> wire::Fault {
    fault::resource_policy_not_found_exception("We can't find a resource policy for the organization.")
}

/// "Calls with tags apply to the initial creation of the resource policy, otherwise an exception is thrown."
pub async fn put_resource_policy(cx: Cx, input: PutResourcePolicyInput) -> Result<PutResourcePolicyOutput> {
    check(&input.content)?;
    let tags = tags::checked(input.tags.unwrap_or_default())?;
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        if !org.all_features {
            return Err(faults::not_all_features());
        }
        let known = tx.record::<DelegationPolicyRecord>(&org.keys.resource_policy()).await?;
        if known.is_some() && !tags.is_empty() {
            return Err(faults::invalid(
                Reason::InvalidListMember,
                "Tags can be specified only when the resource policy is created. Use TagResource instead.",
            ));
        }
        let mut record = known.unwrap_or_else(|| DelegationPolicyRecord {
            id: ids::resource_policy(&cx),
            tags: tags.clone(),
            ..DelegationPolicyRecord::default()
        });
        record.content.clone_from(&input.content);
        tx.put(org.keys.resource_policy(), record.encode());
        org.changed(tx);
        Ok(PutResourcePolicyOutput { resource_policy: Some(shape(&org, record)) })
    })
    .await
}

pub async fn describe_resource_policy(cx: Cx, _: DescribeResourcePolicyInput) -> Result<DescribeResourcePolicyOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let record = tx.record::<DelegationPolicyRecord>(&org.keys.resource_policy()).await?;
        Ok(DescribeResourcePolicyOutput { resource_policy: Some(shape(&org, record.ok_or_else(not_found)?)) })
    })
    .await
}

pub async fn delete_resource_policy(cx: Cx, _: DeleteResourcePolicyInput) -> Result<DeleteResourcePolicyOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        if tx.bytes(&org.keys.resource_policy()).await?.is_none() {
            return Err(not_found());
        }
        tx.delete(org.keys.resource_policy());
        org.changed(tx);
        Ok(DeleteResourcePolicyOutput {})
    })
    .await
}
