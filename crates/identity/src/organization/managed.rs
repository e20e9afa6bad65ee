//! The policies of AWS's own that are attached by default.

use super::{RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY};

/// A policy that every root, OU and account has when its type is enabled.
#[derive(Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    pub id: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub policy_type: &'static str,
    pub content: &'static str,
    /// Whether it may be taken away.
    pub detachable: bool,
}

static MANAGED: [ManagedPolicy; 2] = [
    ManagedPolicy {
        id: "p-FullAWSAccess",
        name: "FullAWSAccess",
        description: "Allows access to every operation",
        policy_type: SERVICE_CONTROL_POLICY,
        content: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
        detachable: true,
    },
    ManagedPolicy {
        id: "p-RCPFullAWSAccess",
        name: "RCPFullAWSAccess",
        description: "Allows access to every resource",
        policy_type: RESOURCE_CONTROL_POLICY,
        content: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#,
        detachable: false,
    },
];

/// The managed policy of an id.
pub fn managed(id: &str) -> Option<&'static ManagedPolicy> {
    MANAGED.iter().find(|policy| policy.id == id)
}

/// The managed policy of a type.
pub fn managed_of(policy_type: &str) -> Option<&'static ManagedPolicy> {
    MANAGED.iter().find(|policy| policy.policy_type == policy_type)
}
