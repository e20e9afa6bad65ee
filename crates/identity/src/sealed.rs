//! Text that only this cloud can read: the encoded messages of services that refuse without saying why
//! (`DecodeAuthorizationMessage`), for as long as they last.

use data_encoding::BASE64URL_NOPAD;
use kernel::{Cx, Result};
use wire::common;

const PURPOSE: &str = "identity/authorization-message";
/// Seconds for which a message can be read. That messages expire is documented; how soon is a guess.
const LIFETIME: i64 = 24 * 60 * 60;
/// In front of the text: the second in which it was sealed.
const SECONDS: usize = size_of::<i64>();

/// A text that [`open`] gives back for a day.
pub fn seal(cx: &Cx, text: &str) -> Result<String> {
    let dated = [&cx.now().secs().to_be_bytes(), text.as_bytes()].concat();
    let sealed = cx.cloud().vault().seal(PURPOSE, b"", &dated);
    let sealed = sealed.map_err(|error| common::internal_failure(format!("sealing a message: {error}")))?;
    Ok(BASE64URL_NOPAD.encode(&sealed))
}

/// What was sealed; `None` for any other text, and for what has expired.
pub fn open(cx: &Cx, sealed: &str) -> Option<String> {
    let bytes = BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?;
    let dated = cx.cloud().vault().open(PURPOSE, b"", &bytes)?;
    let (sealed_at, text) = dated.split_first_chunk::<SECONDS>()?;
    let age = cx.now().secs().checked_sub(i64::from_be_bytes(*sealed_at))?;
    (age < LIFETIME).then(|| String::from_utf8(text.to_vec()).ok())?
}
