//! A session of a role that somebody asks for: what the operations that assume roles share.

use crate::{
    credentials::Fresh,
    mfa::Factor,
    role::{self, Role},
    session_policies::SessionPolicies,
    session_tags::SessionTags,
};
use identity::{SessionRecord, session_kind};
use kernel::{
    Cx, Result,
    authorise::{Ask, PolicyKind, Target, require},
};
use lang::policy::{ContextKeys, Principal};
use std::sync::Arc;
use sts_api::{AssumedRoleUser, Credentials, PolicyDescriptorType};
use wire::{Fault, Timestamp, common};

/// Seconds of a session that does not say, and the most of one that a role's session begins.
const HOUR: i64 = 60 * 60;

/// Who, what and with which keys: all that the role's trust policy may ask about.
#[derive(Clone, Debug)]
pub struct Assumption {
    pub role: Role,
    pub session_name: String,
    pub tags: SessionTags,
    /// Empty where none is set.
    pub source_identity: String,
    keys: ContextKeys,
}

/// What else a session begins with.
#[derive(Default)]
pub struct Terms {
    pub policy: Option<String>,
    pub policy_arns: Option<Vec<PolicyDescriptorType>>,
    pub duration_seconds: Option<i32>,
    pub factor: Option<Factor>,
    /// `aws:FederatedProvider`, and the keys that the identity provider filled.
    pub provider: String,
    pub claims: Vec<(String, String)>,
    /// The session cannot outlast this.
    pub until: Option<Timestamp>,
}

/// A session that began.
pub struct Begun {
    pub credentials: Credentials,
    pub user: AssumedRoleUser,
    pub packed: Option<i32>,
}

impl Assumption {
    /// `keys` are those of the operation beside the ones that all have.
    pub fn new(
        role: Role,
        session_name: String,
        tags: SessionTags,
        source_identity: String,
        mut keys: ContextKeys,
    ) -> Assumption {
        keys.set("sts:RoleSessionName", session_name.as_str());
        if !source_identity.is_empty() {
            keys.set("sts:SourceIdentity", source_identity.as_str());
        }
        if !tags.tags.is_empty() {
            keys.set_many("aws:TagKeys", tags.tags.iter().map(|(key, _)| key.as_str()));
        }
        for (key, value) in &tags.tags {
            keys.set(format!("aws:RequestTag/{key}"), value.as_str());
        }
        if !tags.transitive.is_empty() {
            keys.set_many("sts:TransitiveTagKeys", tags.transitive.iter().map(String::as_str));
        }
        Assumption { role, session_name, tags, source_identity, keys }
    }

    fn trust(&self) -> Option<Arc<str>> {
        self.role.record.as_ref().map(|role| identity::trust_in_force(role).into())
    }

    fn role_tags(&self) -> &[(String, String)] {
        self.role.record.as_ref().map_or(&[], |role| &role.tags)
    }

    /// The role, guarded by its trust policy.
    pub fn target(&self) -> Target {
        Target {
            policy: self.trust(),
            policy_kind: PolicyKind::Trust,
            beside: None,
            tags: self.role_tags().to_vec(),
            keys: self.keys.clone(),
            ..Target::of(self.role.account, vec![self.role.arn.as_str().into()])
        }
    }

    /// Asks for an action on the role, for the caller or for whom an identity provider vouches for.
    pub async fn require(&self, cx: &Cx, action: &str, principal: Option<Principal<'_>>) -> Result<()> {
        let ask = Ask {
            action,
            resource: self.role.arn.as_str().into(),
            account: self.role.account,
            policy: self.trust(),
            policy_kind: PolicyKind::Trust,
            beside: None,
            tags: self.role_tags(),
            keys: &self.keys,
            principal,
            input: None,
        };
        require(cx, &ask).await
    }

    /// Asks for what tags and a source identity need beyond the role itself. Both are asked for again at every step of a
    /// chain that hands them on.
    pub async fn require_extras(&self, cx: &Cx, principal: Option<Principal<'_>>) -> Result<()> {
        if !self.tags.tags.is_empty() {
            self.require(cx, "sts:TagSession", principal).await?;
        }
        if !self.source_identity.is_empty() {
            self.require(cx, "sts:SetSourceIdentity", principal).await?;
        }
        Ok(())
    }

    /// Begins the session, which must have been permitted.
    pub async fn begin(self, cx: &Cx, terms: Terms) -> Result<Begun> {
        let Assumption { role: Role { account, record, .. }, session_name, tags, source_identity, .. } = self;
        let role = record.ok_or_else(|| common::internal_failure("a role that is not there trusts nobody"))?;
        let caller = cx.caller();
        // Where a provider vouches, it does not matter who signed.
        let chained = terms.provider.is_empty() && matches!(caller.kind, kernel::CallerKind::AssumedRole(_));
        let now = cx.now();
        let mut lifetime = lifetime(terms.duration_seconds, chained, role.max_session)?;
        if let Some(until) = terms.until {
            lifetime = lifetime.min(until.secs() - now.secs());
        }
        let policies = SessionPolicies::read(cx, account, terms.policy, terms.policy_arns, &tags.tags).await?;
        let fresh = Fresh::new(
            cx,
            lifetime,
            SessionRecord {
                account: account.0,
                kind: session_kind::ROLE,
                name: role.name.clone(),
                id: role.id.clone(),
                session_name: session_name.clone(),
                policies: policies.documents,
                managed_policies: policies.managed,
                tags: tags.tags,
                transitive: tags.transitive,
                mfa_at: terms.factor.as_ref().map(|_| now),
                source_identity,
                provider: terms.provider,
                claims: terms.claims,
                chained,
                ..SessionRecord::default()
            },
        )?;
        cx.write(async |tx| {
            if let Some(factor) = &terms.factor {
                factor.spend(cx, tx).await?;
            }
            fresh.put(cx, tx);
            Ok(())
        })
        .await?;
        let user = role::assumed(cx, account, &role, &session_name);
        Ok(Begun { credentials: fresh.answer(), user, packed: policies.packed })
    }
}

/// Seconds. All sentences are as users report them.
fn lifetime(asked: Option<i32>, chained: bool, role: u64) -> Result<i64> {
    let asked = asked.map_or(HOUR, i64::from);
    let refuse = |why: &str| -> Result<i64> { Err(common::validation_error(why)) };
    if chained && asked > HOUR {
        return refuse(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        );
    }
    if asked > (role as i64).max(HOUR) {
        return refuse("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    }
    Ok(asked)
}

/// What AWS answers to those whom an identity provider vouches for, whatever the reason.
pub fn not_authorized(fault: Fault, action: &str) -> Fault {
    match fault.kind().code {
        "AccessDenied" => common::access_denied(format!("Not authorized to perform {action}")),
        _ => fault,
    }
}
