//! How requests are authenticated, and the root keys.

use crate::{AccountId, Caller};

/// How requests are authenticated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthMode {
    /// Signatures are verified.
    #[default]
    Verify,
    /// Nothing is verified. A key that the cloud knows is its bearer's; any other is root of the account it names.
    Open,
}

/// The root key of the default account, and every root key's secret.
pub const ROOT_KEY: &str = "test";
pub const ROOT_SECRET: &str = "test";

/// `test` is a root key of account 000000000000, and every 12-digit account id of that account; the secret is `test`.
pub fn root_account(access_key: &str) -> Option<AccountId> {
    match access_key {
        ROOT_KEY => Some(AccountId::DEFAULT),
        _ => AccountId::parse(access_key),
    }
}

/// Under `AuthMode::Open`: root of the account that the key names, or of the default account.
pub fn open(access_key: &str) -> Caller {
    Caller::root(AccountId::parse(access_key).unwrap_or(AccountId::DEFAULT), access_key)
}
