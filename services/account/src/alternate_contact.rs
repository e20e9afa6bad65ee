//! Whom AWS writes to about billing, operations and security.

use crate::{faults::not_found, subject::subject};
use account_api::*;
use kernel::{AccountId, Cx, Result, record::Record, store::Key};
use wire::Fault;

kernel::record! {
    /// An alternate contact.
    struct AlternateContactRecord {
        1 name: String,
        2 title: String,
        3 email: String,
        4 phone: String,
    }
}

/// Key: (account, `global`, `account`, `alternate-contact`, type).
fn key(account: AccountId, kind: &AlternateContactType) -> Key {
    Key::new().number(account.0).text("global").text("account").text("alternate-contact").text(kind.as_str())
}

fn none() -> Fault {
    not_found("No contact of the inputted alternate contact type found.")
}

pub async fn put_alternate_contact(cx: Cx, input: PutAlternateContactInput) -> Result<PutAlternateContactOutput> {
    cx.write(async |tx| {
        let account = subject(&cx, tx, "account:PutAlternateContact", input.account_id.as_deref()).await?;
        let contact = AlternateContactRecord {
            name: input.name.clone(),
            title: input.title.clone(),
            email: input.email_address.clone(),
            phone: input.phone_number.clone(),
        };
        tx.put(key(account.account(), &input.alternate_contact_type), contact.encode());
        Ok(PutAlternateContactOutput {})
    })
    .await
}

pub async fn get_alternate_contact(cx: Cx, input: GetAlternateContactInput) -> Result<GetAlternateContactOutput> {
    cx.write(async |tx| {
        let account = subject(&cx, tx, "account:GetAlternateContact", input.account_id.as_deref()).await?;
        let record = tx.read(&key(account.account(), &input.alternate_contact_type)).await?;
        let record: AlternateContactRecord = record.ok_or_else(none)?;
        let contact = AlternateContact {
            name: Some(record.name),
            title: Some(record.title),
            email_address: Some(record.email),
            phone_number: Some(record.phone),
            alternate_contact_type: Some(input.alternate_contact_type.clone()),
        };
        Ok(GetAlternateContactOutput { alternate_contact: Some(contact) })
    })
    .await
}

pub async fn delete_alternate_contact(
    cx: Cx,
    input: DeleteAlternateContactInput,
) -> Result<DeleteAlternateContactOutput> {
    cx.write(async |tx| {
        let account = subject(&cx, tx, "account:DeleteAlternateContact", input.account_id.as_deref()).await?;
        let key = key(account.account(), &input.alternate_contact_type);
        tx.get(&key).await?.ok_or_else(none)?;
        tx.delete(key);
        Ok(DeleteAlternateContactOutput {})
    })
    .await
}
