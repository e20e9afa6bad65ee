//! Which secret belongs to an access key, and who that is.

use crate::{AccountId, Caller};
use std::sync::Arc;

/// How requests are authenticated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthMode {
    /// Signatures are verified.
    #[default]
    Verify,
    /// Any key is taken, unverified, as root of the account it names.
    Open,
}

/// The root key of the default account, and every root key's secret.
pub const ROOT_KEY: &str = "test";
pub const ROOT_SECRET: &str = "test";

/// A known access key.
#[derive(Clone, Debug)]
pub struct Credential {
    pub secret: Arc<str>,
    pub caller: Caller,
}

/// `test` is a root key of account 000000000000, and every 12-digit account id of that account; the secret is `test`.
pub fn root(access_key: &str) -> Option<Credential> {
    let account = match access_key {
        ROOT_KEY => AccountId::DEFAULT,
        _ => AccountId::parse(access_key)?,
    };
    Some(Credential { secret: ROOT_SECRET.into(), caller: Caller::root(account, access_key) })
}

/// Under `AuthMode::Open`: root of the account that the key names, or of the default account.
pub fn open(access_key: &str) -> Caller {
    Caller::root(AccountId::parse(access_key).unwrap_or(AccountId::DEFAULT), access_key)
}
