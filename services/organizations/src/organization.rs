//! The organization itself.

use crate::{access::Org, access_role, creation, faults, handshake, ids};
use identity::organization::{
    AccountRecord, OrganizationKeys, OrganizationRecord, UnitRecord, account, account_record, creations,
};
use kernel::{AccountId, Cx, Result, record::Record, store::Txn};
use organizations_api::*;

async fn shape(org: &Org, tx: &Txn) -> Result<Organization> {
    let management = account_record(tx, org.management()).await?;
    // "Do not use": what AWS still answers there is this one type.
    let available =
        PolicyTypeSummary { r#type: Some(PolicyType::ServiceControlPolicy), status: Some(PolicyTypeStatus::Enabled) };
    Ok(Organization {
        id: Some(org.id.clone()),
        arn: Some(org.arn(&format!("organization/{}", org.id))),
        feature_set: Some(feature_set(org)),
        master_account_arn: Some(org.arn(&format!("account/{}/{}", org.id, org.management()))),
        master_account_id: Some(org.management().to_string()),
        master_account_email: Some(management.email),
        available_policy_types: Some(org.all_features.then_some(available).into_iter().collect()),
    })
}

pub fn feature_set(org: &OrganizationRecord) -> OrganizationFeatureSet {
    match org.all_features {
        true => OrganizationFeatureSet::All,
        false => OrganizationFeatureSet::ConsolidatedBilling,
    }
}

/// Service control policies are not enabled in the new root, whatever the API reference says of it: Terraform enables
/// them after it created an organization, and would fail if they were.
pub async fn create_organization(cx: Cx, input: CreateOrganizationInput) -> Result<CreateOrganizationOutput> {
    let all_features = input.feature_set != Some(OrganizationFeatureSet::ConsolidatedBilling);
    cx.write(async |tx| {
        let key = account(cx.account());
        tx.get(&key).await?;
        let mut caller = account_record(tx, cx.account()).await?;
        if !caller.organization.is_empty() {
            return Err(fault::already_in_organization_exception(
                "The AWS account is already a member of an organization.",
            ));
        }
        let record = OrganizationRecord {
            id: ids::organization(&cx),
            management: cx.account().0,
            root: ids::root(&cx),
            created: cx.now(),
            all_features,
            ..OrganizationRecord::default()
        };
        let mut org = Org::new(record);
        tx.get(&org.keys.organization()).await?;
        let root = UnitRecord { id: org.root.clone(), name: "Root".to_owned(), ..UnitRecord::default() };
        tx.put(org.keys.unit(&root.id), root.encode());
        // AWS lists the management account as invited.
        caller.invited = true;
        join(&org, tx, caller, cx.now());
        if all_features {
            access_role::service_linked(&cx, tx, cx.account()).await?;
        }
        org.changed(tx);
        Ok(CreateOrganizationOutput { organization: Some(shape(&org, tx).await?) })
    })
    .await
}

/// Puts an account into the organization's root.
pub fn join(org: &Org, tx: &mut Txn, mut member: AccountRecord, at: wire::Timestamp) {
    member.organization.clone_from(&org.id);
    member.parent.clone_from(&org.root);
    member.joined = at;
    let id = member.account();
    tx.put(org.keys.child_accounts(&org.root).number(id.0), Vec::new());
    tx.put(account(id), member.encode());
}

pub async fn describe_organization(cx: Cx, _: DescribeOrganizationInput) -> Result<DescribeOrganizationOutput> {
    cx.write(async |tx| {
        let org = Org::for_members(&cx, tx).await?;
        Ok(DescribeOrganizationOutput { organization: Some(shape(&org, tx).await?) })
    })
    .await
}

pub async fn delete_organization(cx: Cx, _: DeleteOrganizationInput) -> Result<DeleteOrganizationOutput> {
    cx.write(async |tx| {
        let org = Org::for_management(&cx, tx).await?;
        let others: Vec<AccountId> = org.accounts(tx).await?.into_iter().filter(|id| *id != org.management()).collect();
        if !others.is_empty() || creation::in_progress(tx, org.management()).await? > 0 {
            return Err(fault::organization_not_empty_exception(
                "To delete an organization you must first remove all member accounts (except the master).",
            ));
        }
        handshake::cancel_all(&cx, &org, tx).await?;
        let management = org.member(tx, &org.management().to_string()).await?.ok_or_else(faults::no_such_account)?;
        tx.put(account(org.management()), alone(management).encode());
        let keys = OrganizationKeys::of(&org.id);
        tx.delete_range(keys.organization().children());
        tx.delete(keys.organization());
        tx.delete_range(creations(org.management()).children());
        identity::changed(tx);
        Ok(DeleteOrganizationOutput {})
    })
    .await
}

/// An account outside of any organization: "all tags that were attached to the account object are deleted".
pub fn alone(member: AccountRecord) -> AccountRecord {
    AccountRecord {
        id: member.id,
        name: member.name,
        email: member.email,
        created: member.created,
        state: member.state,
        ..AccountRecord::default()
    }
}

/// Whether there may be one more account, with those that were invited or are being created.
pub async fn has_room(org: &Org, tx: &mut Txn) -> Result<bool> {
    let taken = org.accounts(tx).await?.len()
        + creation::in_progress(tx, org.management()).await?
        + handshake::open_invitations(org, tx).await?;
    Ok(taken < crate::limits::ACCOUNTS)
}
