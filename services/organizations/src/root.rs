//! The root and the policy types that are enabled in it.

use crate::{access::Org, faults, page::page, service_access};
use identity::organization::{PolicyTypeRecord, UnitRecord};
use kernel::{
    Cx, Result,
    store::{Rows, Txn},
};
use organizations_api::*;

/// The service that must be trusted before a policy type can be enabled ("SERVICE_ACCESS_NOT_ENABLED: You attempted to
/// enable a policy type before you enabled service access"). Which types those are is a guess from their guides.
fn service_of(policy_type: &PolicyType) -> Option<&'static str> {
    match policy_type {
        PolicyType::SecurityhubPolicy => Some("securityhub.amazonaws.com"),
        PolicyType::InspectorPolicy => Some("inspector2.amazonaws.com"),
        _ => None,
    }
}

/// Refuses to take a service's access away while a policy type needs it.
pub fn check_unused(org: &Org, service: &str) -> Result<()> {
    let needs = |known: &&PolicyTypeRecord| {
        known.enabled && service_of(&known.policy_type.as_str().into()).is_some_and(|needed| needed == service)
    };
    match org.types.iter().find(needs) {
        Some(_) => Err(faults::constraint(
            ConstraintViolationExceptionReason::PolicyTypeEnabledForThisService,
            "You attempted to disable service access before you disabled the policy type.",
        )),
        None => Ok(()),
    }
}

async fn root(org: &Org, tx: &Txn) -> Result<Root> {
    let record = tx.record::<UnitRecord>(&org.keys.unit(&org.root)).await?.unwrap_or_default();
    let enabled = org.types.iter().filter(|known| known.enabled);
    let types = enabled.map(|known| PolicyTypeSummary {
        r#type: Some(known.policy_type.as_str().into()),
        status: Some(PolicyTypeStatus::Enabled),
    });
    Ok(Root {
        arn: Some(org.arn(&format!("root/{}/{}", org.id, org.root))),
        id: Some(record.id),
        name: Some(record.name),
        policy_types: Some(types.collect()),
    })
}

pub async fn list_roots(cx: Cx, input: ListRootsInput) -> Result<ListRootsOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let roots = vec![root(&org, tx).await?];
        let id = |root: &Root| root.id.clone().unwrap_or_default();
        let roots = roots.into_iter().map(|root| (id(&root), root)).collect();
        let (roots, next_token) = page(roots, input.next_token.as_deref(), input.max_results, |(id, _)| id)?;
        Ok(ListRootsOutput { roots: Some(roots.into_iter().map(|(_, root)| root).collect()), next_token })
    })
    .await
}

pub async fn enable_policy_type(cx: Cx, input: EnablePolicyTypeInput) -> Result<EnablePolicyTypeOutput> {
    let name = input.policy_type.as_str();
    cx.write(async |tx| {
        let mut org = Org::for_policy_administrators(&cx, tx).await?;
        if input.root_id != org.root {
            return Err(faults::no_such_root());
        }
        if !org.all_features {
            return Err(faults::type_not_available());
        }
        if org.enabling(name).is_some() {
            return Err(fault::policy_type_already_enabled_exception("The specified policy type is already enabled."));
        }
        if let Some(service) = service_of(&input.policy_type)
            && !service_access::is_trusted(&org, tx, service).await?
        {
            return Err(service_access::not_enabled());
        }
        match org.types.iter_mut().find(|known| known.policy_type == name) {
            Some(known) => {
                known.enabled = true;
                known.enabling += 1;
            }
            None => org.types.push(PolicyTypeRecord { policy_type: name.to_owned(), enabling: 1, enabled: true }),
        }
        org.changed(tx);
        // AWS does it in the background and may answer PENDING_ENABLE; here it is done.
        Ok(EnablePolicyTypeOutput { root: Some(root(&org, tx).await?) })
    })
    .await
}

pub async fn disable_policy_type(cx: Cx, input: DisablePolicyTypeInput) -> Result<DisablePolicyTypeOutput> {
    let name = input.policy_type.as_str();
    cx.write(async |tx| {
        let mut org = Org::for_policy_administrators(&cx, tx).await?;
        if input.root_id != org.root {
            return Err(faults::no_such_root());
        }
        let known = org.types.iter_mut().find(|known| known.policy_type == name && known.enabled);
        // What is attached is attached to this enabling, so nothing is any longer.
        known.ok_or_else(faults::type_not_enabled)?.enabled = false;
        org.changed(tx);
        Ok(DisablePolicyTypeOutput { root: Some(root(&org, tx).await?) })
    })
    .await
}
