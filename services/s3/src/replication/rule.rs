//! The rules of a replication configuration as they are applied: which versions go where.

use crate::{bucket::Bucket, records::ObjectRecord};
use kernel::Result;
use s3_api::*;

/// The enabled rules of a bucket, those that win first.
pub struct Rules {
    /// The ARN of the role that S3 acts as.
    pub role: String,
    rules: Vec<Rule>,
}

pub struct Rule {
    pub spec: ReplicationRule,
    prefix: String,
    tags: Vec<(String, String)>,
}

/// What of a version goes to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// All of it.
    Version,
    /// A change of its tags, access control list or lock.
    Change,
}

impl Rules {
    pub fn of(bucket: &Bucket) -> Result<Option<Rules>> {
        let Some(ReplicationConfiguration { role, rules }) = super::of(bucket)? else { return Ok(None) };
        let enabled = rules.into_iter().filter(|rule| rule.status == ReplicationRuleStatus::Enabled);
        let mut rules: Vec<Rule> = enabled.map(Rule::of).collect();
        // "The higher the number, the higher the priority."
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.spec.priority));
        Ok(Some(Rules { role, rules }))
    }

    /// The buckets that a new version goes to.
    pub fn destinations(&self, key: &str, record: &ObjectRecord) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for rule in &self.rules {
            let name = rule.destination();
            if !found.contains(&name) && self.to(name, key, record, What::Version).is_some() {
                found.push(name);
            }
        }
        found
    }

    /// The buckets that changes of replicas go back to.
    pub fn of_modifications(&self, key: &str, record: &ObjectRecord) -> Vec<&str> {
        let wants = |name: &&str| self.to(name, key, record, What::Change).is_some_and(Rule::takes_modifications);
        let mut found: Vec<&str> = self.rules.iter().map(Rule::destination).filter(wants).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The rule by which a version goes to a bucket: "if there are two or more rules with the same destination bucket, then
    /// objects will be replicated according to the rule with the highest priority."
    pub fn to(&self, bucket: &str, key: &str, record: &ObjectRecord, what: What) -> Option<&Rule> {
        let mut near = self.rules.iter().filter(|rule| rule.destination() == bucket && key.starts_with(&rule.prefix));
        let winner = near.clone().find(|rule| rule.tags.iter().all(|tag| record.tags.contains(tag)));
        match what {
            What::Version => winner.filter(|rule| rule.takes(record)),
            // The change may be that of the very tag that the rule asks for. That it still goes is a guess.
            What::Change => winner.or_else(|| near.next()),
        }
    }
}

impl Rule {
    fn of(spec: ReplicationRule) -> Rule {
        let mut prefix = spec.prefix.clone().unwrap_or_default();
        let mut tags = Vec::new();
        if let Some(filter) = &spec.filter {
            let and = filter.and.as_ref();
            prefix.push_str(filter.prefix.as_deref().unwrap_or_default());
            prefix.push_str(and.and_then(|and| and.prefix.as_deref()).unwrap_or_default());
            let several = and.and_then(|and| and.tags.as_deref()).unwrap_or_default();
            tags = filter.tag.iter().chain(several).map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        }
        Rule { spec, prefix, tags }
    }

    pub fn id(&self) -> &str {
        self.spec.id.as_deref().unwrap_or_default()
    }

    /// The name of the bucket.
    pub fn destination(&self) -> &str {
        name(&self.spec.destination.bucket)
    }

    fn takes(&self, record: &ObjectRecord) -> bool {
        if record.delete_marker {
            // Earlier configurations, without filters, replicate them (S3 user guide, "How delete operations affect
            // replication").
            let asked = self.spec.delete_marker_replication.as_ref().and_then(|markers| markers.status.as_ref());
            return self.spec.filter.is_none() || asked == Some(&DeleteMarkerReplicationStatus::Enabled);
        }
        let under_kms = record.encryption.as_ref().is_some_and(|encryption| !encryption.kms_key.is_empty());
        let criteria = self.spec.source_selection_criteria.as_ref();
        let asked = criteria.and_then(|criteria| criteria.sse_kms_encrypted_objects.as_ref());
        !under_kms || asked.is_some_and(|asked| asked.status == SseKmsEncryptedObjectsStatus::Enabled)
    }

    fn takes_modifications(&self) -> bool {
        let criteria = self.spec.source_selection_criteria.as_ref();
        let asked = criteria.and_then(|criteria| criteria.replica_modifications.as_ref());
        asked.is_some_and(|asked| asked.status == ReplicaModificationsStatus::Enabled)
    }

    /// Replicas are the destination's owner's.
    pub fn changes_owner(&self) -> bool {
        self.spec.destination.access_control_translation.is_some()
    }

    /// The KMS key of replicas.
    pub fn kms_key(&self) -> &str {
        let encryption = self.spec.destination.encryption_configuration.as_ref();
        encryption.and_then(|encryption| encryption.replica_kms_key_id.as_deref()).unwrap_or_default()
    }

    /// Failures are told by events.
    pub fn has_metrics(&self) -> bool {
        self.spec.destination.metrics.as_ref().is_some_and(|metrics| metrics.status == MetricsStatus::Enabled)
    }

    /// S3 Replication Time Control: that it took too long is told by events.
    pub fn has_time_control(&self) -> bool {
        let time = self.spec.destination.replication_time.as_ref();
        time.is_some_and(|time| time.status == ReplicationTimeStatus::Enabled)
    }
}

/// The bucket's name in its ARN.
pub fn name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or_default()
}
