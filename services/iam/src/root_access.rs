//! Central access to the root users of an organization's member accounts: which of its features are enabled.

use iam_api::*;
use identity::{
    IamKeys, RootAccessRecord, changed,
    organization::{OrganizationKeys, OrganizationRecord, account_record, organization},
};
use kernel::{
    AccountId, Cx, Result,
    record::Record,
    store::{Rows, Txn},
};

const PRINCIPAL: &str = "iam.amazonaws.com";

/// The organization that the caller's account may speak for: as its management account, or as the delegated administrator
/// for IAM. The sentences are guesses at what the model says of each error.
async fn governed<R: Rows + ?Sized>(cx: &Cx, rows: &R) -> Result<OrganizationRecord> {
    let account = account_record(rows, cx.account()).await?;
    let found = match account.organization.is_empty() {
        true => None,
        false => rows.record::<OrganizationRecord>(&organization(&account.organization)).await?,
    };
    let found = found.ok_or_else(|| {
        fault::organization_not_found_exception(
            "The request was rejected because no organization is associated with your account.",
        )
    })?;
    let keys = OrganizationKeys::of(&found.id);
    if found.management() != cx.account()
        && rows.bytes(&keys.delegations_of(cx.account()).text(PRINCIPAL)).await?.is_none()
    {
        return Err(fault::account_not_management_or_delegated_administrator_exception(
            "The request was rejected because the account making the request is not the management account or delegated \
             administrator account for centralized root access.",
        ));
    }
    if !found.all_features {
        return Err(fault::organization_not_in_all_features_mode_exception(
            "The request was rejected because your organization does not have All features enabled.",
        ));
    }
    if rows.bytes(&keys.trusted().text(PRINCIPAL)).await?.is_none() {
        return Err(fault::service_access_not_enabled_exception(
            "The request was rejected because trusted access is not enabled for IAM in Organizations.",
        ));
    }
    Ok(found)
}

fn enabled(record: &RootAccessRecord) -> Option<Vec<FeatureType>> {
    let credentials = record.credentials.then_some(FeatureType::RootCredentialsManagement);
    let sessions = record.sessions.then_some(FeatureType::RootSessions);
    Some(credentials.into_iter().chain(sessions).collect())
}

/// Changes what is enabled; the organization's id and what is enabled then.
async fn change(cx: &Cx, change: impl Fn(&mut RootAccessRecord)) -> Result<(Option<String>, Option<Vec<FeatureType>>)> {
    cx.write(async |tx: &mut Txn| {
        let organization = governed(cx, tx).await?;
        let row = IamKeys::of(AccountId(organization.management)).root_access();
        let mut record: RootAccessRecord = tx.read(&row).await?.unwrap_or_default();
        change(&mut record);
        tx.put(row, record.encode());
        changed(tx);
        Ok((Some(organization.id), enabled(&record)))
    })
    .await
}

pub async fn enable_organizations_root_credentials_management(
    cx: Cx,
    _: EnableOrganizationsRootCredentialsManagementInput,
) -> Result<EnableOrganizationsRootCredentialsManagementOutput> {
    let (organization_id, enabled_features) = change(&cx, |record| record.credentials = true).await?;
    Ok(EnableOrganizationsRootCredentialsManagementOutput { organization_id, enabled_features })
}

pub async fn disable_organizations_root_credentials_management(
    cx: Cx,
    _: DisableOrganizationsRootCredentialsManagementInput,
) -> Result<DisableOrganizationsRootCredentialsManagementOutput> {
    let (organization_id, enabled_features) = change(&cx, |record| record.credentials = false).await?;
    Ok(DisableOrganizationsRootCredentialsManagementOutput { organization_id, enabled_features })
}

pub async fn enable_organizations_root_sessions(
    cx: Cx,
    _: EnableOrganizationsRootSessionsInput,
) -> Result<EnableOrganizationsRootSessionsOutput> {
    let (organization_id, enabled_features) = change(&cx, |record| record.sessions = true).await?;
    Ok(EnableOrganizationsRootSessionsOutput { organization_id, enabled_features })
}

pub async fn disable_organizations_root_sessions(
    cx: Cx,
    _: DisableOrganizationsRootSessionsInput,
) -> Result<DisableOrganizationsRootSessionsOutput> {
    let (organization_id, enabled_features) = change(&cx, |record| record.sessions = false).await?;
    Ok(DisableOrganizationsRootSessionsOutput { organization_id, enabled_features })
}

pub async fn list_organizations_features(
    cx: Cx,
    _: ListOrganizationsFeaturesInput,
) -> Result<ListOrganizationsFeaturesOutput> {
    let snapshot = cx.read();
    let organization = governed(&cx, &*snapshot).await?;
    let row = IamKeys::of(AccountId(organization.management)).root_access();
    let record: RootAccessRecord = snapshot.record(&row).await?.unwrap_or_default();
    Ok(ListOrganizationsFeaturesOutput { organization_id: Some(organization.id), enabled_features: enabled(&record) })
}
