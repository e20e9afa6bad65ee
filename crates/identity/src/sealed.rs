//! Text that only this cloud can read: the encoded messages of services that refuse without saying why
//! (`DecodeAuthorizationMessage`).

use data_encoding::BASE64URL_NOPAD;
use kernel::{Cx, Result};
use wire::common;

const PURPOSE: &str = "identity/authorization-message";

/// A text that [`open`] gives back.
pub fn seal(cx: &Cx, text: &str) -> Result<String> {
    let sealed = cx.cloud().vault().seal(PURPOSE, b"", text.as_bytes());
    let sealed = sealed.map_err(|error| common::internal_failure(format!("sealing a message: {error}")))?;
    Ok(BASE64URL_NOPAD.encode(&sealed))
}

/// What was sealed; `None` for any other text.
pub fn open(cx: &Cx, sealed: &str) -> Option<String> {
    let bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
    String::from_utf8(cx.cloud().vault().open(PURPOSE, b"", &bytes)?).ok()
}
