//! What the store keeps of keys, and under which keys.
//!
//! All keys begin with account, region and `kms` (`Cx::key_of`).
//!
//! | key | value |
//! |---|---|
//! | `key` id | [`KeyRecord`]; written again with every change of anything below, so that its version tells them all |
//! | `policy` id | the key policy, as it was put |
//! | `details` id | [`DetailsRecord`] |
//! | `grant` id grant | [`GrantRecord`] |
//! | `alias` name | [`AliasRecord`] |
//! | `alias-of` id name | nothing: the aliases of a key |
//! | `used` id operation | [`UsedRecord`]; says nothing of the key itself, so it does not write the key's row again |
//! | `retirable` principal account id grant | nothing: under the account of the retiring principal |

use bytes::Bytes;
use kernel::{AccountId, Cx, Region, record, store::Key};
use wire::Timestamp;

record! {
    pub struct KeyRecord {
        1 id: String,
        2 created: Timestamp,
        /// As on the wire.
        3 spec: String,
        4 usage: String,
        5 external: bool,
        6 disabled: bool,
        /// Of an AWS managed key: the service's name in its alias.
        7 managed_by: String,
        /// Of multi-Region keys: where the primary key is.
        8 primary_region: String,
        /// Where the replicas are; all keys of the set have the list.
        9 replica_regions: Vec<String>,
        /// When a key that is pending deletion will be deleted.
        10 deletion: Timestamp,
        /// Of a primary key that waits for the deletion of its replicas.
        11 deletion_window: u32,
        12 materials: Vec<MaterialRecord>,
        /// Days between two rotations; 0 where automatic rotation is off.
        13 rotation_period: u32,
        14 next_rotation: Timestamp,
        15 on_demand_rotations: u32,
        16 grants: u32,
        17 aliases: u32,
        18 changes: u64,
        /// Of a primary key with imported material: replicas that have not imported what is pending.
        19 replicas_pending: u32,
    }
}

record! {
    /// One generation of a key's material.
    pub struct MaterialRecord {
        /// Derived of the key's id and the material: the same material has the same id again.
        1 id: Bytes,
        /// Under the root key; empty where it must be imported (again).
        2 sealed: Bytes,
        /// When it became the current one, if it was not the first.
        3 rotated: Timestamp,
        4 on_demand: bool,
        /// When imported material expires.
        5 valid_to: Timestamp,
        6 description: String,
        /// Imported for a rotation that has not come yet.
        7 pending: bool,
    }
}

record! {
    pub struct DetailsRecord {
        1 description: String,
        2 tags: Vec<(String, String)>,
    }
}

record! {
    pub struct AliasRecord {
        1 key: String,
        2 created: Timestamp,
        3 updated: Timestamp,
    }
}

record! {
    pub struct GrantRecord {
        1 id: String,
        2 name: String,
        3 created: Timestamp,
        4 grantee: String,
        5 retiring: String,
        6 issuing_account: String,
        7 operations: Vec<String>,
        8 context_equals: Vec<(String, String)>,
        9 context_subset: Vec<(String, String)>,
        /// Which of the two constraints there is, even where it is empty.
        10 constraint: u8,
    }
}

record! {
    /// A successful cryptographic operation with a key.
    pub struct UsedRecord {
        1 at: Timestamp,
        2 request: String,
    }
}

/// Where the rows of an account and region are.
pub struct Keys(Key);

impl Keys {
    pub fn of(cx: &Cx, account: AccountId, region: Region) -> Keys {
        Keys(cx.key_of(account, region))
    }

    fn at(&self, kind: &str) -> Key {
        self.0.clone().text(kind)
    }

    pub fn keys(&self) -> Key {
        self.at("key")
    }

    pub fn key(&self, id: &str) -> Key {
        self.at("key").text(id)
    }

    pub fn policy(&self, id: &str) -> Key {
        self.at("policy").text(id)
    }

    pub fn details(&self, id: &str) -> Key {
        self.at("details").text(id)
    }

    pub fn grants(&self, id: &str) -> Key {
        self.at("grant").text(id)
    }

    pub fn grant(&self, id: &str, grant: &str) -> Key {
        self.grants(id).text(grant)
    }

    pub fn used(&self, id: &str) -> Key {
        self.at("used").text(id)
    }

    pub fn aliases(&self) -> Key {
        self.at("alias")
    }

    pub fn alias(&self, name: &str) -> Key {
        self.at("alias").text(name)
    }

    pub fn aliases_of(&self, id: &str) -> Key {
        self.at("alias-of").text(id)
    }

    /// What a principal of this account may retire, in this region.
    pub fn retirable(&self, principal: &str) -> Key {
        self.at("retirable").text(principal)
    }
}
