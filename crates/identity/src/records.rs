//! What the store keeps.

use kernel::record;
use wire::Timestamp;

/// Tags, in the order in which they were set.
pub type Tags = Vec<(String, String)>;

record! {
    pub struct UserRecord {
        1 name: String,
        /// Begins and ends with a slash.
        2 path: String,
        /// `AIDA…`
        3 id: String,
        4 created: Timestamp,
        /// The ARN of the permissions boundary; empty without one.
        5 boundary: String,
        6 tags: Tags,
    }
}

record! {
    pub struct GroupRecord {
        1 name: String,
        2 path: String,
        /// `AGPA…`
        3 id: String,
        4 created: Timestamp,
    }
}

record! {
    pub struct RoleRecord {
        1 name: String,
        2 path: String,
        /// `AROA…`
        3 id: String,
        4 created: Timestamp,
        5 boundary: String,
        6 tags: Tags,
        /// Who may assume it: the document as it was given.
        7 trust: String,
        8 description: Option<String>,
        /// Seconds.
        9 max_session: u64,
        /// Of a service-linked role: `elasticloadbalancing.amazonaws.com`; empty otherwise.
        10 service: String,
        /// ARNs of users and roles in the trust policy, with the ids that they had when it was put there.
        11 principals: Vec<(String, String)>,
    }
}

record! {
    /// A customer managed policy.
    pub struct PolicyRecord {
        1 name: String,
        2 path: String,
        /// `ANPA…`
        3 id: String,
        4 created: Timestamp,
        5 updated: Timestamp,
        6 description: Option<String>,
        7 tags: Tags,
        /// The version in force.
        8 default_version: u64,
        /// The newest version's number, whether it still exists or not: numbers are never used again.
        9 last_version: u64,
    }
}

record! {
    pub struct PolicyVersionRecord {
        1 document: String,
        2 created: Timestamp,
    }
}

record! {
    /// A managed policy on an entity.
    pub struct AttachmentRecord {
        1 attached: Timestamp,
    }
}

record! {
    pub struct InstanceProfileRecord {
        1 name: String,
        2 path: String,
        /// `AIPA…`
        3 id: String,
        4 created: Timestamp,
        5 tags: Tags,
        /// The role's folded name; empty without one.
        6 role: String,
    }
}

record! {
    /// A long-term access key.
    pub struct AccessKeyRecord {
        1 account: u64,
        /// The user's name; empty for the root user.
        2 user: String,
        3 secret: String,
        4 inactive: bool,
        5 created: Timestamp,
    }
}

record! {
    /// A temporary access key and whom it makes its bearer.
    pub struct SessionRecord {
        1 account: u64,
        2 secret: String,
        /// The security token that must come with the key.
        3 token: String,
        4 issued: Timestamp,
        5 expires: Timestamp,
        /// One of [`session_kind`].
        6 kind: u8,
        /// The user's, the role's or the federated user's name.
        7 name: String,
        /// The user's or role's id when the session began: one made anew under the same name is another.
        8 id: String,
        /// Of a role: what follows the role's name in the ARN.
        9 session_name: String,
        /// Documents passed when the session began.
        10 policies: Vec<String>,
        /// ARNs of managed policies passed when the session began.
        11 managed_policies: Vec<String>,
        /// Session tags.
        12 tags: Tags,
        /// Those of the tags that are handed on to the sessions that this one begins.
        13 transitive: Vec<String>,
        /// When the second factor was shown, if it was.
        14 mfa_at: Option<Timestamp>,
        15 source_identity: String,
        /// `aws:FederatedProvider`: the ARN or name of the identity provider.
        16 provider: String,
        /// Condition keys that the identity provider filled: `saml:sub`, `accounts.google.com:aud` …
        17 claims: Tags,
        /// Begun by a role's session: lasts an hour at most.
        18 chained: bool,
    }
}

/// Values of [`SessionRecord::kind`].
pub mod session_kind {
    /// GetSessionToken of the root user.
    pub const ROOT: u8 = 0;
    /// GetSessionToken of a user.
    pub const USER: u8 = 1;
    /// The AssumeRole family.
    pub const ROLE: u8 = 2;
    /// GetFederationToken of the root user.
    pub const FEDERATED_BY_ROOT: u8 = 3;
    /// GetFederationToken of a user, whose name is the record's `session_name`.
    pub const FEDERATED_BY_USER: u8 = 4;
}

record! {
    /// A virtual MFA device.
    pub struct MfaDeviceRecord {
        1 name: String,
        2 path: String,
        /// The seed, as base32 text.
        3 seed: String,
        4 created: Timestamp,
        5 tags: Tags,
        /// When it was assigned; unset while it is nobody's.
        6 enabled: Option<Timestamp>,
        /// Whose it is; empty for the root user.
        7 user: String,
        /// The number of the last 30-second step whose code was used: no code serves twice.
        8 last_step: u64,
        /// Steps by which the device's clock was ahead of ours when it was enabled or resynchronised.
        9 drift: i64,
    }
}

record! {
    pub struct OidcProviderRecord {
        /// Without `https://`.
        1 url: String,
        2 clients: Vec<String>,
        3 thumbprints: Vec<String>,
        4 created: Timestamp,
        5 tags: Tags,
    }
}

record! {
    pub struct SamlProviderRecord {
        1 name: String,
        2 metadata: String,
        3 created: Timestamp,
        4 valid_until: Timestamp,
        5 tags: Tags,
        /// `SAMLProviderUUID`
        6 uuid: String,
        /// Assertions that are not encrypted are refused.
        7 encryption_required: bool,
        /// What encrypted assertions are decrypted with: two at most.
        8 private_keys: Vec<SamlKeyRecord>,
    }
}

record! {
    pub struct SamlKeyRecord {
        1 id: String,
        2 added: Timestamp,
        /// PEM, as it was given.
        3 pem: String,
    }
}

record! {
    /// Switches of an account.
    pub struct PreferencesRecord {
        /// Tokens of the global STS endpoint are of version 2.
        1 v2_tokens: bool,
        /// The first label of the issuer's host; empty until outbound federation was enabled first.
        2 issuer: String,
        /// Principals may get JSON web tokens for services outside.
        3 outbound_federation: bool,
    }
}

record! {
    /// What an account asks of its users' passwords.
    pub struct PasswordPolicyRecord {
        /// Characters.
        1 min_length: u64,
        2 symbols: bool,
        3 numbers: bool,
        4 upper_case: bool,
        5 lower_case: bool,
        /// Users may change their own without a policy that lets them.
        6 users_may_change: bool,
        /// Days; 0 for passwords that never expire.
        7 max_age: u64,
        /// How many of the previous passwords may not be used again.
        8 reuse_prevention: u64,
        9 hard_expiry: Option<bool>,
    }
}

record! {
    /// What an organization's management account has enabled of central access to its members' root users.
    pub struct RootAccessRecord {
        /// `RootCredentialsManagement`
        1 credentials: bool,
        /// `RootSessions`
        2 sessions: bool,
    }
}
