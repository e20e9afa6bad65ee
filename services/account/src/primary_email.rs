//! The root user's address: changed in two steps, so that whoever has the new one agrees.

use crate::{
    faults::{conflict, invalid, not_found, too_many_requests},
    subject::member,
};
use account_api::{ValidationExceptionReason::FieldValidationFailed, *};
use identity::organization::{account, account_of_email, is_taken};
use kernel::{AccountId, Cx, Result, feed, record::Record, store::Key};
use wire::{Timestamp, common};

kernel::record! {
    /// An address that waits to be confirmed.
    struct UpdateRecord {
        1 email: String,
        2 otp: String,
        3 expires: Timestamp,
        /// When it was started lately.
        4 started: Vec<Timestamp>,
    }
}

/// Microseconds for which a code is good. AWS says nothing of it; this is a guess.
const VALID: i64 = 3_600_000_000;
/// "3 per 30 seconds" for an account (reference guide, "Quotas").
const STARTS: usize = 3;
const STARTS_WITHIN: i64 = 30_000_000;
const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Key: (account, `global`, `account`, `email-update`).
fn key(account: AccountId) -> Key {
    Key::new().number(account.0).text("global").text("account").text("email-update")
}

pub async fn get_primary_email(cx: Cx, input: GetPrimaryEmailInput) -> Result<GetPrimaryEmailOutput> {
    cx.write(async |tx| {
        let record = member(&cx, tx, "account:GetPrimaryEmail", &input.account_id).await?;
        Ok(GetPrimaryEmailOutput { primary_email: Some(record.email) })
    })
    .await
}

/// A code of six letters and digits; 252 of a byte's values stand for each equally often.
fn code(cx: &Cx) -> Result<String> {
    let mut otp = String::with_capacity(6);
    while otp.len() < 6 {
        let mut byte = [0];
        let random = cx.cloud().ids().secret(&mut byte);
        random.map_err(|error| common::internal_failure(format!("no randomness: {error}")))?;
        if byte[0] < 252 {
            otp.push(char::from(LETTERS[usize::from(byte[0] % 36)]));
        }
    }
    Ok(otp)
}

/// The code would go to the new address by mail. There is no mail here: it stands in the live feed.
pub async fn start_primary_email_update(
    cx: Cx,
    input: StartPrimaryEmailUpdateInput,
) -> Result<StartPrimaryEmailUpdateOutput> {
    let otp = code(&cx)?;
    cx.write(async |tx| {
        let record = member(&cx, tx, "account:StartPrimaryEmailUpdate", &input.account_id).await?;
        if !input.primary_email.contains('@') {
            return Err(invalid(FieldValidationFailed, "primaryEmail", "The email address is not valid."));
        }
        if is_taken(tx, &input.primary_email).await? {
            return Err(conflict("The email address is already in use by an AWS account."));
        }
        let (key, now) = (key(record.account()), cx.now());
        let known: Option<UpdateRecord> = tx.read(&key).await?;
        let mut started = known.map(|known| known.started).unwrap_or_default();
        started.retain(|at| now.0 < at.0 + STARTS_WITHIN);
        if started.len() >= STARTS {
            return Err(too_many_requests("The account has too many requests to update its primary email."));
        }
        started.push(now);
        let expires = Timestamp(now.0 + VALID);
        let update = UpdateRecord { email: input.primary_email.clone(), otp: otp.clone(), expires, started };
        tx.put(key, update.encode());
        Ok(())
    })
    .await?;
    let (id, email) = (&input.account_id, &input.primary_email);
    cx.cloud()
        .feed()
        .note(&format!("mail to {email}: the code to make this the primary email of account {id} is {otp}"));
    cx.wake(feed::TOPIC);
    Ok(StartPrimaryEmailUpdateOutput { status: Some(PrimaryEmailUpdateStatus::Pending) })
}

pub async fn accept_primary_email_update(
    cx: Cx,
    input: AcceptPrimaryEmailUpdateInput,
) -> Result<AcceptPrimaryEmailUpdateOutput> {
    cx.write(async |tx| {
        let mut record = member(&cx, tx, "account:AcceptPrimaryEmailUpdate", &input.account_id).await?;
        let key = key(record.account());
        let update: Option<UpdateRecord> = tx.read(&key).await?;
        let update = update.filter(|update| update.email == input.primary_email);
        let update = update.ok_or_else(|| not_found("No update to this email address was started for the account."))?;
        if update.otp != input.otp || update.expires <= cx.now() {
            return Err(invalid(FieldValidationFailed, "otp", "The OTP is not valid or has expired."));
        }
        if is_taken(tx, &update.email).await? {
            return Err(conflict("The email address is already in use by an AWS account."));
        }
        tx.delete(account_of_email(&record.email));
        tx.put(account_of_email(&update.email), record.id.to_be_bytes().to_vec());
        record.email = update.email;
        tx.put(account(record.account()), record.encode());
        tx.delete(key);
        Ok(AcceptPrimaryEmailUpdateOutput { status: Some(PrimaryEmailUpdateStatus::Accepted) })
    })
    .await
}
