//! Where the records are.
//!
//! | key, after `sys` `identity` | value |
//! |---|---|
//! | `account` {account} | [`AccountRecord`](super::AccountRecord) |
//! | `contact` {account} | [`ContactRecord`](super::ContactRecord) |
//! | `email` address | {account}: no two accounts have the same |
//! | `handshake` id | [`HandshakeRecord`](super::HandshakeRecord) |
//! | `handshakes-of` party id | empty; parties are accounts, addresses and organizations |
//! | `creation` {account} id | [`CreationRecord`](super::CreationRecord), by management account |
//! | `organization` id | [`OrganizationRecord`](super::OrganizationRecord), and below it: |
//! | … `unit` id | [`UnitRecord`](super::UnitRecord), the root too |
//! | … `name` parent name | the id of the OU of that name |
//! | … `child` parent `unit`/`account` id | empty |
//! | … `policy` id | [`OrganizationPolicyRecord`](super::OrganizationPolicyRecord) |
//! | … `policy-name` type name | the id of the policy of that name |
//! | … `attached` target type | [`AttachedPolicies`](super::AttachedPolicies); without one, the type's default |
//! | … `target` policy target | {enabling}: the other way round, of customer managed policies |
//! | … `delegated` {account} service | [`EnabledRecord`](super::EnabledRecord) |
//! | … `trusted` service | [`EnabledRecord`](super::EnabledRecord) |
//! | … `resource-policy` | [`DelegationPolicyRecord`](super::DelegationPolicyRecord) |

use crate::folded;
use kernel::{AccountId, store::Key};

fn identity(kind: &str) -> Key {
    Key::new().text("sys").text("identity").text(kind)
}

/// All recorded accounts, by number.
pub(super) fn all_accounts() -> Key {
    identity("account")
}

pub fn account(account: AccountId) -> Key {
    all_accounts().number(account.0)
}

pub fn contact(account: AccountId) -> Key {
    identity("contact").number(account.0)
}

/// Whose an address is: addresses are compared without regard to case.
pub fn account_of_email(email: &str) -> Key {
    identity("email").text(&folded(email))
}

pub fn handshake(id: &str) -> Key {
    identity("handshake").text(id)
}

/// The handshakes of an account, an address or an organization.
pub fn handshakes_of(party: &str) -> Key {
    identity("handshakes-of").text(&folded(party))
}

/// The requests of a management account to create accounts.
pub fn creations(management: AccountId) -> Key {
    identity("creation").number(management.0)
}

/// All organizations, by id.
pub fn organizations() -> Key {
    identity("organization")
}

pub fn organization(id: &str) -> Key {
    organizations().text(id)
}

/// The rows of one organization; all of them are children of its own row.
#[derive(Clone, Debug)]
pub struct OrganizationKeys(Key);

impl OrganizationKeys {
    pub fn of(organization_id: &str) -> OrganizationKeys {
        OrganizationKeys(organization(organization_id))
    }

    fn below(&self, kind: &str) -> Key {
        self.0.clone().text(kind)
    }

    /// The organization's own row.
    pub fn organization(&self) -> Key {
        self.0.clone()
    }

    pub fn units(&self) -> Key {
        self.below("unit")
    }

    pub fn unit(&self, id: &str) -> Key {
        self.units().text(id)
    }

    pub fn name(&self, parent: &str, name: &str) -> Key {
        self.below("name").text(parent).text(name)
    }

    pub fn child_units(&self, parent: &str) -> Key {
        self.below("child").text(parent).text("unit")
    }

    pub fn child_accounts(&self, parent: &str) -> Key {
        self.below("child").text(parent).text("account")
    }

    /// All children, of all parents.
    pub fn children(&self) -> Key {
        self.below("child")
    }

    pub fn policies(&self) -> Key {
        self.below("policy")
    }

    pub fn policy(&self, id: &str) -> Key {
        self.policies().text(id)
    }

    pub fn policy_name(&self, policy_type: &str, name: &str) -> Key {
        self.below("policy-name").text(policy_type).text(name)
    }

    pub fn attachments(&self, target: &str) -> Key {
        self.below("attached").text(target)
    }

    pub fn attached(&self, target: &str, policy_type: &str) -> Key {
        self.attachments(target).text(policy_type)
    }

    pub fn targets(&self, policy: &str) -> Key {
        self.below("target").text(policy)
    }

    pub fn delegations(&self) -> Key {
        self.below("delegated")
    }

    pub fn delegations_of(&self, account: AccountId) -> Key {
        self.delegations().number(account.0)
    }

    pub fn trusted(&self) -> Key {
        self.below("trusted")
    }

    pub fn resource_policy(&self) -> Key {
        self.below("resource-policy")
    }
}
