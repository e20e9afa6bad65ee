//! The account's alias: one name that no other account has.

use crate::{keys, paging::Paging};
use iam_api::*;
use identity::IamKeys;
use kernel::{Cx, Result};
use wire::common;

/// `^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`; lengths the model knows.
fn check(alias: &str) -> Result<()> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let valid = alias.bytes().all(|b| plain(b) || b == b'-')
        && alias.bytes().next().is_some_and(plain)
        && alias.bytes().last().is_some_and(plain)
        && !alias.contains("--");
    if valid {
        return Ok(());
    }
    Err(common::validation_error(format!(
        "1 validation error detected: Value '{alias}' at 'accountAlias' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){{1,61}}[a-z0-9]$"
    )))
}

/// A second one takes the place of the first: "your AWS account can have only one alias. If you create a new alias, the new
/// alias overwrites the previous alias".
pub async fn create_account_alias(cx: Cx, input: CreateAccountAliasInput) -> Result<CreateAccountAliasOutput> {
    let alias = &input.account_alias;
    check(alias)?;
    let own = keys::account_alias(&IamKeys::of(cx.account()));
    cx.write(async |tx| {
        if tx.get(&keys::taken_alias(alias)).await?.is_some() {
            return Err(fault::entity_already_exists_exception(format!("The account alias {alias} already exists.")));
        }
        if let Some(old) = tx.get(&own).await? {
            tx.delete(keys::taken_alias(&String::from_utf8_lossy(&old)));
        }
        tx.put(own.clone(), alias.clone().into_bytes());
        tx.put(keys::taken_alias(alias), cx.account().to_string().into_bytes());
        Ok(())
    })
    .await?;
    Ok(CreateAccountAliasOutput {})
}

pub async fn delete_account_alias(cx: Cx, input: DeleteAccountAliasInput) -> Result<DeleteAccountAliasOutput> {
    let alias = &input.account_alias;
    check(alias)?;
    let own = keys::account_alias(&IamKeys::of(cx.account()));
    cx.write(async |tx| {
        if tx.get(&own).await?.as_deref() != Some(alias.as_bytes()) {
            return Err(fault::no_such_entity_exception(format!("The account alias {alias} cannot be found.")));
        }
        tx.delete(own.clone());
        tx.delete(keys::taken_alias(alias));
        Ok(())
    })
    .await?;
    Ok(DeleteAccountAliasOutput {})
}

pub async fn list_account_aliases(cx: Cx, input: ListAccountAliasesInput) -> Result<ListAccountAliasesOutput> {
    let row = cx.read().get(&keys::account_alias(&IamKeys::of(cx.account()))).await?;
    let aliases = row.map(|row| String::from_utf8_lossy(&row.value).into_owned()).into_iter().collect();
    let page = Paging::of(input.max_items, input.marker.as_deref())?.list(aliases, |alias| alias);
    Ok(ListAccountAliasesOutput { is_truncated: page.is_truncated(), account_aliases: page.items, marker: page.marker })
}
