//! What a commit owes because of the bucket's replication: the versions that it makes or changes wait, and a durable timer
//! for each of their destinations sees to it.

use super::{
    NAME,
    rule::{Rule, Rules, What},
    run,
};
use crate::{
    bucket::Bucket,
    records::{ObjectRecord, versioning},
    versions::{self, Named},
};
use kernel::{Cx, Result, record, record::Record, store::Txn};
use wire::{Bytes, Timestamp};

pub const PENDING: &str = "PENDING";
pub const COMPLETED: &str = "COMPLETED";
pub const FAILED: &str = "FAILED";
pub const REPLICA: &str = "REPLICA";

record! {
    /// A version that is to be replicated to a bucket.
    pub struct Task {
        /// The source's name and number.
        1 bucket: String,
        2 id: u64,
        3 key: String,
        4 version: Bytes,
        5 order: u64,
        /// The destination's name.
        6 to: String,
        7 since: Timestamp,
        8 failures: u32,
        /// Its tags, list or lock were changed; else all of it is new.
        9 change: bool,
        10 delete_marker: bool,
        11 rule: String,
        /// The rule's metrics are on, and with them events of failures.
        12 metrics: bool,
        /// Its replication has a time limit.
        13 timed: bool,
        /// That it missed its time was told.
        14 missed: bool,
    }
}

impl Task {
    /// All of a version, by no rule.
    pub fn of(bucket: &Bucket, key: &str, record: &ObjectRecord, to: &str, since: Timestamp) -> Task {
        Task {
            bucket: bucket.name.clone(),
            id: bucket.record.id,
            key: key.to_owned(),
            version: record.version.clone(),
            order: record.order,
            to: to.to_owned(),
            since,
            delete_marker: record.delete_marker,
            ..Task::default()
        }
    }

    pub fn named(&self) -> Named {
        Named::by(self.order, &self.version)
    }

    pub fn what(&self) -> What {
        if self.change { What::Change } else { What::Version }
    }
}

/// [`versions::put`], and what it owes.
pub async fn put(
    cx: &Cx,
    tx: &mut Txn,
    bucket: &Bucket,
    key: &str,
    record: &mut ObjectRecord,
) -> Result<Option<ObjectRecord>> {
    let rules = match bucket.record.versioning == versioning::ENABLED && bucket.configuration.has(NAME) {
        true => Rules::of(bucket)?,
        false => None,
    };
    let to: Vec<&str> = rules.iter().flat_map(|rules| rules.destinations(key, record)).collect();
    record.replicas = to.iter().map(|name| ((*name).to_owned(), PENDING.to_owned())).collect();
    tell(record);
    let before = versions::put(cx, tx, bucket, key, record).await?;
    for name in to {
        if let Some(rule) = rules.as_ref().and_then(|rules| rules.to(name, key, record, What::Version)) {
            expect(cx, tx, bucket, key, record, rule, What::Version);
        }
    }
    Ok(before)
}

/// To be called where the tags, the access control list or the lock of a version changed, before it is put: what is at a
/// destination by now follows. What is still on its way there goes as it is then; what failed stays where it is.
pub fn changed(
    cx: &Cx,
    tx: &mut Txn,
    bucket: &Bucket,
    key: &str,
    before: &ObjectRecord,
    record: &mut ObjectRecord,
) -> Result<()> {
    if !bucket.configuration.has(NAME) {
        return Ok(());
    }
    let Some(rules) = Rules::of(bucket)? else { return Ok(()) };
    let names: Vec<String> = match record.replica {
        true => rules.of_modifications(key, before).into_iter().map(str::to_owned).collect(),
        false => record.replicas.iter().filter(|(_, status)| status == COMPLETED).map(|(to, _)| to.clone()).collect(),
    };
    for name in names {
        if let Some(rule) = rules.to(&name, key, before, What::Change)
            && status(record, &name) != Some(PENDING)
        {
            set(record, &name, PENDING);
            expect(cx, tx, bucket, key, record, rule, What::Change);
        }
    }
    Ok(())
}

fn expect(cx: &Cx, tx: &mut Txn, bucket: &Bucket, key: &str, record: &ObjectRecord, rule: &Rule, what: What) {
    let task = Task {
        change: what == What::Change,
        rule: rule.id().to_owned(),
        metrics: rule.has_metrics(),
        timed: rule.has_time_control(),
        ..Task::of(bucket, key, record, rule.destination(), cx.now())
    };
    // The bucket's own account and region, whoever writes.
    let cx = Cx::background(cx.cloud(), cx.model(), bucket.account, bucket.region);
    // Ids grow, so that what is due at the same instant goes in order; none is like another, so that none is lost.
    let id = cx.cloud().ids().sequence(cx.now()).to_be_bytes();
    tx.set_timer(&cx, run::TIMER.kind, &id, cx.now(), task.encode());
}

/// How far the replication to a bucket is.
pub fn status<'a>(record: &'a ObjectRecord, to: &str) -> Option<&'a str> {
    record.replicas.iter().find(|(name, _)| name == to).map(|(_, status)| status.as_str())
}

/// Says how far the replication to a bucket is.
pub fn set(record: &mut ObjectRecord, to: &str, status: &str) {
    match record.replicas.iter_mut().find(|(name, _)| name == to) {
        Some((_, known)) => status.clone_into(known),
        None => record.replicas.push((to.to_owned(), status.to_owned())),
    }
    tell(record);
}

/// Replicates a version to a bucket no more.
pub fn give_up(record: &mut ObjectRecord, to: &str) {
    record.replicas.retain(|(name, _)| name != to);
    tell(record);
}

/// `x-amz-replication-status`: `PENDING` "until replication has completed for all destinations", then `FAILED` where it did
/// "for one or more"; of a replica `REPLICA`, if "there is no replica modification replication in progress" (model,
/// HeadObject).
fn tell(record: &mut ObjectRecord) {
    let any = |wanted: &str| record.replicas.iter().any(|(_, status)| status == wanted);
    let told = match record.replicas.is_empty() {
        _ if any(PENDING) => PENDING,
        _ if any(FAILED) => FAILED,
        _ if record.replica => REPLICA,
        true => "",
        false => COMPLETED,
    };
    told.clone_into(&mut record.replication);
}

/// Whether a lifecycle leaves a version alone: "S3 Lifecycle … until it marks the objects status as completed" holds back
/// what is pending or failed (S3 user guide, "Setting an S3 Lifecycle configuration on a bucket").
pub fn holds(record: &ObjectRecord) -> bool {
    matches!(record.replication.as_str(), PENDING | FAILED)
}
