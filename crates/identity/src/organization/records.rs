//! What the store keeps of accounts and organizations.

use crate::Tags;
use kernel::{AccountId, record};
use wire::Timestamp;

/// The type of policies that limit what principals may do.
pub const SERVICE_CONTROL_POLICY: &str = "SERVICE_CONTROL_POLICY";
/// The type of policies that limit what may be done with resources.
pub const RESOURCE_CONTROL_POLICY: &str = "RESOURCE_CONTROL_POLICY";

record! {
    /// An account of the cloud. Accounts that nothing was ever said of have no record.
    pub struct AccountRecord {
        1 id: u64,
        2 name: String,
        /// The root user's.
        3 email: String,
        4 created: Timestamp,
        /// One of [`account_state`].
        5 state: u8,
        /// The organization that it is in; empty while it stands alone.
        6 organization: String,
        /// It joined by invitation; otherwise the organization created it.
        7 invited: bool,
        8 joined: Timestamp,
        /// The root or OU that it is in.
        9 parent: String,
        10 tags: Tags,
    }
}

impl AccountRecord {
    pub fn account(&self) -> AccountId {
        AccountId(self.id)
    }
}

/// Values of [`AccountRecord::state`].
pub mod account_state {
    pub const ACTIVE: u8 = 0;
    pub const PENDING_CLOSURE: u8 = 1;
    /// Closed, and could still be reopened.
    pub const SUSPENDED: u8 = 2;
    /// Closed for good.
    pub const CLOSED: u8 = 3;

    /// As Organizations words it.
    pub fn text(state: u8) -> &'static str {
        match state {
            ACTIVE => "ACTIVE",
            PENDING_CLOSURE => "PENDING_CLOSURE",
            SUSPENDED => "SUSPENDED",
            _ => "CLOSED",
        }
    }
}

record! {
    /// Whom AWS writes to about an account, and where they live. What is empty was not given.
    pub struct ContactRecord {
        1 full_name: String,
        /// One to three lines.
        2 address: Vec<String>,
        3 city: String,
        4 state_or_region: String,
        5 district_or_county: String,
        6 postal_code: String,
        /// ISO 3166, two letters.
        7 country_code: String,
        8 phone_number: String,
        9 company_name: String,
        10 website_url: String,
    }
}

record! {
    pub struct OrganizationRecord {
        /// `o-…`
        1 id: String,
        /// The management account.
        2 management: u64,
        /// `r-…`
        3 root: String,
        4 created: Timestamp,
        /// Otherwise consolidated billing only.
        5 all_features: bool,
        6 types: Vec<PolicyTypeRecord>,
        /// Grows with every change of the organization: each reads it and writes it, so they come one after another.
        7 changes: u64,
        /// The handshake by which all features are being enabled; empty when none is.
        8 migration: String,
    }
}

impl OrganizationRecord {
    pub fn management(&self) -> AccountId {
        AccountId(self.management)
    }

    /// The number of the enabling that is in force for a policy type, if it is enabled.
    pub fn enabling(&self, policy_type: &str) -> Option<u64> {
        let known = self.types.iter().find(|known| known.policy_type == policy_type);
        known.filter(|known| known.enabled).map(|known| known.enabling)
    }
}

record! {
    /// A policy type that is, or once was, enabled in the root.
    pub struct PolicyTypeRecord {
        1 policy_type: String,
        /// Counts how often it was enabled. Attachments belong to one enabling: "all policies of the type are detached
        /// when the type is disabled".
        2 enabling: u64,
        3 enabled: bool,
    }
}

record! {
    /// A root or an organizational unit.
    pub struct UnitRecord {
        1 id: String,
        2 name: String,
        /// The root or OU it is in; empty for the root.
        3 parent: String,
        4 tags: Tags,
    }
}

record! {
    /// A customer managed policy of an organization.
    pub struct OrganizationPolicyRecord {
        1 id: String,
        2 name: String,
        3 description: String,
        4 policy_type: String,
        5 content: String,
        6 tags: Tags,
        7 updated: Timestamp,
    }
}

record! {
    /// The policies of a type that a root, OU or account has.
    pub struct AttachedPolicies {
        /// Those of an earlier enabling of the type no longer count.
        1 enabling: u64,
        /// Ids, in the order in which they were attached.
        2 policies: Vec<String>,
        /// When they were changed last.
        3 updated: Timestamp,
    }
}

record! {
    /// A request to create an account.
    pub struct CreationRecord {
        /// `car-…`
        1 id: String,
        2 name: String,
        3 email: String,
        4 role: String,
        5 requested: Timestamp,
        6 completed: Timestamp,
        /// Set when it succeeded.
        7 account: Option<u64>,
        /// `EMAIL_ALREADY_EXISTS` …, set when it failed.
        8 failure: String,
        9 tags: Tags,
    }
}

record! {
    pub struct HandshakeRecord {
        /// `h-…`
        1 id: String,
        /// `INVITE`, `ENABLE_ALL_FEATURES`, `APPROVE_ALL_FEATURES`.
        2 action: String,
        3 state: String,
        4 organization: String,
        /// The account that sent it.
        5 management: u64,
        /// Kind and id of who is asked: (`ACCOUNT`, `111122223333`), (`EMAIL`, `a@example.com`).
        6 recipient: (String, String),
        7 requested: Timestamp,
        8 expires: Timestamp,
        9 notes: String,
        /// For the account when it joins.
        10 tags: Tags,
        /// The handshake that this one is a part of.
        11 parent: String,
        /// When it came to its last state; unset before.
        12 ended: Option<Timestamp>,
    }
}

record! {
    /// Who else may call Organizations, as the management account says.
    pub struct DelegationPolicyRecord {
        /// `rp-…`
        1 id: String,
        2 content: String,
        3 tags: Tags,
    }
}

record! {
    /// A service that an organization trusts, or for which an account is a delegated administrator.
    pub struct EnabledRecord {
        1 enabled: Timestamp,
    }
}
