//! A request to be decided: who asks what of which resource, and all policies that apply.

use super::{Context, Kind, Policy};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal<'a> {
    /// `arn` is the account's: `arn:aws:iam::111122223333:root`.
    Root {
        account: &'a str,
        arn: &'a str,
    },
    /// `id` as in `aws:userid`: `AIDA…`.
    User {
        account: &'a str,
        arn: &'a str,
        id: &'a str,
    },
    /// `arn` is the session's: `arn:aws:sts::111122223333:assumed-role/role/session`. `role_arn` has the role's path.
    RoleSession {
        account: &'a str,
        arn: &'a str,
        role_arn: &'a str,
        role_id: &'a str,
    },
    /// Of GetFederationToken, with the ARN of the user who called it.
    FederatedUser {
        account: &'a str,
        arn: &'a str,
        user_arn: &'a str,
    },
    /// `sqs.amazonaws.com`
    Service {
        name: &'a str,
    },
    /// The caller of AssumeRoleWithWebIdentity or AssumeRoleWithSAML, by its identity provider.
    Federated {
        provider: &'a str,
    },
    Anonymous,
}

impl<'a> Principal<'a> {
    /// Whose policies and SCPs apply to the principal.
    pub fn account(&self) -> Option<&'a str> {
        match *self {
            Principal::Root { account, .. }
            | Principal::User { account, .. }
            | Principal::RoleSession { account, .. }
            | Principal::FederatedUser { account, .. } => Some(account),
            Principal::Service { .. } | Principal::Federated { .. } | Principal::Anonymous => None,
        }
    }

    /// After `User:` in messages.
    pub fn name(&self) -> &'a str {
        match *self {
            Principal::Root { arn, .. }
            | Principal::User { arn, .. }
            | Principal::RoleSession { arn, .. }
            | Principal::FederatedUser { arn, .. } => arn,
            Principal::Service { name } => name,
            Principal::Federated { provider } => provider,
            Principal::Anonymous => "anonymous",
        }
    }
}

#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub principal: Principal<'a>,
    /// `sqs:SendMessage`
    pub action: &'a str,
    /// `None` where the action has no resource: policies see `*`, messages name none.
    pub resource: Option<&'a str>,
    /// The owner of the resource; for actions without one the principal's account.
    pub resource_account: &'a str,
    pub context: &'a dyn Context,
    pub policies: Policies<'a>,
}

/// The policies of a request, found by the caller. The default is none at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policies<'a> {
    /// Of the user and its groups, or of the role.
    pub identity: &'a [Attached<'a>],
    /// Of the user or role.
    pub boundary: Option<Attached<'a>>,
    /// Passed when the session began; together they allow what any of them allows. Empty: none were passed.
    pub session: &'a [Attached<'a>],
    pub resource: Option<ResourcePolicy<'a>>,
    /// Of the principal's account, one list per level from the root of the organization down to the account itself. None for
    /// the management account and for service-linked roles.
    pub scps: &'a [&'a [Attached<'a>]],
    /// Of the resource's account, likewise.
    pub rcps: &'a [&'a [Attached<'a>]],
}

/// A policy with what it is called.
#[derive(Clone, Copy, Debug)]
pub struct Attached<'a> {
    /// The name of an inline policy, the ARN of a managed one.
    pub name: &'a str,
    pub form: Form,
    pub policy: &'a Policy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Inline,
    Managed,
}

#[derive(Clone, Copy, Debug)]
pub struct ResourcePolicy<'a> {
    pub attached: Attached<'a>,
    /// Statements that stand beside the policy as if they were in it: the grants of KMS keys.
    pub beside: Option<Attached<'a>>,
    /// Key policies of KMS and trust policies of roles: without an allow here nothing else can allow, not even for the root user.
    pub required: bool,
    /// [`Kind::Resource`] or [`Kind::RoleTrust`].
    pub kind: Kind,
}

impl<'a> ResourcePolicy<'a> {
    /// The policy, and what stands beside it.
    pub(super) fn all(self) -> impl Iterator<Item = Attached<'a>> {
        std::iter::once(self.attached).chain(self.beside)
    }

    /// A policy that grants on its own: queues, topics, buckets, functions.
    pub fn new(attached: Attached<'a>) -> ResourcePolicy<'a> {
        ResourcePolicy { attached, beside: None, required: false, kind: Kind::Resource }
    }

    pub fn trust(attached: Attached<'a>) -> ResourcePolicy<'a> {
        ResourcePolicy { attached, beside: None, required: true, kind: Kind::RoleTrust }
    }
}
