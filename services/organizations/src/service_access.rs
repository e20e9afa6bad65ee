//! Trusted access of AWS services.

use crate::{access::Org, delegated_administrator, faults, page::page, root};
use identity::organization::EnabledRecord;
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Txn},
};
use organizations_api::*;
use wire::Fault;

/// User guide, "AWS services that you can use with AWS Organizations": the principals, and whether a member account may
/// be the service's delegated administrator.
const SERVICES: [(&str, bool); 63] = [
    ("access-analyzer.amazonaws.com", true),
    ("account.amazonaws.com", true),
    ("agentless.inspector2.amazonaws.com", false),
    ("artifact.amazonaws.com", false),
    ("aws-artifact-account-sync.amazonaws.com", false),
    ("application-insights.amazonaws.com", false),
    ("auditmanager.amazonaws.com", true),
    ("backup.amazonaws.com", true),
    ("billing-cost-management.amazonaws.com", false),
    ("cloudtrail.amazonaws.com", true),
    ("compute-optimizer.amazonaws.com", true),
    ("config-multiaccountsetup.amazonaws.com", true),
    ("config.amazonaws.com", true),
    ("controltower.amazonaws.com", false),
    ("cost-optimization-hub.bcm.amazonaws.com", true),
    ("deadline.amazonaws.com", false),
    ("detective.amazonaws.com", true),
    ("devops-guru.amazonaws.com", true),
    ("ds.amazonaws.com", false),
    ("ec2.amazonaws.com", false),
    ("fms.amazonaws.com", true),
    ("guardduty.amazonaws.com", true),
    ("health.amazonaws.com", true),
    ("iam.amazonaws.com", true),
    ("inspector2.amazonaws.com", true),
    ("ipam.amazonaws.com", true),
    ("license-management.marketplace.amazonaws.com", true),
    ("license-manager.amazonaws.com", false),
    ("license-manager.member-account.amazonaws.com", true),
    ("license-manager-linux-subscriptions.amazonaws.com", true),
    ("macie.amazonaws.com", true),
    ("malware-protection.guardduty.amazonaws.com", false),
    ("member.org.stacksets.cloudformation.amazonaws.com", true),
    ("mgn.amazonaws.com", false),
    ("networkmanager.amazonaws.com", true),
    ("notifications.amazonaws.com", true),
    ("observabilityadmin.amazonaws.com", true),
    ("opsdatasync.ssm.amazonaws.com", false),
    ("private-marketplace.marketplace.amazonaws.com", true),
    ("procurement-insights.marketplace.amazonaws.com", true),
    ("ram.amazonaws.com", false),
    ("reachabilityanalyzer.networkinsights.amazonaws.com", true),
    ("reporting.trustedadvisor.amazonaws.com", true),
    ("resiliencehub.amazonaws.com", false),
    ("resource-explorer-2.amazonaws.com", true),
    ("s3.amazonaws.com", false),
    ("securityhub.amazonaws.com", true),
    ("securitylake.amazonaws.com", true),
    ("security-ir.amazonaws.com", true),
    ("selfservice.support.amazonaws.com", false),
    ("servicecatalog.amazonaws.com", true),
    ("servicequotas.amazonaws.com", false),
    ("service-recommendation.amazonaws.com", false),
    ("ssm.amazonaws.com", true),
    ("ssm-quicksetup.amazonaws.com", true),
    ("sso.amazonaws.com", true),
    ("stacksets.cloudformation.amazonaws.com", true),
    ("storage-lens.s3.amazonaws.com", true),
    ("support.amazonaws.com", true),
    ("tagpolicies.tag.amazonaws.com", false),
    ("user-subscriptions.amazonaws.com", true),
    ("vpc-lattice.amazonaws.com", false),
    ("wellarchitected.amazonaws.com", false),
];

/// Refuses principals that Organizations does not know. `delegating`: or whose services have no delegated administrators.
pub fn check_principal(service: &str, delegating: bool) -> Result<()> {
    match SERVICES.iter().any(|(known, delegates)| *known == service && (*delegates || !delegating)) {
        true => Ok(()),
        false => Err(faults::invalid(
            InvalidInputExceptionReason::UnrecognizedServicePrincipal,
            "You specified an unrecognized service principal.",
        )),
    }
}

pub fn not_enabled() -> Fault {
    faults::constraint(
        ConstraintViolationExceptionReason::ServiceAccessNotEnabled,
        "You must enable service access before you can perform this operation. Call the EnableAWSServiceAccess API first.",
    )
}

pub async fn is_trusted(org: &Org, tx: &Txn, service: &str) -> Result<bool> {
    Ok(tx.bytes(&org.keys.trusted().text(service)).await?.is_some())
}

/// Enabling again keeps the first date.
pub async fn enable_aws_service_access(
    cx: Cx,
    input: EnableAWSServiceAccessInput,
) -> Result<EnableAWSServiceAccessOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        if !org.all_features {
            return Err(faults::not_all_features());
        }
        check_principal(&input.service_principal, false)?;
        if !is_trusted(&org, tx, &input.service_principal).await? {
            let record = EnabledRecord { enabled: cx.now() };
            tx.put(org.keys.trusted().text(&input.service_principal), record.encode());
            org.changed(tx);
        }
        Ok(EnableAWSServiceAccessOutput {})
    })
    .await
}

pub async fn disable_aws_service_access(
    cx: Cx,
    input: DisableAWSServiceAccessInput,
) -> Result<DisableAWSServiceAccessOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        if !org.all_features {
            return Err(faults::not_all_features());
        }
        check_principal(&input.service_principal, false)?;
        root::check_unused(&org, &input.service_principal)?;
        // The service's administrators go with its access (a guess: the guides of the services differ).
        delegated_administrator::remove_service(&org, tx, &input.service_principal).await?;
        tx.delete(org.keys.trusted().text(&input.service_principal));
        org.changed(tx);
        Ok(DisableAWSServiceAccessOutput {})
    })
    .await
}

pub async fn list_aws_service_access_for_organization(
    cx: Cx,
    input: ListAWSServiceAccessForOrganizationInput,
) -> Result<ListAWSServiceAccessForOrganizationOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let mut services = Vec::new();
        for (key, record) in tx.records::<EnabledRecord>(&org.keys.trusted()).await? {
            if let Some(service) = key.name() {
                services.push((service, record.enabled));
            }
        }
        let (services, next_token) =
            page(services, input.next_token.as_deref(), input.max_results, |(service, _)| service)?;
        let shape = |(service, enabled)| EnabledServicePrincipal {
            service_principal: Some(service),
            date_enabled: Some(enabled),
        };
        let services = services.into_iter().map(shape).collect();
        Ok(ListAWSServiceAccessForOrganizationOutput { enabled_service_principals: Some(services), next_token })
    })
    .await
}
