//! Roles that customers give S3 to work under.

use identity::{Entity, IamKeys, RoleRecord};
use kernel::{
    AccountId, Caller, Cx, Region, Request, Result,
    authorise::{Ask, PolicyKind, is_unruled_root, require},
    store::Rows,
};
use lang::policy::ContextKeys;
use sts_api::AssumeRoleInput;
use wire::{Timestamp, common};

/// Whether the caller may give a role to a service (IAM user guide, "Grant a user permissions to pass a role to an AWS
/// service"). Roles of other accounts can be given to none.
pub async fn pass(cx: &Cx, role: &str, owner: AccountId, service: &str) -> Result<()> {
    if owner != cx.account() {
        return Err(common::access_denied("Cross-account pass role is not allowed."));
    }
    if is_unruled_root(cx, owner) {
        return Ok(());
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

/// Begins a session of a role. The caller is one of AWS's services, which the role's trust policy must let.
pub async fn begin(service: &Cx, role: &str, session: &str) -> Result<Session> {
    let input = AssumeRoleInput {
        role_arn: role.to_owned(),
        role_session_name: session.to_owned(),
        ..AssumeRoleInput::default()
    };
    let credentials = service.call(input).await?.credentials.unwrap_or_default();
    Ok(Session { key: credentials.access_key_id, expires: credentials.expiration })
}

/// Who works under a session in a region. `None`: it has ended, or its role is gone.
pub async fn bearer(cx: &Cx, key: &str, region: Region) -> Result<Option<Caller>> {
    let bearer = cx.cloud().identity().bearer(cx.cloud(), key, region).await?;
    let alive = bearer.filter(|bearer| bearer.expires().is_none_or(|at| at > cx.now()));
    Ok(alive.map(|bearer| bearer.caller.clone()))
}

/// The role's own calls in a region. S3 does not send them in the clear, so a bucket that wants TLS takes them.
pub fn acting(cx: &Cx, caller: &Caller, region: Region) -> Cx {
    let request = Request { secure: true, signed: None, head: None, body: None, ..cx.request().clone() };
    Cx::new(cx.cloud(), cx.model(), caller.account, region, caller.clone(), request)
}
