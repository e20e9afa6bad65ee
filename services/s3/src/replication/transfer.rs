//! Replicating one version to one bucket, once: as the rule's role, in one commit that makes the replica what the source is
//! and says so at the source.

use super::{
    pending::{self, COMPLETED, PENDING, Task},
    reason::{self, Stop, of_key, refused},
    replica::Target,
    role,
    rule::{Rule, Rules},
};
use crate::{
    access::{self, Asked},
    bucket::Bucket,
    duplicate::Bytes,
    encryption, events, get, lock,
    ownership::{self, Ownership},
    records::{BucketRecord, EncryptionRecord, ObjectRecord, kind, named, versioning},
    role::acting,
    versions,
};
use kernel::{AccountId, Caller, Cx, record::Record, store::Txn};
use lang::policy::ContextKeys;
use s3_api::Event;

type Result<T> = std::result::Result<T, Stop>;

/// After this, what has a time limit is late, in microseconds: the 15 minutes of S3 Replication Time Control.
pub const LIMIT: i64 = 15 * 60 * 1_000_000;

/// A replication on its way.
pub struct Transfer<'a> {
    pub cx: &'a Cx,
    pub task: &'a Task,
    /// Asked for by name, not owed by a commit: whatever the version's status is, a replica too.
    pub on_demand: bool,
}

/// What attempts hand on to each other.
#[derive(Default)]
struct Progress {
    /// Bytes that were copied, and of which content: who meets another change need not copy them again.
    copied: Option<(u128, Bytes, Option<EncryptionRecord>)>,
    /// They became the replica's.
    used: bool,
    /// They were copied by commits of their own, which the attempt, being older, does not see.
    again: bool,
}

impl Transfer<'_> {
    pub async fn run(&self) -> Result<()> {
        let mut progress = Progress::default();
        let done = loop {
            let done = self
                .cx
                .write(async |tx| {
                    (progress.used, progress.again) = (false, false);
                    Ok(match self.attempt(tx, &mut progress).await {
                        Err(Stop::Fault(fault)) => return Err(fault),
                        // Of what stands in the way, nothing is committed but that it was seen.
                        other => other,
                    })
                })
                .await;
            if !progress.again || done.is_err() {
                break done;
            }
        };
        let Progress { copied, used, .. } = progress;
        if let Some((_, bytes, _)) = copied.filter(|_| !used || done.is_err()) {
            bytes.abandon(self.cx);
        }
        done?
    }

    async fn attempt(&self, tx: &mut Txn, progress: &mut Progress) -> Result<()> {
        let Transfer { cx, task, on_demand } = self;
        let source = Bucket::lookup(cx, &task.bucket).await?.filter(|bucket| bucket.record.id == task.id);
        let source = source.ok_or(Stop::Untracked)?;
        source.rely(tx);
        let found = versions::change(tx, &source, &task.key, Some(&task.named())).await?;
        let found = found.filter(|(_, record)| record.order == task.order);
        let (row, mut record) = found.ok_or(Stop::Untracked)?;
        if !on_demand && pending::status(&record, &task.to) != Some(PENDING) {
            // Done by an attempt whose end was not seen.
            return Ok(());
        }
        let rules = Rules::of(&source)?.ok_or(Stop::Untracked)?;
        let rule = rules.to(&task.to, &task.key, &record, task.what()).ok_or(Stop::Untracked)?;
        let caller = refused(role::assume(cx, &source, &rules.role).await, "AssumeRoleNotPermitted")?;
        self.may_read(&caller, &source, &record).await?;
        if *on_demand && !record.delete_marker && get::check_archive(cx, &record).is_err() {
            return Err(Stop::Failed("SrcObjectNotEligible"));
        }
        let target = self.target(tx, &caller, &source, rule, &record).await?;
        self.place(tx, &caller, &source, &target, &record, progress).await?;
        if progress.again {
            return Ok(());
        }
        // A replica that was asked for once more is nobody's source.
        if !on_demand || !record.replica {
            pending::set(&mut record, &task.to, COMPLETED);
            tx.put(row, record.encode());
        }
        if task.timed && !on_demand && cx.now().0 - task.since.0 > LIMIT {
            let event = Event::S3ReplicationOperationReplicatedAfterThreshold;
            reason::note(cx, tx, &source, task, &record, &event, None)?;
        }
        Ok(())
    }

    /// Makes the replica, or what is there of it what the source is.
    async fn place(
        &self,
        tx: &mut Txn,
        caller: &Caller,
        source: &Bucket,
        target: &Target<'_>,
        record: &ObjectRecord,
        progress: &mut Progress,
    ) -> Result<()> {
        let Transfer { cx, task, .. } = self;
        let found = versions::change(tx, &target.bucket, &task.key, Some(&task.named())).await?;
        match found {
            Some((_, replica)) if replica.order == record.order && replica.delete_marker => return Ok(()),
            Some((row, replica)) if replica.order == record.order => {
                tx.put(row, target.follow(replica, record).await?.encode());
                return Ok(());
            }
            // A null version that the replica would replace.
            Some((_, other)) if lock::allow_removal(cx, &other, false).is_err() => {
                return Err(Stop::Failed("DstPutObjectNotPermitted"));
            }
            // What was there once and was deleted for good is not made again.
            _ if task.change || pending::status(record, &task.to) == Some(COMPLETED) => {
                return Err(Stop::Failed("DstObjectHardDeleted"));
            }
            _ => {}
        }
        let mut replica = target.replica(cx, record).await?;
        if !record.delete_marker {
            let copied = self.copy(caller, source, target, record, progress).await?;
            if copied && record.content.kind == kind::PARTS {
                progress.again = true;
                return Ok(());
            }
            let Some((_, bytes, encryption)) = &progress.copied else { return Err(Stop::Untracked) };
            bytes.keep(cx, tx, &target.bucket).await?;
            (replica.content, replica.encryption) = (bytes.content(), encryption.clone());
            progress.used = true;
        }
        versions::insert(cx, tx, &target.bucket, &task.key, &replica).await?;
        let event = match (record.delete_marker, record.content.kind) {
            (true, _) => Event::S3ObjectRemovedDeleteMarkerCreated,
            (false, kind::PARTS) => Event::S3ObjectCreatedCompleteMultipartUpload,
            (false, _) => Event::S3ObjectCreatedPut,
        };
        events::note(&target.cx, tx, &target.bucket, &event, &task.key, &replica)?;
        Ok(())
    }

    /// What the role needs at the source (S3 user guide, "Setting up permissions for live replication").
    async fn may_read(&self, caller: &Caller, source: &Bucket, record: &ObjectRecord) -> Result<()> {
        let cx = acting(self.cx, caller, source.region);
        // Which reasons a bucket's configuration has that may not be read is a guess.
        for action in ["s3:GetReplicationConfiguration", "s3:ListBucket"] {
            may(&cx, source, None, None, action, "SrcHeadObjectNotPermitted").await?;
        }
        if record.delete_marker {
            return Ok(());
        }
        let (key, object) = (Some(self.task.key.as_str()), Some(record));
        let reason = "SrcGetObjectNotPermitted";
        match may(&cx, source, key, object, "s3:GetObjectVersionForReplication", reason).await {
            // Roles of earlier days have the other permission, which is enough for what is not under KMS.
            Err(Stop::Failed(_)) if record.encryption.as_ref().is_none_or(|found| found.kms_key.is_empty()) => {
                may(&cx, source, key, object, "s3:GetObjectVersion", reason).await?;
            }
            other => other?,
        }
        may(&cx, source, key, object, "s3:GetObjectVersionAcl", "SrcGetAclNotPermitted").await?;
        // The documentation has these of locked objects, and no reason of their own for what may not be read.
        for (locked, action) in
            [(!record.lock_mode.is_empty(), "s3:GetObjectRetention"), (record.legal_hold_set, "s3:GetObjectLegalHold")]
        {
            if locked {
                may(&cx, source, key, object, action, reason).await?;
            }
        }
        if !record.tags.is_empty() || self.task.change {
            may(&cx, source, key, object, "s3:GetObjectVersionTagging", "SrcGetTagNotPermitted").await?;
        }
        Ok(())
    }

    /// The destination, if it takes the version from the role.
    async fn target<'a>(
        &self,
        tx: &mut Txn,
        caller: &Caller,
        source: &Bucket,
        rule: &'a Rule,
        record: &ObjectRecord,
    ) -> Result<Target<'a>> {
        let Some(bucket) = Bucket::lookup(self.cx, &self.task.to).await? else {
            // Unless it comes to be meanwhile.
            tx.read::<BucketRecord>(&named(&self.task.to)).await?;
            return Err(Stop::Failed("DstBucketNotFound"));
        };
        bucket.rely(tx);
        let stated = rule.spec.destination.account.as_deref().and_then(AccountId::parse);
        if stated.is_some_and(|account| account != bucket.account) {
            return Err(Stop::Failed("DstPutObjectNotPermitted"));
        }
        if bucket.record.versioning != versioning::ENABLED {
            return Err(Stop::Failed("DstBucketUnversioned"));
        }
        if source.record.object_lock && !bucket.record.object_lock {
            return Err(Stop::Failed("DstBucketObjectLockConfigMissing"));
        }
        let cx = acting(self.cx, caller, bucket.region);
        let enforced = ownership::of(&bucket)? == Ownership::BucketOwnerEnforced;
        let key = Some(self.task.key.as_str());
        if record.delete_marker {
            may(&cx, &bucket, key, None, "s3:ReplicateDelete", "DstDelObjNotPermitted").await?;
        } else {
            let keys = encryption_keys(rule, record);
            let reason = "DstPutObjectNotPermitted";
            may_with(&cx, &bucket, key, None, "s3:ReplicateObject", keys, reason).await?;
            if !record.tags.is_empty() || self.task.change {
                may(&cx, &bucket, key, None, "s3:ReplicateTags", "DstPutTagNotPermitted").await?;
            }
            // Where the bucket's owner owns everything, nothing is overridden (S3 user guide, "Changing the replica owner").
            if rule.changes_owner() && !enforced {
                let action = "s3:ObjectOwnerOverrideToBucketOwner";
                may(&cx, &bucket, key, None, action, "DstPutAclNotPermitted").await?;
            }
        }
        Ok(Target { cx, bucket, rule, enforced, source_account: source.account })
    }

    /// Copies the bytes and puts their key under that of the rule. Whether that was still to be done.
    async fn copy(
        &self,
        caller: &Caller,
        source: &Bucket,
        target: &Target<'_>,
        record: &ObjectRecord,
        progress: &mut Progress,
    ) -> Result<bool> {
        if let Some((of, bytes, _)) = &progress.copied {
            if *of == record.content.id {
                return Ok(false);
            }
            bytes.abandon(self.cx);
        }
        progress.copied = None;
        let key = &self.task.key;
        let encryption = match &record.encryption {
            Some(encryption) if !encryption.kms_key.is_empty() => {
                let here = acting(self.cx, caller, source.region);
                let plain = encryption::plain_key(&here, source, key, encryption).await;
                let plain = of_key(plain, "SrcKmsKeyNotFound", "SrcKmsKeyInvalidState", "SrcKmsKeyNotPermitted")?;
                let (to, kms_key) = (&target.bucket, target.rule.kms_key());
                let sealed = encryption::of_replica(&target.cx, to, key, encryption, &plain, kms_key).await;
                Some(of_key(sealed, "DstKmsKeyNotFound", "DstKmsKeyInvalidState", "DstKmsKeyNotPermitted")?)
            }
            // S3's own key, and the customer's, is the same everywhere.
            other => other.clone(),
        };
        let bytes = Bytes::copy(self.cx, source, &target.bucket, &record.content).await?;
        progress.copied = Some((record.content.id, bytes, encryption));
        Ok(true)
    }
}

/// Whether the role may do something to a bucket or to an object of it.
async fn may(
    cx: &Cx,
    bucket: &Bucket,
    key: Option<&str>,
    object: Option<&ObjectRecord>,
    action: &str,
    reason: &'static str,
) -> Result<()> {
    let mut keys = ContextKeys::default();
    if let Some(object) = object {
        keys.set("s3:versionid", versions::id(object));
    }
    may_with(cx, bucket, key, object, action, keys, reason).await
}

async fn may_with(
    cx: &Cx,
    bucket: &Bucket,
    key: Option<&str>,
    object: Option<&ObjectRecord>,
    action: &str,
    keys: ContextKeys,
    reason: &'static str,
) -> Result<()> {
    refused(access::admit(cx, bucket).await, reason)?;
    refused(Asked { bucket, key, object, keys }.require(cx, action, false).await, reason)
}

/// The condition keys of `s3:ReplicateObject` (Service authorization reference): how the replica is encrypted.
fn encryption_keys(rule: &Rule, record: &ObjectRecord) -> ContextKeys {
    let mut keys = ContextKeys::default();
    let told = encryption::told(record);
    if let Some(algorithm) = told.algorithm {
        keys.set("s3:x-amz-server-side-encryption", algorithm.as_str());
    }
    if told.kms_key.is_some() {
        keys.set("s3:x-amz-server-side-encryption-aws-kms-key-id", rule.kms_key());
    }
    keys
}
