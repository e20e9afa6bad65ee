//! What a replica is: the version that it is of, but for what is its bucket's and its rule's.

use super::{
    pending,
    reason::{Stop, refused},
    rule::Rule,
};
use crate::{acl, bucket::Bucket, lock, records::ObjectRecord};
use kernel::{AccountId, Cx};
use wire::Timestamp;

type Result<T> = std::result::Result<T, Stop>;

/// Where a version goes.
pub struct Target<'a> {
    /// The role in the destination's region.
    pub cx: Cx,
    pub bucket: Bucket,
    pub rule: &'a Rule,
    /// The bucket's owner owns everything in it.
    pub enforced: bool,
    pub source_account: AccountId,
}

impl Target<'_> {
    /// A version's replica, but for its bytes: of the same id and date.
    pub async fn replica(&self, cx: &Cx, record: &ObjectRecord) -> Result<ObjectRecord> {
        let class = self.rule.spec.destination.storage_class.as_ref().map(|class| class.as_str());
        let class = class.map(|class| if class == "STANDARD" { "" } else { class }).filter(|_| !record.delete_marker);
        let mut replica = ObjectRecord {
            restore: None,
            tier: String::new(),
            accessed: Timestamp::default(),
            replicas: Vec::new(),
            replica: true,
            replication: if record.delete_marker { "" } else { pending::REPLICA }.to_owned(),
            ..record.clone()
        };
        if let Some(class) = class {
            class.clone_into(&mut replica.storage_class);
        }
        self.own(&mut replica, record).await?;
        // "If you don't have retention controls applied to the objects in your source bucket", the destination's default
        // holds.
        if !record.delete_marker && record.lock_mode.is_empty() {
            lock::by_default(cx, &self.bucket, &mut replica)?;
        }
        Ok(replica)
    }

    /// The replica that is there, with the source's tags, list and lock.
    pub async fn follow(&self, mut replica: ObjectRecord, record: &ObjectRecord) -> Result<ObjectRecord> {
        replica.tags.clone_from(&record.tags);
        // "Object ACL updates, unless you direct Amazon S3 to change the replica ownership".
        if !self.rule.changes_owner() {
            self.own(&mut replica, record).await?;
        }
        if self.bucket.record.object_lock {
            // A lock that was taken away looks like one that never was, so it stays; and compliance is never weakened.
            let (mode, until) = (record.lock_mode.as_str(), record.retain_until);
            if !mode.is_empty() && lock::allow_change(&self.cx, &replica, mode, until, true).is_ok() {
                mode.clone_into(&mut replica.lock_mode);
                replica.retain_until = until;
            }
            // Where the source never had a legal hold, the replica's is its own bucket's affair.
            if record.legal_hold_set {
                (replica.legal_hold, replica.legal_hold_set) = (record.legal_hold, true);
            }
        }
        Ok(replica)
    }

    async fn own(&self, replica: &mut ObjectRecord, record: &ObjectRecord) -> Result<()> {
        let to_other = self.source_account != self.bucket.account;
        if self.enforced || record.delete_marker || self.rule.changes_owner() && to_other {
            (replica.owner, replica.acl) = (self.bucket.account.0, String::new());
            return Ok(());
        }
        let grants = acl::read(&record.acl, AccountId(record.owner))?;
        // That it fails is documented of every put, the reason is a guess.
        refused(acl::refuse_public(&self.cx, &self.bucket, &grants).await, "DstPutAclNotPermitted")?;
        (replica.owner, replica.acl) = (record.owner, record.acl.clone());
        Ok(())
    }
}
