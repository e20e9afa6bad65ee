//! Accounts, and the organization that an account is in.

use super::{AccountRecord, OrganizationKeys, OrganizationRecord, UnitRecord, keys};
use kernel::{
    AccountId, Result,
    store::{Rows, Snapshot, Txn},
};
use wire::Timestamp;

/// Since when accounts exist that nobody created: 2024-01-01T00:00:00Z.
const SINCE: Timestamp = Timestamp::from_secs(1_704_067_200);

/// What principals of a member account have in `aws:PrincipalOrgID` and its relatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// `o-…`: `aws:PrincipalOrgID`.
    pub organization: String,
    /// `o-…/r-…/ou-…/`: `aws:PrincipalOrgPaths`, which ends above the account.
    pub path: String,
    /// `aws:PrincipalOrgMasterAccountId`.
    pub management: AccountId,
}

/// The address of an account that was never given one.
pub fn unrecorded_email(account: AccountId) -> String {
    format!("root@{account}.example.com")
}

/// The account whose address this is where it was never given another one.
pub fn unrecorded_account(email: &str) -> Option<AccountId> {
    let id = email.to_ascii_lowercase();
    id.strip_prefix("root@")?.strip_suffix(".example.com").and_then(AccountId::parse)
}

/// Whether an account has this address: one of those that have records, or one that was never given another. The commit
/// fails if that changes meanwhile.
pub async fn is_taken(tx: &mut Txn, email: &str) -> Result<bool> {
    if tx.get(&keys::account_of_email(email)).await?.is_some() {
        return Ok(true);
    }
    let Some(id) = unrecorded_account(email) else { return Ok(false) };
    tx.get(&keys::account(id)).await?;
    Ok(account_record(tx, id).await?.email.eq_ignore_ascii_case(email))
}

fn unrecorded(account: AccountId) -> AccountRecord {
    AccountRecord {
        id: account.0,
        name: account.to_string(),
        email: unrecorded_email(account),
        created: SINCE,
        ..AccountRecord::default()
    }
}

/// The record of an account. Every 12 digits are an account: one without a record stands alone under a name and an
/// address made of its number.
pub async fn account_record<R: Rows + ?Sized>(rows: &R, account: AccountId) -> Result<AccountRecord> {
    let record = rows.record(&keys::account(account)).await?;
    Ok(record.unwrap_or_else(|| unrecorded(account)))
}

/// All accounts that have a record: those that organizations created or hold, and those that were given a name or an
/// address.
pub async fn accounts(snapshot: &dyn Snapshot) -> Result<Vec<AccountRecord>> {
    Ok(snapshot.records(&keys::all_accounts()).await?.into_iter().map(|(_, record)| record).collect())
}

/// The organization of an account, and where in it the account is.
pub async fn membership(snapshot: &dyn Snapshot, account: AccountId) -> Result<Option<Membership>> {
    let record = account_record(snapshot, account).await?;
    let Some(organization) = organization_of(snapshot, &record).await? else { return Ok(None) };
    let path = format!("{}/{}/", organization.id, path(snapshot, &organization, &record.parent).await?.join("/"));
    Ok(Some(Membership { path, management: organization.management(), organization: organization.id }))
}

pub(super) async fn organization_of<R: Rows + ?Sized>(
    rows: &R,
    account: &AccountRecord,
) -> Result<Option<OrganizationRecord>> {
    match account.organization.is_empty() {
        true => Ok(None),
        false => Ok(rows.record(&keys::organization(&account.organization)).await?),
    }
}

/// The ids from the root down to a root or OU.
pub async fn path<R: Rows + ?Sized>(rows: &R, organization: &OrganizationRecord, unit: &str) -> Result<Vec<String>> {
    let keys = OrganizationKeys::of(&organization.id);
    let mut path = vec![unit.to_owned()];
    let mut at = unit.to_owned();
    while let Some(unit) = rows.record::<UnitRecord>(&keys.unit(&at)).await?.filter(|unit| !unit.parent.is_empty()) {
        path.push(unit.parent.clone());
        at = unit.parent;
    }
    path.reverse();
    Ok(path)
}
