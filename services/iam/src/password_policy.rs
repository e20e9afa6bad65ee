//! What the account asks of its users' passwords.

use iam_api::*;
use identity::{IamKeys, PasswordPolicyRecord, changed};
use kernel::{Cx, Result, record::Record, store::Rows};
use wire::Fault;

/// "If you do not specify a value for this parameter, then the operation uses the default value of 6."
const DEFAULT_LENGTH: i32 = 6;

fn no_policy(cx: &Cx) -> Fault {
    fault::no_such_entity_exception(format!("The Password Policy with domain name {} cannot be found.", cx.account()))
}

/// "If you do not specify a parameter, that parameter's value reverts to its default value."
pub async fn update_account_password_policy(
    cx: Cx,
    input: UpdateAccountPasswordPolicyInput,
) -> Result<UpdateAccountPasswordPolicyOutput> {
    let number = |value: Option<i32>| value.map_or(0, |value| value.max(0) as u64);
    let flag = |value: Option<bool>| value.unwrap_or(false);
    let record = PasswordPolicyRecord {
        min_length: number(input.minimum_password_length.or(Some(DEFAULT_LENGTH))),
        symbols: flag(input.require_symbols),
        numbers: flag(input.require_numbers),
        upper_case: flag(input.require_uppercase_characters),
        lower_case: flag(input.require_lowercase_characters),
        users_may_change: flag(input.allow_users_to_change_password),
        max_age: number(input.max_password_age),
        reuse_prevention: number(input.password_reuse_prevention),
        hard_expiry: input.hard_expiry,
    };
    let row = IamKeys::of(cx.account()).password_policy();
    cx.write(async |tx| {
        tx.put(row.clone(), record.encode());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(UpdateAccountPasswordPolicyOutput {})
}

pub async fn get_account_password_policy(
    cx: Cx,
    _: GetAccountPasswordPolicyInput,
) -> Result<GetAccountPasswordPolicyOutput> {
    let row = IamKeys::of(cx.account()).password_policy();
    let record: PasswordPolicyRecord = cx.read().record(&row).await?.ok_or_else(|| no_policy(&cx))?;
    let set = |number: u64| (number > 0).then_some(number as i32);
    let password_policy = PasswordPolicy {
        minimum_password_length: Some(record.min_length as i32),
        require_symbols: Some(record.symbols),
        require_numbers: Some(record.numbers),
        require_uppercase_characters: Some(record.upper_case),
        require_lowercase_characters: Some(record.lower_case),
        allow_users_to_change_password: Some(record.users_may_change),
        expire_passwords: Some(record.max_age > 0),
        max_password_age: set(record.max_age),
        password_reuse_prevention: set(record.reuse_prevention),
        hard_expiry: record.hard_expiry,
    };
    Ok(GetAccountPasswordPolicyOutput { password_policy })
}

pub async fn delete_account_password_policy(
    cx: Cx,
    _: DeleteAccountPasswordPolicyInput,
) -> Result<DeleteAccountPasswordPolicyOutput> {
    let row = IamKeys::of(cx.account()).password_policy();
    cx.write(async |tx| {
        tx.get(&row).await?.ok_or_else(|| no_policy(&cx))?;
        tx.delete(row.clone());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(DeleteAccountPasswordPolicyOutput {})
}
