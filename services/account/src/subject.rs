//! Which account a call is about: the caller's, or a member account of the caller's organization.

use crate::faults::{denied, not_authorized};
use identity::organization::{
    AccountRecord, OrganizationKeys, OrganizationRecord, account, account_record, organization,
};
use kernel::{
    AccountId, Cx, Result,
    store::{Rows, Txn},
};

/// The service that the organization must trust.
const SERVICE: &str = "account.amazonaws.com";

/// The account that `id` names, or the caller's; the commit fails if it changes meanwhile.
pub async fn subject(cx: &Cx, tx: &mut Txn, action: &str, id: Option<&str>) -> Result<AccountRecord> {
    match id {
        None => find(tx, cx.account()).await,
        Some(id) => member(cx, tx, action, id).await,
    }
}

async fn find(tx: &mut Txn, id: AccountId) -> Result<AccountRecord> {
    tx.get(&account(id)).await?;
    account_record(tx, id).await
}

/// A member account: "the caller must be an identity in the organization's management account or a delegated
/// administrator account, and the specified account ID must be a member account in the same organization. The organization
/// must have all features enabled, and […] trusted access enabled for the Account Management service."
pub async fn member(cx: &Cx, tx: &mut Txn, action: &str, id: &str) -> Result<AccountRecord> {
    let refused = |reason: &str| Err(not_authorized(cx, action, reason));
    let caller = account_record(tx, cx.account()).await?;
    let Some(org) = tx.record::<OrganizationRecord>(&organization(&caller.organization)).await? else {
        return refused("");
    };
    let keys = OrganizationKeys::of(&org.id);
    let is_management = org.management() == cx.account();
    let delegation = keys.delegations_of(cx.account()).text(SERVICE);
    if !is_management && tx.bytes(&delegation).await?.is_none() {
        return refused("");
    }
    if !org.all_features || tx.bytes(&keys.trusted().text(SERVICE)).await?.is_none() {
        return refused("Your organization must first enable trusted access with AWS Account Management.");
    }
    let Some(id) = AccountId::parse(id) else { return refused("") };
    if id == org.management() {
        let sentence =
            "The management account can only be managed using the standalone context from the management account.";
        return Err(denied(sentence));
    }
    let record = find(tx, id).await?;
    match record.organization == org.id {
        true => Ok(record),
        false => refused("The specified account is not a member of your organization."),
    }
}
