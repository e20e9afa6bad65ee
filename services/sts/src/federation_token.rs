//! GetFederationToken: a session of somebody whom a user, or the root user, vouches for.

use crate::{credentials::Fresh, session_policies::SessionPolicies, session_tags::SessionTags, session_token::ROOT};
use identity::{SessionRecord, session_kind};
use kernel::{
    CallerKind, Cx, Result,
    authorise::{Ask, PolicyKind, Target, require},
};
use lang::policy::ContextKeys;
use sts_api::*;
use wire::common;

/// Seconds, if none are asked for.
const DEFAULT: i64 = 12 * 60 * 60;

fn arn(cx: &Cx, name: &str) -> String {
    format!("arn:{}:sts::{}:federated-user/{name}", cx.region().partition(), cx.caller().account)
}

/// The federated user that is to be.
pub fn target(cx: &Cx, input: &GetFederationTokenInput) -> Target {
    Target::of(cx.caller().account, vec![arn(cx, &input.name).into()])
}

pub async fn get_federation_token(cx: Cx, input: GetFederationTokenInput) -> Result<GetFederationTokenOutput> {
    let account = cx.caller().account;
    let arn = arn(&cx, &input.name);
    let tags = SessionTags::of(input.tags.clone(), None)?.tags;
    if !tags.is_empty() {
        let ask = Ask {
            action: "sts:TagSession",
            resource: arn.as_str().into(),
            account,
            policy: None,
            policy_kind: PolicyKind::Grants,
            beside: None,
            tags: &[],
            keys: &ContextKeys::default(),
            principal: None,
            input: Some(&input),
        };
        require(&cx, &ask).await?;
    }
    let policies = SessionPolicies::read(&cx, account, input.policy, input.policy_arns, &tags).await?;
    let record = SessionRecord {
        account: account.0,
        name: input.name.clone(),
        policies: policies.documents,
        managed_policies: policies.managed,
        tags,
        ..SessionRecord::default()
    };
    let asked = input.duration_seconds.map_or(DEFAULT, i64::from);
    let (lifetime, record) = match &cx.caller().kind {
        // "If the specified duration is longer than one hour, the session … defaults to one hour."
        CallerKind::Root => (asked.min(ROOT), SessionRecord { kind: session_kind::FEDERATED_BY_ROOT, ..record }),
        CallerKind::User(who) => {
            let (session_name, id) = (who.name.clone(), who.id.clone());
            (asked, SessionRecord { kind: session_kind::FEDERATED_BY_USER, session_name, id, ..record })
        }
        _ => return Err(common::access_denied("Cannot call GetFederationToken with session credentials")),
    };
    let fresh = Fresh::new(&cx, lifetime, record)?;
    cx.write(async |tx| {
        fresh.put(&cx, tx);
        Ok(())
    })
    .await?;
    Ok(GetFederationTokenOutput {
        credentials: Some(fresh.answer()),
        federated_user: Some(FederatedUser { federated_user_id: format!("{account}:{}", input.name), arn }),
        packed_policy_size: policies.packed,
    })
}
