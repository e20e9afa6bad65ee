//! Who calls.

use crate::{AccountId, Region, identity::Grants};
use std::sync::{Arc, LazyLock};
use wire::Timestamp;

#[derive(Clone, Debug)]
pub struct Caller {
    pub kind: CallerKind,
    /// The account the caller belongs to; that of the resource's owner for services and anonymous callers.
    pub account: AccountId,
    /// The access key the request was signed with; empty where it was not signed.
    pub access_key: Arc<str>,
    /// What temporary credentials add.
    pub session: Option<Arc<Session>>,
    /// The policies over the caller, as of when its request was authenticated.
    pub grants: Arc<Grants>,
}

#[derive(Clone, Debug)]
pub enum CallerKind {
    /// The account's root user.
    Root,
    /// An IAM user, by a long-term key or a session of its own.
    User(Arc<Identified>),
    /// A session of a role.
    AssumedRole(Arc<Identified>),
    /// A session of GetFederationToken.
    FederatedUser(Arc<Identified>),
    /// A service acting by itself, with the resource on whose behalf it does.
    Service {
        principal: &'static str,
        source_arn: String,
        source_account: AccountId,
    },
    Anonymous,
}

/// A principal that IAM or STS made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identified {
    /// The user's, or the session's: `arn:aws:sts::111122223333:assumed-role/role/session`.
    pub arn: String,
    /// `aws:userid`: `AIDA…`, `AROA…:session`, `111122223333:federated-user`.
    pub id: String,
    /// The account's twelve digits.
    pub account: String,
    /// Of the user or role.
    pub name: String,
    /// The user's or role's own ARN, with its path; of a federated user that of who asked for the session.
    pub entity_arn: String,
    /// The user's or role's own unique id.
    pub entity_id: Arc<str>,
    /// `aws:PrincipalTag`: the entity's tags, and over them the session's.
    pub tags: Vec<(String, String)>,
    /// AWS's service that the role is linked to, if it is.
    pub service_linked: bool,
}

/// What temporary credentials say of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    pub issued: Timestamp,
    pub expires: Timestamp,
    /// When the second factor was shown.
    pub mfa_at: Option<Timestamp>,
    pub source_identity: String,
    /// `aws:FederatedProvider`
    pub provider: String,
    /// Condition keys that the identity provider filled.
    pub claims: Vec<(String, String)>,
    pub tags: Vec<(String, String)>,
    /// Keys of the tags that are handed on.
    pub transitive: Vec<String>,
    /// Begun by a role's session.
    pub chained: bool,
}

static NO_GRANTS: LazyLock<Arc<Grants>> = LazyLock::new(Arc::default);

impl Caller {
    /// Nobody's policies are over such a caller.
    pub fn new(kind: CallerKind, account: AccountId, access_key: impl Into<Arc<str>>) -> Caller {
        Caller { kind, account, access_key: access_key.into(), session: None, grants: NO_GRANTS.clone() }
    }

    pub fn root(account: AccountId, access_key: impl Into<Arc<str>>) -> Caller {
        Caller::new(CallerKind::Root, account, access_key)
    }

    pub fn anonymous(account: AccountId) -> Caller {
        Caller::new(CallerKind::Anonymous, account, "")
    }

    pub fn is_root(&self) -> bool {
        matches!(self.kind, CallerKind::Root)
    }

    pub fn is_anonymous(&self) -> bool {
        matches!(self.kind, CallerKind::Anonymous)
    }

    pub fn identified(&self) -> Option<&Arc<Identified>> {
        match &self.kind {
            CallerKind::User(who) | CallerKind::AssumedRole(who) | CallerKind::FederatedUser(who) => Some(who),
            CallerKind::Root | CallerKind::Service { .. } | CallerKind::Anonymous => None,
        }
    }

    /// The IAM user, if it is one.
    pub fn user(&self) -> Option<&Arc<Identified>> {
        match &self.kind {
            CallerKind::User(who) => Some(who),
            _ => None,
        }
    }

    /// The ARN that `GetCallerIdentity` answers and policies compare with.
    pub fn arn(&self, region: Region) -> String {
        match &self.kind {
            CallerKind::Root => format!("arn:{}:iam::{}:root", region.partition(), self.account),
            CallerKind::User(who) | CallerKind::AssumedRole(who) | CallerKind::FederatedUser(who) => who.arn.clone(),
            CallerKind::Service { principal, .. } => (*principal).to_owned(),
            CallerKind::Anonymous => "*".to_owned(),
        }
    }

    /// The unique id behind `aws:userid`.
    pub fn user_id(&self) -> String {
        match &self.kind {
            CallerKind::Root => self.account.to_string(),
            CallerKind::User(who) | CallerKind::AssumedRole(who) | CallerKind::FederatedUser(who) => who.id.clone(),
            CallerKind::Service { principal, .. } => (*principal).to_owned(),
            CallerKind::Anonymous => "anonymous".to_owned(),
        }
    }

    /// CloudTrail's `userIdentity.type`.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            CallerKind::Root => "Root",
            CallerKind::User(_) => "IAMUser",
            CallerKind::AssumedRole(_) => "AssumedRole",
            CallerKind::FederatedUser(_) => "FederatedUser",
            CallerKind::Service { .. } => "AWSService",
            CallerKind::Anonymous => "AWSAccount",
        }
    }
}
