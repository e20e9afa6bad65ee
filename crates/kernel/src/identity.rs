//! What every call asks about identity: whose is an access key, and which policies are over its bearer.
//!
//! The `identity` crate answers from the store; `RootOnly` knows the root keys and nothing else.

use crate::{
    AccountId, Caller, Cloud, Region,
    credentials::{self, ROOT_SECRET},
    service::Result,
    store::Answer,
};
use lang::policy::{Attached, Form, Policy};
use std::sync::{Arc, LazyLock};
use wire::{Json, Timestamp};

pub trait Identity: Send + Sync {
    /// Whose the access key is; `None` where it is nobody's. Whether its session has ended, the asker judges.
    fn bearer<'a>(
        &'a self,
        cloud: &'a Cloud,
        access_key: &'a str,
        region: Region,
    ) -> Answer<'a, Result<Option<Arc<Bearer>>>>;

    /// The accounts that are known by more than their number.
    fn accounts<'a>(&'a self, cloud: &'a Cloud) -> Answer<'a, Result<Vec<Account>>>;

    /// The unique id of a user or role, by its ARN or that of a session of it.
    fn entity_id<'a>(&'a self, cloud: &'a Cloud, arn: &'a str) -> Answer<'a, Result<Option<String>>>;

    /// The JSON web key set of an account that issues tokens, by the first label of the issuer's host.
    fn token_keys<'a>(&'a self, cloud: &'a Cloud, issuer: &'a str) -> Answer<'a, Result<Option<Json>>>;

    /// What an organization rules about an account.
    fn controls<'a>(&'a self, cloud: &'a Cloud, account: AccountId) -> Answer<'a, Result<Arc<Controls>>>;
}

/// An account of the cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    pub name: String,
    pub email: String,
    /// `ACTIVE`, `SUSPENDED` …
    pub state: &'static str,
    /// `o-…`; empty where it stands alone.
    pub organization: String,
}

/// An access key, and who comes with it.
#[derive(Clone, Debug)]
pub struct Bearer {
    pub secret: Arc<str>,
    /// The security token of temporary credentials.
    pub token: Option<Arc<str>>,
    pub caller: Caller,
}

impl Bearer {
    pub fn expires(&self) -> Option<Timestamp> {
        self.caller.session.as_ref().map(|session| session.expires)
    }
}

/// The policies over a principal, parsed.
#[derive(Debug, Default)]
pub struct Grants {
    pub identity: Vec<Named>,
    pub boundary: Option<Named>,
    pub session: Vec<Named>,
    /// What the principal's organization rules about its account.
    pub controls: Arc<Controls>,
}

/// A policy with what it is called.
#[derive(Clone, Debug)]
pub struct Named {
    pub name: Arc<str>,
    pub form: Form,
    pub policy: Arc<Policy>,
}

impl Named {
    pub fn attached(&self) -> Attached<'_> {
        Attached { name: &self.name, form: self.form, policy: &self.policy }
    }
}

/// An account's place in an organization. Of an account without one, everything is empty.
#[derive(Debug, Default)]
pub struct Controls {
    /// `o-…`
    pub organization: Option<String>,
    /// `aws:PrincipalOrgPaths`: `o-…/r-…/ou-…/`.
    pub path: String,
    /// A list per level, from the root of the organization down to the account. None over the management account.
    pub scps: Vec<Vec<Named>>,
    pub rcps: Vec<Vec<Named>>,
}

static NO_CONTROLS: LazyLock<Arc<Controls>> = LazyLock::new(Arc::default);

/// A cloud without IAM.
pub struct RootOnly;

impl Identity for RootOnly {
    fn bearer<'a>(
        &'a self,
        _cloud: &'a Cloud,
        access_key: &'a str,
        _region: Region,
    ) -> Answer<'a, Result<Option<Arc<Bearer>>>> {
        let bearer =
            |account| Bearer { secret: ROOT_SECRET.into(), token: None, caller: Caller::root(account, access_key) };
        Answer::ready(Ok(credentials::root_account(access_key).map(|account| Arc::new(bearer(account)))))
    }

    fn accounts<'a>(&'a self, _cloud: &'a Cloud) -> Answer<'a, Result<Vec<Account>>> {
        Answer::ready(Ok(Vec::new()))
    }

    fn entity_id<'a>(&'a self, _cloud: &'a Cloud, _arn: &'a str) -> Answer<'a, Result<Option<String>>> {
        Answer::ready(Ok(None))
    }

    fn token_keys<'a>(&'a self, _cloud: &'a Cloud, _issuer: &'a str) -> Answer<'a, Result<Option<Json>>> {
        Answer::ready(Ok(None))
    }

    fn controls<'a>(&'a self, _cloud: &'a Cloud, _account: AccountId) -> Answer<'a, Result<Arc<Controls>>> {
        Answer::ready(Ok(NO_CONTROLS.clone()))
    }
}
