//! Roles that customers give S3 to work under.

use identity::{Entity, IamKeys, RoleRecord};
use kernel::{
    AccountId, Arn, Caller, CallerKind, Cx, Result,
    authorise::{Ask, PolicyKind, require},
    store::Rows,
};
use lang::policy::ContextKeys;
use sts_api::AssumeRoleInput;
use wire::{Timestamp, common};

/// Whether the caller may give a role to a service (IAM user guide, "Grant a user permissions to pass a role to an AWS
/// service"). Roles of other accounts can be given to none.
pub async fn pass(cx: &Cx, role: &str, service: &str) -> Result<()> {
    let arn = Arn::parse(role).filter(|arn| arn.service == "iam");
    if arn.and_then(|arn| arn.account_id()) != Some(cx.account()) {
        return Err(common::access_denied("Cross-account pass role is not allowed."));
    }
    // One that is not there has no tags; whoever works with it finds out.
    let name = role.rsplit('/').next().unwrap_or_default();
    let row = IamKeys::of(cx.account()).entity(Entity::Role, name);
    let record: Option<RoleRecord> = cx.read().record(&row).await?;
    let mut keys = ContextKeys::default();
    keys.set("iam:PassedToService", service);
    let ask = Ask {
        action: "iam:PassRole",
        resource: role.into(),
        account: cx.account(),
        policy: None,
        policy_kind: PolicyKind::Grants,
        beside: None,
        tags: record.as_ref().map_or(&[], |role| &role.tags),
        keys: &keys,
        principal: None,
        input: None,
    };
    require(cx, &ask).await
}

/// A session of a role.
pub struct Session {
    /// Its access key.
    pub key: String,
    pub expires: Timestamp,
}

/// Begins a session of a role as one of AWS's services, on behalf of a resource. The role's trust policy must let it.
pub async fn assume(
    cx: &Cx,
    role: &str,
    session: &str,
    service: &'static str,
    source: (String, AccountId),
) -> Result<Session> {
    let (source_arn, source_account) = source;
    let kind = CallerKind::Service { principal: service, source_arn, source_account };
    let input = AssumeRoleInput {
        role_arn: role.to_owned(),
        role_session_name: session.to_owned(),
        ..AssumeRoleInput::default()
    };
    let service = cx.acting(Caller::new(kind, source_account, ""), cx.region(), None);
    let credentials = service.call(input).await?.credentials.unwrap_or_default();
    Ok(Session { key: credentials.access_key_id, expires: credentials.expiration })
}

/// The context of work under a session. `None`: it has ended, or its role is gone.
pub async fn acting(cx: &Cx, key: &str) -> Result<Option<Cx>> {
    let bearer = cx.cloud().identity().bearer(cx.cloud(), key, cx.region()).await?;
    let alive = bearer.filter(|bearer| bearer.expires().is_none_or(|at| at > cx.now()));
    Ok(alive.map(|bearer| cx.acting(bearer.caller.clone(), cx.region(), None)))
}
