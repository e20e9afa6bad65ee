//! How a request names a key: by id, by ARN, by alias or by an alias's ARN.

use crate::faults;
use kernel::{AccountId, Arn, Cx, Region, Result};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub account: AccountId,
    pub region: Region,
    pub name: Name,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    Key(String),
    /// With `alias/` in front.
    Alias(String),
}

impl Address {
    pub fn parse(cx: &Cx, given: &str) -> Result<Address> {
        let here = |name| Address { account: cx.account(), region: cx.region(), name };
        if !given.starts_with("arn:") {
            return Ok(here(name(given)));
        }
        // The sentences of ARNs that are none are a guess.
        let arn = Arn::parse(given).filter(|arn| arn.service == "kms").ok_or_else(|| invalid_arn(given))?;
        let account = arn.account_id().ok_or_else(|| invalid_arn(given))?;
        if arn.region != cx.region().as_str() {
            return Err(kms_api::fault::not_found_exception(format!("Invalid arn {}", arn.region)));
        }
        let name = match arn.resource.strip_prefix("key/") {
            Some(id) => Name::Key(id.to_owned()),
            None if arn.resource.starts_with("alias/") => Name::Alias(arn.resource),
            None => return Err(invalid_arn(given)),
        };
        Ok(Address { account, region: cx.region(), name })
    }

    pub fn arn(&self) -> String {
        match &self.name {
            Name::Key(id) => key_arn(self.account, self.region, id),
            Name::Alias(name) => alias_arn(self.account, self.region, name),
        }
    }
}

fn name(given: &str) -> Name {
    match given.starts_with("alias/") {
        true => Name::Alias(given.to_owned()),
        false => Name::Key(given.to_owned()),
    }
}

fn invalid_arn(given: &str) -> wire::Fault {
    kms_api::fault::invalid_arn_exception(format!("Invalid arn {given}"))
}

pub fn key_arn(account: AccountId, region: Region, id: &str) -> String {
    Arn::new("kms", region, account, &format!("key/{id}")).to_string()
}

/// Of a name with `alias/` in front.
pub fn alias_arn(account: AccountId, region: Region, name: &str) -> String {
    Arn::new("kms", region, account, name).to_string()
}

/// Whether an id has the form of one: a UUID, or `mrk-` and 32 hexadecimal digits.
pub fn is_key_id(id: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    match id.strip_prefix("mrk-") {
        Some(digits) => digits.len() == 32 && hex(digits),
        None => {
            let parts: Vec<&str> = id.split('-').collect();
            parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.into_iter().all(hex)
        }
    }
}

/// The error of an id that names no key.
pub fn missing(address: &Address) -> wire::Fault {
    match &address.name {
        Name::Alias(_) => faults::alias_not_found(&address.arn()),
        Name::Key(id) if is_key_id(id) => faults::key_not_found(&address.arn()),
        Name::Key(id) => faults::invalid_key_id(id),
    }
}
