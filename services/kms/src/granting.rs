//! Which of a key's grants a request may go on by: they become statements beside the key policy.

use crate::{condition_keys::Purpose, kms_key::KmsKey, records::GrantRecord};
use lang::policy::{Policy, PrincipalId, Statement, Version};
use std::sync::Arc;

/// Of [`GrantRecord::constraint`].
pub const EQUALS: u8 = 1;
pub const SUBSET: u8 = 2;

/// The statements of the grants that permit an action (`kms:Decrypt`) for this purpose.
pub fn statements(key: &KmsKey, action: &str, purpose: &Purpose) -> Option<Arc<Policy>> {
    if key.grants.is_empty() {
        return None;
    }
    let operation = action.strip_prefix("kms:").unwrap_or(action);
    let mut policy = Policy::new(Version::V2012);
    for grant in key.grants.iter().filter(|grant| permits(grant, operation, purpose)) {
        if let Some(principal) = principal(&grant.grantee) {
            policy.statements.push(Statement::allow(&grant.id, vec![principal], &[action], "*"));
        }
    }
    (!policy.statements.is_empty()).then(|| Arc::new(policy))
}

/// An account, user, role, session, or a service.
pub fn principal(text: &str) -> Option<PrincipalId> {
    let service = text.ends_with(".amazonaws.com") && !text.starts_with("arn:");
    match service {
        true => Some(PrincipalId::Service(text.to_owned())),
        false => PrincipalId::aws(text).filter(|id| !matches!(id, PrincipalId::EveryAws)),
    }
}

fn permits(grant: &GrantRecord, operation: &str, purpose: &Purpose) -> bool {
    if !grant.operations.iter().any(|permitted| permitted == operation) {
        return false;
    }
    match &purpose.grant {
        // "Any grants created with the CreateGrant permission have an equally strict or stricter encryption context
        // constraint", and no operations that this one does not have.
        Some(new) => {
            let operations = new.operations.iter().all(|operation| grant.operations.contains(operation));
            let given = new.equals.as_ref().or(new.subset.as_ref());
            let constraint = match grant.constraint {
                EQUALS => new.equals.as_ref().is_some_and(|pairs| same(pairs, &grant.context_equals)),
                SUBSET => given.is_some_and(|pairs| includes(pairs, &grant.context_subset)),
                _ => true,
            };
            operations && constraint
        }
        // "The constraint doesn't apply to these operations."
        None if matches!(operation, "DescribeKey" | "RetireGrant") => true,
        None => match grant.constraint {
            EQUALS => same(&purpose.encryption_context, &grant.context_equals),
            SUBSET => includes(&purpose.encryption_context, &grant.context_subset),
            _ => true,
        },
    }
}

fn includes(pairs: &[(String, String)], wanted: &[(String, String)]) -> bool {
    wanted.iter().all(|pair| pairs.contains(pair))
}

fn same(pairs: &[(String, String)], wanted: &[(String, String)]) -> bool {
    pairs.len() == wanted.len() && includes(pairs, wanted)
}
