//! Who calls.

use crate::{AccountId, Region};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub kind: CallerKind,
    /// The account the caller belongs to; that of the resource's owner for services and anonymous callers.
    pub account: AccountId,
    /// The access key the request was signed with; empty where it was not signed.
    pub access_key: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallerKind {
    /// The account's root user.
    Root,
    /// A service acting by itself, with the resource on whose behalf it does.
    Service {
        principal: &'static str,
        source_arn: String,
        source_account: AccountId,
    },
    Anonymous,
}

impl Caller {
    pub fn root(account: AccountId, access_key: impl Into<Arc<str>>) -> Caller {
        Caller { kind: CallerKind::Root, account, access_key: access_key.into() }
    }

    pub fn anonymous(account: AccountId) -> Caller {
        Caller { kind: CallerKind::Anonymous, account, access_key: "".into() }
    }

    /// The ARN that `GetCallerIdentity` answers and policies compare with.
    pub fn arn(&self, region: Region) -> String {
        match &self.kind {
            CallerKind::Root => format!("arn:{}:iam::{}:root", region.partition(), self.account),
            CallerKind::Service { principal, .. } => (*principal).to_owned(),
            CallerKind::Anonymous => "*".to_owned(),
        }
    }

    /// The unique id behind `aws:userid`.
    pub fn user_id(&self) -> String {
        match &self.kind {
            CallerKind::Root => self.account.to_string(),
            CallerKind::Service { principal, .. } => (*principal).to_owned(),
            CallerKind::Anonymous => "anonymous".to_owned(),
        }
    }

    /// CloudTrail's `userIdentity.type`.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            CallerKind::Root => "Root",
            CallerKind::Service { .. } => "AWSService",
            CallerKind::Anonymous => "AWSAccount",
        }
    }
}
