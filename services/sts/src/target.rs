//! What a call acts on, once it is clear that its caller may call it at all.

use crate::{assume_role, caller_identity, federation_token, patterns, root, web_identity_token};
use identity::limits;
use kernel::{
    Cx, Local, Result,
    authorise::{Target, templated},
};
use std::{any::Any, future::ready};
use sts_api::*;
use wire::{Operation, Shape};

pub fn target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    if let Err(fault) = admit(&cx, operation, input) {
        return Box::pin(ready(Err(fault)));
    }
    let typed: &dyn Any = input;
    if let Some(input) = typed.downcast_ref::<AssumeRoleInput>() {
        return Box::pin(assume_role::target(cx, input.clone()));
    }
    let target = if let Some(input) = typed.downcast_ref::<GetFederationTokenInput>() {
        Ok(federation_token::target(&cx, input))
    } else if let Some(input) = typed.downcast_ref::<AssumeRootInput>() {
        root::target(&cx, input)
    } else if let Some(input) = typed.downcast_ref::<GetWebIdentityTokenInput>() {
        Ok(web_identity_token::target(&cx, input))
    } else {
        Ok(templated(&cx, operation, input))
    };
    Box::pin(ready(target))
}

fn admit(cx: &Cx, operation: &'static Operation, input: &dyn Shape) -> Result<()> {
    caller_identity::signed(cx)?;
    limits::sts(cx.caller(), operation.name)?;
    patterns::check(cx, input)
}
