//! Passwords: the hash that is kept of one, and what the account's policy asks of a new one.

use crate::records::LoginProfileRecord;
use aws_lc_rs::pbkdf2;
use bytes::Bytes;
use iam_api::fault;
use identity::{IamKeys, PasswordPolicyRecord};
use kernel::{Cx, Result, store::Txn};
use std::num::NonZeroU32;
use wire::{Fault, Timestamp, common};

/// Rounds of PBKDF2 with HMAC-SHA-512: a tenth of a second or less, as a call keeps its thread that long.
const ROUNDS: u32 = 50_000;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// "The number of previous passwords": 24 at most.
const KEPT: usize = 24;

/// What is enough of a special character (IAM user guide, "Setting an account password policy").
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

fn derive(profile: &LoginProfileRecord, password: &str) -> Bytes {
    let mut hash = [0; HASH_BYTES];
    let rounds = u32::try_from(profile.rounds).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, rounds, &profile.salt, password.as_bytes(), &mut hash);
    Bytes::copy_from_slice(&hash)
}

/// A profile without a password, with a salt of its own.
pub fn new_profile(cx: &Cx, now: Timestamp) -> Result<LoginProfileRecord> {
    let mut salt = [0; SALT_BYTES];
    let no_randomness = |error| common::internal_failure(format!("no randomness: {error}"));
    cx.cloud().ids().secret(&mut salt).map_err(no_randomness)?;
    Ok(LoginProfileRecord {
        created: now,
        salt: Bytes::copy_from_slice(&salt),
        rounds: ROUNDS.into(),
        ..Default::default()
    })
}

pub fn is(profile: &LoginProfileRecord, password: &str) -> bool {
    derive(profile, password) == profile.hash
}

/// Gives a profile another password, if the account's policy has nothing against it.
pub async fn set(
    tx: &mut Txn,
    keys: &IamKeys,
    user: &str,
    profile: &mut LoginProfileRecord,
    password: &str,
    now: Timestamp,
) -> Result<()> {
    let policy = tx.read::<PasswordPolicyRecord>(&keys.password_policy()).await?;
    let hash = check(policy.as_ref(), user, profile, password)?;
    let old = std::mem::replace(&mut profile.hash, hash);
    if !old.is_empty() {
        profile.previous.insert(0, old);
        profile.previous.truncate(KEPT);
    }
    profile.changed = now;
    Ok(())
}

/// The new password's hash. The sentences are AWS's as users report them, of which the first that applies is told.
fn check(
    policy: Option<&PasswordPolicyRecord>,
    user: &str,
    profile: &LoginProfileRecord,
    password: &str,
) -> Result<Bytes> {
    let violation = |why: String| Err(fault::password_policy_violation_exception(why));
    if !password.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}')) {
        return Err(invalid());
    }
    let upper = password.bytes().any(|b| b.is_ascii_uppercase());
    let lower = password.bytes().any(|b| b.is_ascii_lowercase());
    let number = password.bytes().any(|b| b.is_ascii_digit());
    let symbol = password.chars().any(|c| SYMBOLS.contains(c));
    let length = password.chars().count() as u64;
    let Some(policy) = policy else {
        // "Minimum password length of 8; three of: uppercase, lowercase, numbers, symbols; not identical to the account
        // name or email address". The user's name stands for those, which users do not have.
        let kinds = [upper, lower, number, symbol].into_iter().filter(|kind| *kind).count();
        if length < 8 || kinds < 3 || password.eq_ignore_ascii_case(user) {
            return violation("Password does not conform to the account password policy.".to_owned());
        }
        return Ok(derive(profile, password));
    };
    if length < policy.min_length {
        return violation(format!("Password should have a minimum length of {}", policy.min_length));
    }
    let wanted = [
        (policy.upper_case && !upper, "uppercase letter"),
        (policy.lower_case && !lower, "lowercase letter"),
        (policy.numbers && !number, "number"),
        (policy.symbols && !symbol, "symbol"),
    ];
    if let Some((_, what)) = wanted.into_iter().find(|(missing, _)| *missing) {
        return violation(format!("Password should have at least one {what}"));
    }
    let hash = derive(profile, password);
    let mut used = std::iter::once(&profile.hash).chain(&profile.previous).take(policy.reuse_prevention as usize);
    if used.any(|old| *old == hash) {
        return violation("Policy constraint violation with password reuse prevention during password change.".into());
    }
    Ok(hash)
}

/// A guess at the sentence; the rule is the model's.
fn invalid() -> Fault {
    common::validation_error(
        "The specified value for password is invalid. It must contain only printable characters of Latin-1, tabs and line \
         ends.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(policy: Option<&PasswordPolicyRecord>, password: &str) -> String {
        let profile = LoginProfileRecord { rounds: 1, ..Default::default() };
        check(policy, "Bob", &profile, password).err().map(|fault| fault.message().to_owned()).unwrap_or_default()
    }

    #[test]
    fn without_a_policy_three_kinds_of_characters_are_enough() {
        for password in ["Abcdefg1", "abcdefg1!", "ABCDEF1!"] {
            assert_eq!(refused(None, password), "", "{password}");
        }
        for password in ["Abcdef1", "abcdefgh1", "Abcdefgh", "12345678"] {
            assert!(!refused(None, password).is_empty(), "{password}");
        }
    }

    #[test]
    fn each_demand_of_a_policy_has_its_sentence() {
        let policy = PasswordPolicyRecord {
            min_length: 6,
            symbols: true,
            numbers: true,
            upper_case: true,
            lower_case: true,
            ..Default::default()
        };
        let table = [
            ("Ab1!5", "Password should have a minimum length of 6"),
            ("ab1!56", "Password should have at least one uppercase letter"),
            ("AB1!56", "Password should have at least one lowercase letter"),
            ("Abc!ef", "Password should have at least one number"),
            ("Ab1456~", "Password should have at least one symbol"),
            ("Ab1!56", ""),
        ];
        for (password, expected) in table {
            assert_eq!(refused(Some(&policy), password), expected, "{password}");
        }
    }
}
