//! Which replication configurations are refused, and with which words (S3 API reference, "List of replication-related error
//! codes"; where that says nothing, sentences are as users report them, or guesses).

use super::rule;
use crate::{
    attributes,
    bucket::Bucket,
    configurations, faults,
    records::{BucketRecord, versioning},
};
use kernel::{AccountId, Arn, Cx, Result};
use s3_api::*;
use wire::Fault;

const MAX_RULES: usize = 1_000;
const MAX_ID: usize = 255;
const MAX_PREFIX: usize = 1_024;
/// The one value that limits of time have.
const MINUTES: i32 = 15;

pub async fn check(cx: &Cx, bucket: &Bucket, configuration: &ReplicationConfiguration) -> Result<()> {
    versioned(&bucket.record)?;
    rules(&configuration.rules)?;
    for rule in &configuration.rules {
        destination(cx, bucket, &rule.destination).await?;
    }
    may_pass(cx, &configuration.role).await
}

/// "Both source and destination buckets must have versioning enabled."
pub fn versioned(source: &BucketRecord) -> Result<()> {
    match source.versioning {
        versioning::ENABLED => Ok(()),
        _ => Err(request("Versioning must be 'Enabled' on the bucket to apply a replication configuration")),
    }
}

fn request(message: impl Into<String>) -> Fault {
    faults::invalid_request(message)
}

fn argument(message: impl Into<String>) -> Fault {
    faults::INVALID_ARGUMENT.fault(message)
}

fn rules(rules: &[ReplicationRule]) -> Result<()> {
    if rules.is_empty() {
        return Err(faults::malformed_xml());
    }
    if rules.len() > MAX_RULES {
        return Err(request("The number of replication rules must not exceed the allowed limit of 1000 rules."));
    }
    let ids: Vec<&str> = rules.iter().filter_map(|rule| rule.id.as_deref()).filter(|id| !id.is_empty()).collect();
    if ids.iter().any(|id| id.chars().count() > MAX_ID) {
        return Err(argument("Rule Id must not be longer than 255 characters"));
    }
    unique(ids, |id| argument(format!("Rule Id must be unique. Found same Id for more than one rule: {id}")))?;
    // Without filters, they are of the earlier version of the schema.
    let filtered = rules.iter().filter(|rule| rule.filter.is_some()).count();
    if filtered != 0 && filtered != rules.len() {
        return Err(request("Rules with a Filter cannot be used together with rules without one."));
    }
    rules.iter().try_for_each(self::rule)?;
    if filtered == 0 {
        return earlier(rules);
    }
    let priorities: Vec<i32> = rules.iter().filter_map(|rule| rule.priority).collect();
    unique(priorities, |priority| request(format!("Found duplicate priority {priority}. Priority must be unique.")))
}

fn unique<T: Ord + Copy>(mut values: Vec<T>, fault: impl Fn(T) -> Fault) -> Result<()> {
    values.sort_unstable();
    match values.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(twins) => Err(fault(twins[0])),
        None => Ok(()),
    }
}

/// What rules without filters must be together.
fn earlier(rules: &[ReplicationRule]) -> Result<()> {
    let mut destinations: Vec<&str> = rules.iter().map(|rule| rule.destination.bucket.as_str()).collect();
    destinations.sort_unstable();
    destinations.dedup();
    if destinations.len() > 1 {
        return Err(request("Number of distinct destination bucket ARNs cannot exceed 1"));
    }
    let mut prefixes: Vec<&str> = rules.iter().map(|rule| rule.prefix.as_deref().unwrap_or_default()).collect();
    prefixes.sort_unstable();
    match prefixes.windows(2).find(|pair| pair[1].starts_with(pair[0])) {
        Some(pair) => Err(request(format!("Found overlapping prefixes '{}' and '{}'", pair[0], pair[1]))),
        None => Ok(()),
    }
}

fn rule(rule: &ReplicationRule) -> Result<()> {
    const SCHEMA: &str = "this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.";
    let unknown = matches!(rule.status, ReplicationRuleStatus::Unknown(_));
    // "This parameter is no longer supported."
    if unknown || rule.existing_object_replication.is_some() {
        return Err(faults::malformed_xml());
    }
    let markers = rule.delete_marker_replication.as_ref().map(|markers| markers.status.as_ref());
    if matches!(markers, Some(None | Some(DeleteMarkerReplicationStatus::Unknown(_)))) {
        return Err(faults::malformed_xml());
    }
    let criteria = rule.source_selection_criteria.as_ref();
    match &rule.filter {
        Some(_) if rule.prefix.is_some() => return Err(faults::malformed_xml()),
        Some(filter) => {
            let tagged = self::filter(filter)?;
            if rule.priority.is_none() {
                return Err(request(format!("Priority must be specified for {SCHEMA}")));
            }
            match markers.flatten() {
                None => return Err(request(format!("DeleteMarkerReplication must be specified for {SCHEMA}"))),
                Some(DeleteMarkerReplicationStatus::Enabled) if tagged => {
                    return Err(request(
                        "Delete marker replication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.",
                    ));
                }
                Some(_) => {}
            }
        }
        None => {
            let modifications = criteria.is_some_and(|criteria| criteria.replica_modifications.is_some());
            for (given, name) in [
                (rule.priority.is_some(), "Priority"),
                (markers.is_some(), "DeleteMarkerReplication"),
                (modifications, "ReplicaModifications"),
                (rule.destination.replication_time.is_some(), "ReplicationTime"),
            ] {
                if given {
                    return Err(request(format!("{name} cannot be used for {SCHEMA}")));
                }
            }
            long(rule.prefix.as_deref().ok_or_else(faults::malformed_xml)?)?;
        }
    }
    if rule.priority.is_some_and(|priority| priority < 0) {
        return Err(argument("Priority must be a non-negative integer"));
    }
    encryption(criteria, rule.destination.encryption_configuration.as_ref())?;
    placement(&rule.destination)?;
    timing(&rule.destination)
}

fn long(prefix: &str) -> Result<()> {
    match prefix.chars().count() > MAX_PREFIX {
        true => Err(request("The maximum size of a prefix is 1024")),
        false => Ok(()),
    }
}

/// One condition at most, or several below `And`. Whether there are tags among them.
fn filter(filter: &ReplicationRuleFilter) -> Result<bool> {
    let tags = filter.and.as_ref().and_then(|and| and.tags.as_deref()).unwrap_or(filter.tag.as_slice());
    configurations::check_filter(&[filter.prefix.is_some(), filter.tag.is_some(), filter.and.is_some()], tags)?;
    long(filter.prefix.as_deref().unwrap_or_default())?;
    long(filter.and.as_ref().and_then(|and| and.prefix.as_deref()).unwrap_or_default())?;
    Ok(!tags.is_empty())
}

fn encryption(criteria: Option<&SourceSelectionCriteria>, to: Option<&EncryptionConfiguration>) -> Result<()> {
    let modifications = criteria.and_then(|criteria| criteria.replica_modifications.as_ref());
    let objects = criteria.and_then(|criteria| criteria.sse_kms_encrypted_objects.as_ref());
    if criteria.is_some_and(|_| modifications.is_none() && objects.is_none())
        || modifications.is_some_and(|m| matches!(m.status, ReplicaModificationsStatus::Unknown(_)))
        || objects.is_some_and(|o| matches!(o.status, SseKmsEncryptedObjectsStatus::Unknown(_)))
    {
        return Err(faults::malformed_xml());
    }
    let key = to.and_then(|to| to.replica_kms_key_id.as_deref()).filter(|key| !key.is_empty());
    let wanted = objects.is_some_and(|objects| objects.status == SseKmsEncryptedObjectsStatus::Enabled);
    match (wanted, key) {
        (true, None) => Err(request("ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.")),
        _ if to.is_some() && objects.is_none() => {
            Err(request("SseKmsEncryptedObjects must be specified if EncryptionConfiguration tag is present."))
        }
        _ => Ok(()),
    }
}

/// The class and the owner of replicas.
fn placement(to: &Destination) -> Result<()> {
    attributes::storage_class(to.storage_class.as_ref()).map_err(|_| faults::malformed_xml())?;
    if let Some(translation) = &to.access_control_translation {
        if !matches!(translation.owner, OwnerOverride::Destination) {
            return Err(faults::malformed_xml());
        }
        if to.account.is_none() {
            return Err(request(
                "If the <Owner> in <AccessControlTranslation> has a value, the <Account> element must be specified.",
            ));
        }
    }
    match to.account.as_deref().map(AccountId::parse) {
        Some(None) => Err(argument("The <Account> element is empty. It must contain a valid account ID.")),
        _ => Ok(()),
    }
}

/// S3 Replication Time Control, and the metrics that it cannot do without.
fn timing(to: &Destination) -> Result<()> {
    let (time, metrics) = (to.replication_time.as_ref(), to.metrics.as_ref());
    if time.is_some_and(|time| matches!(time.status, ReplicationTimeStatus::Unknown(_)))
        || metrics.is_some_and(|metrics| matches!(metrics.status, MetricsStatus::Unknown(_)))
    {
        return Err(faults::malformed_xml());
    }
    let timed = time.is_some_and(|time| time.status == ReplicationTimeStatus::Enabled);
    let threshold = metrics.and_then(|metrics| metrics.event_threshold.as_ref());
    if threshold.is_some() && !timed {
        return Err(argument(
            "Metrics cannot contain an event threshold when ReplicationTime is not specified or Disabled",
        ));
    }
    if timed && !metrics.is_some_and(|metrics| metrics.status == MetricsStatus::Enabled) {
        return Err(request("Metrics must be specified and Enabled when ReplicationTime is Enabled"));
    }
    if timed && threshold.is_none() {
        return Err(request("EventThreshold must be specified when ReplicationTime is Enabled"));
    }
    let limits = [time.map(|time| &time.time), threshold];
    match limits.into_iter().flatten().all(|limit| limit.minutes == Some(MINUTES)) {
        true => Ok(()),
        false => Err(argument("The only valid value for Minutes is 15")),
    }
}

async fn destination(cx: &Cx, source: &Bucket, to: &Destination) -> Result<()> {
    configurations::check_destination(&to.bucket)?;
    let found = Bucket::lookup(cx, rule::name(&to.bucket)).await?;
    let found = found.filter(|found| *found.arn == *to.bucket);
    let found = found.ok_or_else(|| request("Destination bucket must exist."))?;
    if found.name == source.name {
        return Err(request("Destination bucket cannot be the same as the source bucket."));
    }
    if found.record.versioning != versioning::ENABLED {
        return Err(request("Destination bucket must have versioning enabled."));
    }
    match to.account.as_deref().and_then(AccountId::parse) {
        Some(account) if account != found.account => {
            Err(request("The <Account> element must be the owner of the destination bucket."))
        }
        _ => Ok(()),
    }
}

/// "You must have the iam:PassRole permission": who has it not could do as the role does by asking S3 for it.
async fn may_pass(cx: &Cx, role: &str) -> Result<()> {
    let invalid = || faults::invalid_argument("Role", role, "Invalid role");
    let arn = Arn::parse(role).filter(|arn| arn.service == "iam" && arn.region.is_empty()).ok_or_else(invalid)?;
    let account = arn.account_id().ok_or_else(invalid)?;
    arn.resource.strip_prefix("role/").filter(|path| !path.is_empty()).ok_or_else(invalid)?;
    crate::role::pass(cx, role, account, "s3.amazonaws.com").await
}
