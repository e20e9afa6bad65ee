//! DecodeAuthorizationMessage: what a service sealed when it refused somebody.

use identity::sealed;
use kernel::{Cx, Result};
use sts_api::*;

/// "This can happen if the message contains invalid characters, such as line breaks, or if the message has expired": both are
/// told in the same way.
pub async fn decode_authorization_message(
    cx: Cx,
    input: DecodeAuthorizationMessageInput,
) -> Result<DecodeAuthorizationMessageOutput> {
    let message = sealed::open(&cx, &input.encoded_message);
    let message = message.ok_or_else(|| fault::invalid_authorization_message_exception("Message is not valid"))?;
    Ok(DecodeAuthorizationMessageOutput { decoded_message: Some(message) })
}
