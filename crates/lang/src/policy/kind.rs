//! The kinds of policies, and what AWS's sentences call them.

/// What a policy is attached to. Decides its grammar, and its part in a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Of users, groups and roles.
    Identity,
    PermissionsBoundary,
    Session,
    Resource,
    /// Who may assume a role: the role's resource-based policy.
    RoleTrust,
    ServiceControl,
    ResourceControl,
}

impl Kind {
    /// As in AWS's access denied messages: `identity-based policy`.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Identity => "identity-based policy",
            Kind::PermissionsBoundary => "permissions boundary",
            Kind::Session => "session policy",
            Kind::Resource => "resource-based policy",
            Kind::RoleTrust => "role trust policy",
            Kind::ServiceControl => "service control policy",
            Kind::ResourceControl => "resource control policy",
        }
    }

    pub(super) fn article(self) -> &'static str {
        match self {
            Kind::Identity => "an",
            Kind::RoleTrust => "the",
            _ => "a",
        }
    }

    /// Policies of the identity grammar: no principal, resources required.
    pub(super) fn is_identity_grammar(self) -> bool {
        matches!(self, Kind::Identity | Kind::PermissionsBoundary | Kind::Session)
    }
}

/// Whether resource control policies reach an action: they do for these services only (Organizations user guide, "List of
/// AWS services that support RCPs").
pub fn reached_by_resource_controls(action: &str) -> bool {
    const SERVICES: [&str; 11] = [
        "aoss",
        "cognito-identity",
        "cognito-idp",
        "dynamodb",
        "ecr",
        "kms",
        "logs",
        "s3",
        "secretsmanager",
        "sqs",
        "sts",
    ];
    SERVICES.contains(&action.split(':').next().unwrap_or_default())
}
