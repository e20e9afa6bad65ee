//! The caller in the policy language's terms.

use crate::{Caller, CallerKind, Region};
use lang::policy::Principal;

/// The texts that a principal borrows.
pub(crate) struct Named<'a> {
    caller: &'a Caller,
    /// Of the root user, which is no record that could hold them.
    account: String,
    arn: String,
}

impl<'a> Named<'a> {
    pub(crate) fn of(caller: &'a Caller, region: Region) -> Named<'a> {
        let (account, arn) = match caller.is_root() {
            true => (caller.account.to_string(), caller.arn(region)),
            false => Default::default(),
        };
        Named { caller, account, arn }
    }

    pub(crate) fn principal(&self) -> Principal<'_> {
        match &self.caller.kind {
            CallerKind::Root => Principal::Root { account: &self.account, arn: &self.arn },
            CallerKind::User(who) => Principal::User { account: &who.account, arn: &who.arn, id: &who.id },
            CallerKind::AssumedRole(who) => Principal::RoleSession {
                account: &who.account,
                arn: &who.arn,
                role_arn: &who.entity_arn,
                role_id: &who.entity_id,
            },
            CallerKind::FederatedUser(who) => {
                Principal::FederatedUser { account: &who.account, arn: &who.arn, user_arn: &who.entity_arn }
            }
            CallerKind::Service { principal, .. } => Principal::Service { name: principal },
            CallerKind::Anonymous => Principal::Anonymous,
        }
    }
}
