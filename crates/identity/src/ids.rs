//! Unique ids and access keys (IAM user guide, "Unique identifiers").

use kernel::{AccountId, Cloud, Result};
use wire::common;

/// What an id names, by its first four letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    AccessKey,
    Certificate,
    Group,
    InstanceProfile,
    ManagedPolicy,
    PublicKey,
    Role,
    ServiceSpecificCredential,
    TemporaryKey,
    User,
}

impl Kind {
    pub fn prefix(self) -> &'static str {
        match self {
            Kind::AccessKey => "AKIA",
            Kind::Certificate => "ASCA",
            Kind::Group => "AGPA",
            Kind::InstanceProfile => "AIPA",
            Kind::ManagedPolicy => "ANPA",
            Kind::PublicKey => "APKA",
            Kind::Role => "AROA",
            Kind::ServiceSpecificCredential => "ACCA",
            Kind::TemporaryKey => "ASIA",
            Kind::User => "AIDA",
        }
    }
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE62: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The account's 40 bits are eight letters.
const ACCOUNT_LETTERS: usize = 8;

fn letters(mut value: u64, count: usize, out: &mut String) {
    let start = out.len();
    for _ in 0..count {
        out.insert(start, char::from(BASE32[(value & 31) as usize]));
        value >>= 5;
    }
}

/// A new id: four letters for the kind, eight for the account, the rest random; 20 characters for keys, 21 for the
/// others. That the account is in the id is as on AWS; how it is written there is ours.
pub fn unique_id(cloud: &Cloud, kind: Kind, account: AccountId) -> String {
    let length = if matches!(kind, Kind::AccessKey | Kind::TemporaryKey) { 20 } else { 21 };
    let mut id = String::with_capacity(length);
    id.push_str(kind.prefix());
    letters(account.0, ACCOUNT_LETTERS, &mut id);
    let random = length - id.len();
    letters(cloud.ids().u64(), random, &mut id);
    id
}

/// The account in an access key's id.
pub fn account_of_key(id: &str) -> Option<AccountId> {
    if !(id.starts_with("AKIA") || id.starts_with("ASIA")) || id.len() != 20 {
        return None;
    }
    let digit = |letter: u8| BASE32.iter().position(|known| *known == letter).map(|at| at as u64);
    let value =
        id.as_bytes()[4..4 + ACCOUNT_LETTERS].iter().try_fold(0, |sum, letter| Some(sum << 5 | digit(*letter)?))?;
    (value < 1_000_000_000_000).then_some(AccountId(value))
}

/// A new secret: 40 characters.
pub fn secret_access_key(cloud: &Cloud) -> Result<String> {
    let mut bytes = [0; 40];
    cloud.ids().secret(&mut bytes).map_err(|error| common::internal_failure(format!("no randomness: {error}")))?;
    Ok(bytes.iter().map(|byte| char::from(BASE62[usize::from(byte & 63)])).collect())
}
