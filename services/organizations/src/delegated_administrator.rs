//! Member accounts that administer an AWS service for the organization.

use crate::{
    access::Org,
    account, faults,
    page::page,
    service_access::{check_principal, is_trusted, not_enabled},
};
use identity::organization::{EnabledRecord, account_state};
use kernel::{
    AccountId, Cx, Result,
    record::Record,
    store::{Part, Rows, Txn},
};
use organizations_api::{ConstraintViolationExceptionReason as Reason, *};
use std::collections::BTreeMap;
use wire::Timestamp;

/// Services that have one administrator only, as their guides say.
const SINGLE: [&str; 8] = [
    "auditmanager.amazonaws.com",
    "detective.amazonaws.com",
    "fms.amazonaws.com",
    "guardduty.amazonaws.com",
    "inspector2.amazonaws.com",
    "ipam.amazonaws.com",
    "macie.amazonaws.com",
    "securityhub.amazonaws.com",
];

/// Who is registered for what, since when.
async fn delegations(org: &Org, tx: &Txn) -> Result<Vec<(AccountId, String, Timestamp)>> {
    let mut found = Vec::new();
    for (key, record) in tx.records::<EnabledRecord>(&org.keys.delegations()).await? {
        let mut parts = key.parts().unwrap_or_default();
        if let (Some(Part::Text(service)), Some(Part::Number(account))) = (parts.pop(), parts.pop()) {
            found.push((AccountId(account), service, record.enabled));
        }
    }
    Ok(found)
}

/// Deregisters all administrators of a service.
pub async fn remove_service(org: &Org, tx: &mut Txn, service: &str) -> Result<()> {
    for (account, known, _) in delegations(org, tx).await? {
        if known == service {
            tx.delete(org.keys.delegations_of(account).text(service));
        }
    }
    Ok(())
}

pub async fn register_delegated_administrator(
    cx: Cx,
    input: RegisterDelegatedAdministratorInput,
) -> Result<RegisterDelegatedAdministratorOutput> {
    let service = &input.service_principal;
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        if !org.all_features {
            return Err(faults::not_all_features());
        }
        check_principal(service, true)?;
        let member = org.member(tx, &input.account_id).await?.ok_or_else(faults::no_such_account)?;
        if member.account() == org.management() {
            return Err(faults::constraint(
                Reason::CannotRegisterMasterAsDelegatedAdministrator,
                "You cannot register master account/yourself as delegated administrator for your organization.",
            ));
        }
        if member.state != account_state::ACTIVE {
            return Err(faults::constraint(
                Reason::CannotRegisterSuspendedAccountAsDelegatedAdministrator,
                "You cannot register a suspended account as a delegated administrator.",
            ));
        }
        if !is_trusted(&org, tx, service).await? {
            return Err(not_enabled());
        }
        let known = delegations(&org, tx).await?;
        let mut of_service = known.iter().filter(|(_, known, _)| known == service);
        if of_service.clone().any(|(account, ..)| *account == member.account()) {
            return Err(fault::account_already_registered_exception(
                "The provided account is already a delegated administrator for your organization.",
            ));
        }
        if SINGLE.contains(&service.as_str()) && of_service.next().is_some() {
            return Err(faults::constraint(
                Reason::DelegatedAdministratorExistsForThisService,
                "You must first deregister any existing delegated administrators for this service.",
            ));
        }
        let record = EnabledRecord { enabled: cx.now() };
        tx.put(org.keys.delegations_of(member.account()).text(service), record.encode());
        org.changed(tx);
        Ok(RegisterDelegatedAdministratorOutput {})
    })
    .await
}

fn not_registered() -> wire::Fault {
    fault::account_not_registered_exception(
        "The provided account is not a registered delegated administrator for your organization.",
    )
}

pub async fn deregister_delegated_administrator(
    cx: Cx,
    input: DeregisterDelegatedAdministratorInput,
) -> Result<DeregisterDelegatedAdministratorOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        if !org.all_features {
            return Err(faults::not_all_features());
        }
        check_principal(&input.service_principal, true)?;
        let member = org.member(tx, &input.account_id).await?.ok_or_else(faults::no_such_account)?;
        let key = org.keys.delegations_of(member.account()).text(&input.service_principal);
        if tx.bytes(&key).await?.is_none() {
            return Err(not_registered());
        }
        tx.delete(key);
        org.changed(tx);
        Ok(DeregisterDelegatedAdministratorOutput {})
    })
    .await
}

pub async fn list_delegated_administrators(
    cx: Cx,
    input: ListDelegatedAdministratorsInput,
) -> Result<ListDelegatedAdministratorsOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        if let Some(service) = &input.service_principal {
            check_principal(service, false)?;
        }
        // Each account once, since its first registration.
        let mut first: BTreeMap<AccountId, Timestamp> = BTreeMap::new();
        for (account, service, enabled) in delegations(&org, tx).await? {
            if input.service_principal.as_ref().is_none_or(|wanted| *wanted == service) {
                first.entry(account).and_modify(|known| *known = enabled.min(*known)).or_insert(enabled);
            }
        }
        let items = first.into_iter().map(|(account, enabled)| (account.to_string(), enabled)).collect();
        let (items, next_token) = page(items, input.next_token.as_deref(), input.max_results, |(id, _)| id)?;
        let mut administrators = Vec::with_capacity(items.len());
        for (id, enabled) in items {
            let Some(member) = org.member(tx, &id).await? else { continue };
            let account = account::shape(&org, tx, member).await?;
            administrators.push(DelegatedAdministrator {
                id: account.id,
                arn: account.arn,
                email: account.email,
                name: account.name,
                status: account.status,
                state: account.state,
                joined_method: account.joined_method,
                joined_timestamp: account.joined_timestamp,
                delegation_enabled_date: Some(enabled),
            });
        }
        Ok(ListDelegatedAdministratorsOutput { delegated_administrators: Some(administrators), next_token })
    })
    .await
}

pub async fn list_delegated_services_for_account(
    cx: Cx,
    input: ListDelegatedServicesForAccountInput,
) -> Result<ListDelegatedServicesForAccountOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let member = org.member(tx, &input.account_id).await?.ok_or_else(faults::no_such_account)?;
        let all = delegations(&org, tx).await?.into_iter();
        let services: Vec<_> =
            all.filter(|(id, ..)| *id == member.account()).map(|(_, service, at)| (service, at)).collect();
        if services.is_empty() {
            return Err(not_registered());
        }
        let (services, next_token) =
            page(services, input.next_token.as_deref(), input.max_results, |(service, _)| service)?;
        let shape = |(service, enabled)| DelegatedService {
            service_principal: Some(service),
            delegation_enabled_date: Some(enabled),
        };
        let services = services.into_iter().map(shape).collect();
        Ok(ListDelegatedServicesForAccountOutput { delegated_services: Some(services), next_token })
    })
    .await
}
