//! The primary contact.

use crate::{faults, subject::subject};
use account_api::*;
use identity::organization::{ContactRecord, contact};
use kernel::{Cx, Result, record::Record};

/// Where the state is part of an address (API reference, ContactInformation, StateOrRegion).
const WITH_STATE: [&str; 7] = ["US", "CA", "GB", "DE", "JP", "IN", "BR"];

fn shape(record: ContactRecord) -> ContactInformation {
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    let line = |index: usize| record.address.get(index).and_then(given);
    ContactInformation {
        address_line1: line(0).unwrap_or_default(),
        address_line2: line(1),
        address_line3: line(2),
        state_or_region: given(&record.state_or_region),
        district_or_county: given(&record.district_or_county),
        company_name: given(&record.company_name),
        website_url: given(&record.website_url),
        full_name: record.full_name,
        city: record.city,
        postal_code: record.postal_code,
        country_code: record.country_code,
        phone_number: record.phone_number,
    }
}

fn record(shape: ContactInformation) -> ContactRecord {
    let lines = [Some(shape.address_line1), shape.address_line2, shape.address_line3];
    ContactRecord {
        full_name: shape.full_name,
        address: lines.map(Option::unwrap_or_default).into(),
        city: shape.city,
        state_or_region: shape.state_or_region.unwrap_or_default(),
        district_or_county: shape.district_or_county.unwrap_or_default(),
        postal_code: shape.postal_code,
        country_code: shape.country_code,
        phone_number: shape.phone_number,
        company_name: shape.company_name.unwrap_or_default(),
        website_url: shape.website_url.unwrap_or_default(),
    }
}

pub async fn put_contact_information(cx: Cx, input: PutContactInformationInput) -> Result<PutContactInformationOutput> {
    let record = record(input.contact_information);
    if WITH_STATE.contains(&record.country_code.as_str()) && record.state_or_region.is_empty() {
        return Err(faults::invalid(
            ValidationExceptionReason::FieldValidationFailed,
            "stateOrRegion",
            format!("StateOrRegion is required in {}.", record.country_code),
        ));
    }
    cx.write(async |tx| {
        let account = subject(&cx, tx, "account:PutContactInformation", input.account_id.as_deref()).await?;
        tx.put(contact(account.account()), record.encode());
        Ok(PutContactInformationOutput {})
    })
    .await
}

pub async fn get_contact_information(cx: Cx, input: GetContactInformationInput) -> Result<GetContactInformationOutput> {
    cx.write(async |tx| {
        let account = subject(&cx, tx, "account:GetContactInformation", input.account_id.as_deref()).await?;
        let record = tx.read(&contact(account.account())).await?;
        let record = record.ok_or_else(|| faults::not_found("No contact information found for the account."))?;
        Ok(GetContactInformationOutput { contact_information: Some(shape(record)) })
    })
    .await
}
