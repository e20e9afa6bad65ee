//! Owners, as S3 names them: canonical user ids.

use kernel::AccountId;
use s3_api::Owner;
use sha2::{Digest, Sha256};

/// The canonical user id of an account: 64 hexadecimal digits. AWS's are random; ours follow from the account.
pub fn canonical_id(account: AccountId) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(format!("canonical user of {account}")))
}

pub fn of(account: AccountId) -> Owner {
    Owner { id: Some(canonical_id(account)), display_name: None }
}
