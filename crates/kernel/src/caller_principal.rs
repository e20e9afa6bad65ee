//! The caller in the policy language's terms.

use crate::{CallerKind, Cx};
use lang::policy::Principal;

/// The texts that a principal borrows.
pub(crate) struct Named<'a> {
    kind: &'a CallerKind,
    account: String,
    arn: String,
}

impl<'a> Named<'a> {
    pub(crate) fn of(cx: &'a Cx) -> Named<'a> {
        let caller = cx.caller();
        Named { kind: &caller.kind, account: caller.account.to_string(), arn: caller.arn(cx.region()) }
    }

    pub(crate) fn principal(&self) -> Principal<'_> {
        match self.kind {
            CallerKind::Root => Principal::Root { account: &self.account, arn: &self.arn },
            CallerKind::Service { principal, .. } => Principal::Service { name: principal },
            CallerKind::Anonymous => Principal::Anonymous,
        }
    }
}
