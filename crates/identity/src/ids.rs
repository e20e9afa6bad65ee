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
/// Of an access key's id, after the four of its kind: a letter is five bits.
const KEY_LETTERS: usize = 16;
/// Of the other ids.
const OTHER_LETTERS: usize = 17;
const ACCOUNT_BITS: u32 = 40;
/// Those of an access key that come after a bit that is set and the account.
const KEY_RANDOM_BITS: u32 = 5 * KEY_LETTERS as u32 - ACCOUNT_BITS - 1;
const OTHER_RANDOM_BITS: u32 = 5 * OTHER_LETTERS as u32 - ACCOUNT_BITS;

fn letters(mut value: u128, count: usize, out: &mut String) {
    let start = out.len();
    for _ in 0..count {
        out.insert(start, char::from(BASE32[(value & 31) as usize]));
        value >>= 5;
    }
}

fn low(value: u128, bits: u32) -> u128 {
    value & ((1 << bits) - 1)
}

/// A new id: four letters for the kind, and 16 for keys, 17 for the others. Access keys are as AWS's since 2019, which begin
/// with Q or a later letter after their kind: a bit that is set, the account's 40 bits, and random ones, so that public
/// decoders find the account. That the account is in the other ids is as on AWS, too; how it is written there is ours.
pub fn unique_id(cloud: &Cloud, kind: Kind, account: AccountId) -> String {
    let (account, random) = (u128::from(account.0), u128::from(cloud.ids().u64()));
    let mut id = String::with_capacity(4 + OTHER_LETTERS);
    id.push_str(kind.prefix());
    match kind {
        Kind::AccessKey | Kind::TemporaryKey => {
            let owner = 1 << ACCOUNT_BITS | account;
            letters(owner << KEY_RANDOM_BITS | low(random, KEY_RANDOM_BITS), KEY_LETTERS, &mut id);
        }
        _ => letters(account << OTHER_RANDOM_BITS | low(random, OTHER_RANDOM_BITS), OTHER_LETTERS, &mut id),
    }
    id
}

/// The account in an access key's id. Ids that AWS made before 2019, whose fifth letter comes before Q, do not tell.
pub fn account_of_key(id: &str) -> Option<AccountId> {
    let letters = id.strip_prefix("AKIA").or_else(|| id.strip_prefix("ASIA"))?;
    let digit = |letter: u8| BASE32.iter().position(|known| *known == letter).map(|at| at as u128);
    if letters.len() != KEY_LETTERS {
        return None;
    }
    let value = letters.bytes().try_fold(0_u128, |sum, letter| Some(sum << 5 | digit(letter)?))?;
    let owner = value >> KEY_RANDOM_BITS;
    let account = low(owner, ACCOUNT_BITS) as u64;
    (owner >> ACCOUNT_BITS == 1 && account < 1_000_000_000_000).then_some(AccountId(account))
}

/// A new secret: 40 characters.
pub fn secret_access_key(cloud: &Cloud) -> Result<String> {
    let mut bytes = [0; 40];
    cloud.ids().secret(&mut bytes).map_err(|error| common::internal_failure(format!("no randomness: {error}")))?;
    Ok(bytes.iter().map(|byte| char::from(BASE62[usize::from(byte & 63)])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_where_public_decoders_look_for_it() {
        // Published with their accounts.
        assert_eq!(account_of_key("ASIAY34FZKBOKMUTVV7A"), Some(AccountId(609_629_065_308)));
        assert_eq!(account_of_key("ASIAQNZGKIQY56JQ7WML"), Some(AccountId(29_608_264_753)));
        // The documentation's key is one of the older ones, and the rest are none.
        for id in
            ["AKIAIOSFODNN7EXAMPLE", "AROAQNZGKIQY56JQ7WML", "ASIAQNZGKIQY56JQ7WM", "ASIAQNZGKIQY56JQ7WM1", "ASIA", ""]
        {
            assert_eq!(account_of_key(id), None, "{id}");
        }
    }
}
