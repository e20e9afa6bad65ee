//! GetSessionToken: temporary credentials of a user or the root user, usually for the second factor.

use crate::{caller_identity, credentials::Fresh, mfa::Factor, patterns};
use identity::{SessionRecord, limits, session_kind};
use kernel::{CallerKind, Cx, Result};
use sts_api::*;
use wire::common;

/// Seconds: of a user, if none are asked for; and of the root user at most.
const USER: i64 = 12 * 60 * 60;
pub const ROOT: i64 = 60 * 60;

/// "No permissions are required": the call never asks the policies, so what others leave to `target` is asked here.
pub async fn get_session_token(cx: Cx, input: GetSessionTokenInput) -> Result<GetSessionTokenOutput> {
    caller_identity::signed(&cx)?;
    limits::sts(cx.caller(), "GetSessionToken")?;
    patterns::check(&cx, &input)?;
    let asked = input.duration_seconds.map(i64::from);
    let factor = Factor::of(input.serial_number, input.token_code)?;
    let record = SessionRecord {
        account: cx.caller().account.0,
        mfa_at: factor.as_ref().map(|_| cx.now()),
        ..SessionRecord::default()
    };
    let (lifetime, record) = match &cx.caller().kind {
        CallerKind::Root => {
            // "If the duration is longer than one hour, the session … defaults to one hour."
            (asked.unwrap_or(ROOT).min(ROOT), SessionRecord { kind: session_kind::ROOT, ..record })
        }
        CallerKind::User(who) => {
            let (name, id) = (who.name.clone(), who.id.clone());
            (asked.unwrap_or(USER), SessionRecord { kind: session_kind::USER, name, id, ..record })
        }
        _ => return Err(common::access_denied("Cannot call GetSessionToken with session credentials")),
    };
    let fresh = Fresh::new(&cx, lifetime, record)?;
    cx.write(async |tx| {
        if let Some(factor) = &factor {
            factor.spend(&cx, tx).await?;
        }
        fresh.put(&cx, tx);
        Ok(())
    })
    .await?;
    Ok(GetSessionTokenOutput { credentials: Some(fresh.answer()) })
}
