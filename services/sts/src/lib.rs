//! AWS Security Token Service.

use kernel::{Cx, Result, Service, route, templated_target};
use sts_api::*;

pub static SERVICE: Service = Service {
    model: &sts_api::MODEL,
    operations: || vec![route(get_caller_identity)],
    target: templated_target,
    timers: &[],
    hidden: &[],
    data_events: &[],
    posted_to: None,
    judges_values: false,
    max_body: 256 * 1024,
};

/// Needs no permission, but somebody who asks.
pub async fn get_caller_identity(cx: Cx, _input: GetCallerIdentityInput) -> Result<GetCallerIdentityOutput> {
    let caller = cx.caller();
    if caller.is_anonymous() {
        return Err(MISSING_AUTHENTICATION_TOKEN.fault("Request is missing Authentication Token"));
    }
    Ok(GetCallerIdentityOutput {
        user_id: Some(caller.user_id()),
        account: Some(caller.account.to_string()),
        arn: Some(caller.arn(cx.region())),
    })
}

static MISSING_AUTHENTICATION_TOKEN: wire::ErrorKind = wire::ErrorKind {
    name: "MissingAuthenticationToken",
    code: "MissingAuthenticationToken",
    status: 403,
    sender: true,
    message: "message",
};
