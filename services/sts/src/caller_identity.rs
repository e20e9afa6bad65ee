//! GetCallerIdentity: who asks.

use kernel::{Cx, Result};
use sts_api::*;
use wire::{ErrorKind, Fault};

/// Needs no permission, but somebody who asks.
pub async fn get_caller_identity(cx: Cx, _input: GetCallerIdentityInput) -> Result<GetCallerIdentityOutput> {
    signed(&cx)?;
    let caller = cx.caller();
    Ok(GetCallerIdentityOutput {
        user_id: Some(caller.user_id()),
        account: Some(caller.account.to_string()),
        arn: Some(caller.arn(cx.region())),
    })
}

/// Refuses callers that nobody vouches for.
pub fn signed(cx: &Cx) -> Result<()> {
    match cx.caller().is_anonymous() {
        true => Err(missing_authentication_token()),
        false => Ok(()),
    }
}

fn missing_authentication_token() -> Fault {
    static KIND: ErrorKind = ErrorKind {
        name: "MissingAuthenticationToken",
        code: "MissingAuthenticationToken",
        status: 403,
        sender: true,
        message: "message",
    };
    KIND.fault("Request is missing Authentication Token")
}
