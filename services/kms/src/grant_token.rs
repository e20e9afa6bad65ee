//! Grant tokens. A grant is in force as soon as it is made, so a token has nothing to hurry; it must be one all the same.

use data_encoding::BASE64URL_NOPAD;
use kernel::{Cx, Result};
use kms_api::fault;

const PURPOSE: &str = "kms/grant-token";

/// "The returned grant token is unique with every CreateGrant request."
pub fn make(cx: &Cx, key_arn: &str, grant: &str) -> Result<String> {
    let sealed = cx.cloud().vault().seal(PURPOSE, b"", format!("{grant} {key_arn}").as_bytes());
    Ok(BASE64URL_NOPAD.encode(&sealed.map_err(|error| crate::faults::crypto(&error.to_string()))?))
}

/// The grant and the ARN of its key.
pub fn read(cx: &Cx, token: &str) -> Result<(String, String)> {
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok();
    let opened = bytes.and_then(|bytes| cx.cloud().vault().open(PURPOSE, b"", &bytes));
    let text = opened.and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text.as_deref().and_then(|text| text.split_once(' '));
    let (grant, arn) = parts.ok_or_else(|| fault::invalid_grant_token_exception("The grant token is not valid."))?;
    Ok((grant.to_owned(), arn.to_owned()))
}

pub fn check(cx: &Cx, tokens: Option<&[String]>) -> Result<()> {
    tokens.unwrap_or_default().iter().try_for_each(|token| read(cx, token).map(drop))
}
