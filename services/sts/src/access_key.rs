//! GetAccessKeyInfo: the account of an access key.

use identity::{AccessKeyRecord, SessionRecord, account_of_key};
use kernel::{AccountId, Cx, Result, record::Record};
use sts_api::*;
use wire::common;

/// "This operation does not indicate the state of the access key": the account is in the id, and keys of any account may
/// be asked about.
pub async fn get_access_key_info(cx: Cx, input: GetAccessKeyInfoInput) -> Result<GetAccessKeyInfoOutput> {
    let id = &input.access_key_id;
    let store = cx.read();
    let long_term = store.get(&identity::access_key(id)).await?;
    let temporary = store.get(&identity::session(id)).await?;
    let recorded = long_term
        .and_then(|row| Some(AccessKeyRecord::decode(&row.value)?.account))
        .or_else(|| Some(SessionRecord::decode(&temporary?.value)?.account));
    let account = recorded.map(AccountId).or_else(|| account_of_key(id));
    // A guess: no report of an answer to what is no key was found.
    let account = account.ok_or_else(|| common::validation_error(format!("{id} is not a valid access key ID")))?;
    Ok(GetAccessKeyInfoOutput { account: Some(account.to_string()) })
}
