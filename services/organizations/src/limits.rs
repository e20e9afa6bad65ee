//! Quotas (Organizations user guide, "Quotas and service limits").

use organizations_api::PolicyType;

/// Microseconds of a second.
pub const SECOND: i64 = 1_000_000;
pub const DAY: i64 = 86_400 * SECOND;

/// Accounts of an organization, open invitations and unfinished creations included.
pub const ACCOUNTS: usize = 10;
/// Accounts being created at once.
pub const CREATIONS: usize = 5;
/// Accounts being closed at once.
pub const CLOSURES: usize = 3;
pub const UNITS: usize = 2_000;
/// Levels of OUs below the root.
pub const DEPTH: usize = 5;
pub const TAGS: usize = 50;
/// Invitations in 24 hours, accepted ones aside. "The maximum is 20 or the accounts allowed, whichever is greater."
pub const INVITATIONS: usize = 20;
/// Items of a page, where the caller does not say and at most.
pub const PAGE: usize = 20;
/// Until an invitation expires.
pub const INVITATION: i64 = 15 * DAY;
/// Until a request to enable all features expires.
pub const MIGRATION: i64 = 90 * DAY;
/// How long handshakes are shown after they ended.
pub const HANDSHAKE_KEPT: i64 = 30 * DAY;
/// How long accounts that an organization created stay in it at least.
pub const WAIT_PERIOD: i64 = 4 * DAY;
/// From closing an account to its being closed for good.
pub const POST_CLOSURE: i64 = 90 * DAY;
/// "You might need to wait a few minutes": how long it takes here to create an account …
pub const CREATION_TIME: i64 = SECOND;
/// … and to close one.
pub const CLOSURE_TIME: i64 = 5 * SECOND;

/// What is allowed of a policy type.
pub struct OfType {
    /// Characters of a document, white space included.
    pub size: usize,
    /// Policies on one root, OU or account.
    pub attached: usize,
    /// Policies in an organization.
    pub policies: usize,
}

/// Of service control policies as AWS raised them in May 2026, from 5,120 characters and 5 attachments. Of the types since 2025 the attachments are a guess.
pub fn of(policy_type: &PolicyType) -> OfType {
    match policy_type {
        PolicyType::ServiceControlPolicy => OfType { size: 10_240, attached: 10, policies: 10_000 },
        PolicyType::ResourceControlPolicy => OfType { size: 5_120, attached: 5, policies: 1_000 },
        PolicyType::AiservicesOptOutPolicy => OfType { size: 2_500, attached: 5, policies: 1_000 },
        PolicyType::ChatbotPolicy => OfType { size: 10_000, attached: 5, policies: 1_000 },
        _ => OfType { size: 10_000, attached: 10, policies: 1_000 },
    }
}
