//! The caller's organization, and who may do what in it.

use crate::faults;
use identity::organization::{AccountRecord, OrganizationKeys, OrganizationRecord, account, arn};
use kernel::{
    AccountId, Cx, Result,
    record::Record,
    store::{Rows, Txn},
};
use std::ops::{Deref, DerefMut};

/// An organization as a transaction sees it. The commit fails if the organization changes meanwhile, and every change
/// of anything in it changes it: one comes after another.
pub struct Org {
    record: OrganizationRecord,
    pub keys: OrganizationKeys,
}

impl Deref for Org {
    type Target = OrganizationRecord;

    fn deref(&self) -> &OrganizationRecord {
        &self.record
    }
}

impl DerefMut for Org {
    fn deref_mut(&mut self) -> &mut OrganizationRecord {
        &mut self.record
    }
}

/// Left to the handler by the target, where the resource policy of the organization with this id was asked and the caller
/// may go on.
pub struct Delegated(pub String);

impl Org {
    /// The organization of this id.
    pub async fn find(tx: &mut Txn, id: &str) -> Result<Option<Org>> {
        let keys = OrganizationKeys::of(id);
        let record = tx.read(&keys.organization()).await?;
        Ok(record.map(|record| Org { record, keys }))
    }

    /// A new one, not stored yet.
    pub fn new(record: OrganizationRecord) -> Org {
        Org { keys: OrganizationKeys::of(&record.id), record }
    }

    /// That of an account, if it is in one.
    pub async fn of_account(tx: &mut Txn, id: AccountId) -> Result<Option<Org>> {
        match tx.read::<AccountRecord>(&account(id)).await? {
            Some(record) if !record.organization.is_empty() => Org::find(tx, &record.organization).await,
            _ => Ok(None),
        }
    }

    /// The caller's, for operations that every member may call.
    pub async fn for_members(cx: &Cx, tx: &mut Txn) -> Result<Org> {
        Org::of_account(tx, cx.account()).await?.ok_or_else(faults::not_in_use)
    }

    /// "You can only call this operation from the management account."
    pub async fn for_management(cx: &Cx, tx: &mut Txn) -> Result<Org> {
        let org = Org::for_members(cx, tx).await?;
        match org.management() == cx.account() {
            true => Ok(org),
            false => Err(faults::access_denied()),
        }
    }

    /// "… from the management account or a member account that is a delegated administrator", of any service or by the
    /// organization's resource policy.
    pub async fn for_readers(cx: &Cx, tx: &mut Txn) -> Result<Org> {
        let org = Org::for_members(cx, tx).await?;
        let allowed = org.management() == cx.account() || org.has_delegated(cx) || org.is_administrator(tx, cx).await?;
        if allowed { Ok(org) } else { Err(faults::access_denied()) }
    }

    /// The same sentence of operations that change policies and tags means the resource policy alone: being registered
    /// for a service "grants read-only access to Organizations service data".
    pub async fn for_policy_administrators(cx: &Cx, tx: &mut Txn) -> Result<Org> {
        let org = Org::for_members(cx, tx).await?;
        match org.management() == cx.account() || org.has_delegated(cx) {
            true => Ok(org),
            false => Err(faults::access_denied()),
        }
    }

    /// Whether the caller is registered as a delegated administrator of any service.
    pub async fn is_administrator(&self, tx: &Txn, cx: &Cx) -> Result<bool> {
        Ok(tx.count(&self.keys.delegations_of(cx.account())).await? > 0)
    }

    /// Whether the resource policy of this organization, and not of one that the caller has left since, was asked.
    fn has_delegated(&self, cx: &Cx) -> bool {
        let Some(Delegated(asked)) = cx.kept() else { return false };
        let delegated = asked == self.id;
        // An attempt that is repeated asks again.
        cx.keep(Delegated(asked));
        delegated
    }

    /// To be part of every commit that changes anything in the organization.
    pub fn changed(&mut self, tx: &mut Txn) {
        self.record.changes += 1;
        tx.put(self.keys.organization(), self.record.encode());
        identity::changed(tx);
    }

    pub fn arn(&self, resource: &str) -> String {
        arn(self.management(), resource)
    }

    /// An account of the organization, to be changed.
    pub async fn member(&self, tx: &mut Txn, id: &str) -> Result<Option<AccountRecord>> {
        let Some(id) = AccountId::parse(id) else { return Ok(None) };
        let record: Option<AccountRecord> = tx.read(&account(id)).await?;
        Ok(record.filter(|record| record.organization == self.id))
    }
}
