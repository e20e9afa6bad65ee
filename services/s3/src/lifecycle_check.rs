//! Which lifecycle configurations are refused, and with which words.

use crate::{days::DAY, faults, rule::Filter};
use kernel::Result;
use s3_api::*;
use wire::{Fault, Timestamp};

/// Rules of a configuration (S3 user guide, "Lifecycle configuration elements").
const MAX_RULES: usize = 1_000;
const MAX_ID: usize = 255;
/// Days before objects may move to a class for infrequent access, and between two moves of which the first is to one.
const MIN_DAYS: i32 = 30;
const MAX_NEWER: i32 = 100;

pub fn check(rules: &[LifecycleRule]) -> Result<()> {
    if rules.is_empty() || rules.len() > MAX_RULES {
        return Err(faults::malformed_xml());
    }
    let mut ids: Vec<&str> = rules.iter().filter_map(|rule| rule.id.as_deref()).filter(|id| !id.is_empty()).collect();
    if ids.iter().any(|id| id.chars().count() > MAX_ID) {
        return Err(argument("ID length should not exceed allowed limit of 255"));
    }
    ids.sort_unstable();
    if let Some(twin) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(argument(format!("Rule ID must be unique. Found same ID for more than one rule: {}", twin[0])));
    }
    rules.iter().try_for_each(rule)
}

fn rule(rule: &LifecycleRule) -> Result<()> {
    if matches!(rule.status, ExpirationStatus::Unknown(_)) || rule.filter.is_some() == rule.prefix.is_some() {
        return Err(faults::malformed_xml());
    }
    if let Some(filter) = &rule.filter {
        self::filter(filter)?;
    }
    let of_filter = Filter::of(rule);
    if let (Some(greater), Some(less)) = (of_filter.greater, of_filter.less)
        && greater >= less
    {
        return Err(faults::invalid_request(
            "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'",
        ));
    }
    let transitions = rule.transitions.as_deref().unwrap_or_default();
    let noncurrent = rule.noncurrent_version_transitions.as_deref().unwrap_or_default();
    let actions = rule.expiration.is_some()
        || rule.noncurrent_version_expiration.is_some()
        || rule.abort_incomplete_multipart_upload.is_some()
        || !transitions.is_empty()
        || !noncurrent.is_empty();
    if !actions {
        return Err(faults::invalid_request("At least one action needs to be specified in a rule"));
    }
    let named = format!("'(prefix={})'", of_filter.prefix);
    if let Some(expiration) = &rule.expiration {
        self::expiration(expiration, &of_filter)?;
    }
    self::transitions(transitions, rule.expiration.as_ref(), &named)?;
    noncurrent_transitions(noncurrent, rule.noncurrent_version_expiration.as_ref(), &named)?;
    if let Some(expiration) = &rule.noncurrent_version_expiration {
        positive(expiration.noncurrent_days, "NoncurrentDays", "NoncurrentVersionExpiration action")?;
        newer(expiration.newer_noncurrent_versions)?;
    }
    if let Some(abort) = &rule.abort_incomplete_multipart_upload {
        if !of_filter.tags.is_empty() {
            return Err(faults::invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags."));
        }
        if of_filter.greater.or(of_filter.less).is_some() {
            return Err(faults::invalid_request(
                "AbortIncompleteMultipartUpload cannot be specified with Object Size.",
            ));
        }
        positive(abort.days_after_initiation, "DaysAfterInitiation", "AbortIncompleteMultipartUpload action")?;
    }
    Ok(())
}

/// One condition, or several below `And`.
fn filter(filter: &LifecycleRuleFilter) -> Result<()> {
    let conditions = [
        filter.prefix.is_some(),
        filter.tag.is_some(),
        filter.object_size_greater_than.is_some(),
        filter.object_size_less_than.is_some(),
        filter.and.is_some(),
    ];
    if conditions.iter().filter(|given| **given).count() > 1 {
        return Err(faults::malformed_xml());
    }
    let tags = filter.and.as_ref().and_then(|and| and.tags.as_deref()).unwrap_or(filter.tag.as_slice());
    let tags: Vec<_> = tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
    if tags.iter().enumerate().any(|(at, (key, _))| tags[..at].iter().any(|(other, _)| other == key)) {
        return Err(faults::invalid_request("Duplicate Tag Keys are not allowed."));
    }
    // As many as fit into a request; objects have ten at most.
    crate::attributes::check_tags(&tags, crate::attributes::MAX_TAGS)
}

fn expiration(expiration: &LifecycleExpiration, filter: &Filter) -> Result<()> {
    let given =
        [expiration.date.is_some(), expiration.days.is_some(), expiration.expired_object_delete_marker.is_some()];
    if given.iter().filter(|given| **given).count() != 1 {
        return Err(faults::malformed_xml());
    }
    if expiration.expired_object_delete_marker.is_some() && !filter.tags.is_empty() {
        return Err(faults::invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags."));
    }
    if expiration.days.is_some() {
        positive(expiration.days, "Days", "Expiration action")?;
    }
    midnight(expiration.date)
}

fn transitions(transitions: &[Transition], expiration: Option<&LifecycleExpiration>, filter: &str) -> Result<()> {
    let (days, date) = expiration.map_or((None, None), |expiration| (expiration.days, expiration.date));
    let mut dated = date.is_some();
    let mut counted = days.is_some();
    let mut moves = Vec::new();
    for transition in transitions {
        let class = class(transition.storage_class.as_ref())?;
        match (transition.days, transition.date) {
            (Some(days), None) if days < 0 => {
                return Err(argument("'Days' in Transition action must be nonnegative"));
            }
            (Some(days), None) => {
                counted = true;
                moves.push((class, days));
            }
            (None, Some(_)) => {
                dated = true;
                midnight(transition.date)?;
            }
            _ => return Err(faults::malformed_xml()),
        }
        if transitions.iter().filter(|other| other.storage_class == transition.storage_class).count() > 1 {
            return Err(faults::invalid_request(format!(
                "'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter {filter}"
            )));
        }
    }
    if dated && counted {
        return Err(faults::invalid_request(format!(
            "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter {filter}"
        )));
    }
    order(&mut moves, days, "Days", "Transition", "Expiration", filter)?;
    let last = transitions.iter().filter_map(|transition| transition.date).max();
    match (last, date) {
        (Some(last), Some(date)) if date <= last => Err(argument(format!(
            "'Date' in the Expiration action for filter {filter} must be later than 'Date' in the Transition action"
        ))),
        _ => Ok(()),
    }
}

fn noncurrent_transitions(
    transitions: &[NoncurrentVersionTransition],
    expiration: Option<&NoncurrentVersionExpiration>,
    filter: &str,
) -> Result<()> {
    let mut moves = Vec::new();
    for transition in transitions {
        let days = transition.noncurrent_days.ok_or_else(faults::malformed_xml)?;
        if days < 0 {
            return Err(argument("'NoncurrentDays' in NoncurrentVersionTransition action must be nonnegative"));
        }
        newer(transition.newer_noncurrent_versions)?;
        moves.push((class(transition.storage_class.as_ref())?, days));
        if transitions.iter().filter(|other| other.storage_class == transition.storage_class).count() > 1 {
            return Err(faults::invalid_request(format!(
                "'StorageClass' must be different for 'NoncurrentVersionTransition' actions in same 'Rule' with filter {filter}"
            )));
        }
    }
    let days = expiration.and_then(|expiration| expiration.noncurrent_days);
    let (one, other) = ("NoncurrentVersionTransition", "NoncurrentVersionExpiration");
    order(&mut moves, days, "NoncurrentDays", one, other, filter)
}

/// Classes in the order of their days, with the time that the classes for infrequent access ask for, and the end after all.
fn order(
    moves: &mut [(&str, i32)],
    end: Option<i32>,
    days: &str,
    action: &str,
    ending: &str,
    filter: &str,
) -> Result<()> {
    moves.sort_by_key(|(_, days)| *days);
    let infrequent = |class: &str| matches!(class, "STANDARD_IA" | "ONEZONE_IA");
    if let Some((class, _)) = moves.iter().find(|(class, days)| infrequent(class) && *days < MIN_DAYS) {
        return Err(argument(format!(
            "'{days}' in {action} action must be greater than or equal to 30 for storageClass '{class}'"
        )));
    }
    for pair in moves.windows(2) {
        let [(from, first), (to, second)] = pair else { continue };
        if infrequent(from) && second - first < MIN_DAYS {
            return Err(argument(format!(
                "'{days}' in the '{action}' action for StorageClass '{to}' for filter {filter} must be {MIN_DAYS} days more than '{days}' in the '{action}' action for StorageClass '{from}'"
            )));
        }
        if first == second || !crate::rule::moves(from, to) {
            return Err(argument(format!(
                "'{days}' in the '{action}' action for StorageClass '{from}' for filter {filter} must be greater than '{days}' in the '{action}' action for StorageClass '{to}'"
            )));
        }
    }
    match (moves.last(), end) {
        (Some((_, last)), Some(end)) if end <= *last => Err(argument(format!(
            "'{days}' in the {ending} action for filter {filter} must be greater than '{days}' in the {action} action"
        ))),
        _ => Ok(()),
    }
}

fn class(class: Option<&TransitionStorageClass>) -> Result<&str> {
    match class {
        None | Some(TransitionStorageClass::Unknown(_)) => Err(faults::malformed_xml()),
        Some(class) => Ok(class.as_str()),
    }
}

fn positive(days: Option<i32>, name: &str, action: &str) -> Result<()> {
    match days {
        None => Err(faults::malformed_xml()),
        Some(1..) => Ok(()),
        Some(_) => Err(argument(format!("'{name}' for {action} must be a positive integer"))),
    }
}

fn newer(versions: Option<i32>) -> Result<()> {
    match versions {
        None | Some(1..=MAX_NEWER) => Ok(()),
        Some(_) => Err(argument("'NewerNoncurrentVersions' must be an integer between 1 and 100")),
    }
}

fn midnight(date: Option<Timestamp>) -> Result<()> {
    match date {
        Some(date) if date.0 % DAY != 0 => Err(argument("'Date' must be at midnight GMT")),
        _ => Ok(()),
    }
}

fn argument(message: impl Into<String>) -> Fault {
    faults::INVALID_ARGUMENT.fault(message)
}
