//! What an account is called, and how it is.

use crate::{faults::not_found, subject::subject};
use account_api::*;
use identity::organization::{account, account_state};
use kernel::{Cx, Result, record::Record};

pub async fn get_account_information(cx: Cx, input: GetAccountInformationInput) -> Result<GetAccountInformationOutput> {
    cx.write(async |tx| {
        let record = subject(&cx, tx, "account:GetAccountInformation", input.account_id.as_deref()).await?;
        let state = match record.state {
            // There is no state for an account that is being closed: until it is, it is active.
            account_state::ACTIVE | account_state::PENDING_CLOSURE => AccountState::Active,
            account_state::SUSPENDED => AccountState::Suspended,
            _ => AccountState::Closed,
        };
        Ok(GetAccountInformationOutput {
            account_id: Some(record.account().to_string()),
            account_name: Some(record.name),
            account_created_date: Some(record.created),
            account_state: Some(state),
        })
    })
    .await
}

pub async fn put_account_name(cx: Cx, input: PutAccountNameInput) -> Result<PutAccountNameOutput> {
    cx.write(async |tx| {
        let mut record = subject(&cx, tx, "account:PutAccountName", input.account_id.as_deref()).await?;
        record.name.clone_from(&input.account_name);
        tx.put(account(record.account()), record.encode());
        Ok(PutAccountNameOutput {})
    })
    .await
}

/// No account here has one: CreateGovCloudAccount of Organizations, which alone makes them, is not built.
pub async fn get_gov_cloud_account_information(
    cx: Cx,
    input: GetGovCloudAccountInformationInput,
) -> Result<GetGovCloudAccountInformationOutput> {
    cx.write(async |tx| {
        subject(&cx, tx, "account:GetGovCloudAccountInformation", input.standard_account_id.as_deref()).await?;
        Err(not_found("The account is not linked to a GovCloud account."))
    })
    .await
}
