//! Rules of a lifecycle configuration as they are applied: which objects they are for, and when something is due.

use crate::{bucket::Bucket, days::due, lifecycle, records::ObjectRecord};
use kernel::Result;
use s3_api::*;
use wire::Timestamp;

/// Smaller objects stay where they are by default (S3 user guide, "Transitioning objects using Amazon S3 Lifecycle").
const MIN_TRANSITION: u64 = 128 * 1024;

/// The enabled rules of a bucket.
pub struct Rules {
    rules: Vec<Rule>,
    /// Archives take small objects, too.
    varies: bool,
}

struct Rule {
    spec: LifecycleRule,
    filter: Filter,
}

/// Which objects a rule is for.
#[derive(Default)]
pub struct Filter {
    pub prefix: String,
    pub tags: Vec<(String, String)>,
    pub greater: Option<i64>,
    pub less: Option<i64>,
}

impl Filter {
    pub fn of(rule: &LifecycleRule) -> Filter {
        let mut found = Filter { prefix: rule.prefix.clone().unwrap_or_default(), ..Filter::default() };
        let mut add = |prefix: &Option<String>, tags: &[Tag], greater: Option<i64>, less: Option<i64>| {
            found.prefix.push_str(prefix.as_deref().unwrap_or_default());
            found.tags.extend(tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())));
            found.greater = found.greater.or(greater);
            found.less = found.less.or(less);
        };
        if let Some(filter) = &rule.filter {
            let tags = filter.tag.as_slice();
            add(&filter.prefix, tags, filter.object_size_greater_than, filter.object_size_less_than);
            if let Some(and) = &filter.and {
                let tags = and.tags.as_deref().unwrap_or_default();
                add(&and.prefix, tags, and.object_size_greater_than, and.object_size_less_than);
            }
        }
        found
    }

    fn takes(&self, key: &str, record: &ObjectRecord) -> bool {
        let size = i64::try_from(record.size).unwrap_or(i64::MAX);
        key.starts_with(&self.prefix)
            && self.greater.is_none_or(|greater| size > greater)
            && self.less.is_none_or(|less| size < less)
            && self.tags.iter().all(|tag| record.tags.contains(tag))
    }

    fn has_size(&self) -> bool {
        self.greater.is_some() || self.less.is_some()
    }
}

impl Rules {
    pub fn of(bucket: &Bucket) -> Result<Option<Rules>> {
        let rules = lifecycle::rules(bucket)?;
        if rules.is_empty() {
            return Ok(None);
        }
        let enabled = rules.into_iter().filter(|rule| rule.status == ExpirationStatus::Enabled);
        Ok(Some(Rules {
            rules: enabled.map(|spec| Rule { filter: Filter::of(&spec), spec }).collect(),
            varies: bucket.configuration.text(lifecycle::MINIMUM) == Some("varies_by_storage_class"),
        }))
    }

    fn of_object(&self, key: &str, record: &ObjectRecord) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.filter.takes(key, record))
    }

    /// When a current object goes, and by which rule.
    pub fn expiration(&self, key: &str, record: &ObjectRecord) -> Option<(Timestamp, &str)> {
        let dates = self.of_object(key, record).filter_map(|rule| {
            let expiration = rule.spec.expiration.as_ref()?;
            let at = expiration.date.or(expiration.days.map(|days| due(record.modified, days)))?;
            Some((at, rule.id()))
        });
        dates.min_by_key(|(at, _)| *at)
    }

    /// Whether a delete marker goes that hides nothing any more.
    pub fn marker_expires(&self, key: &str, marker: &ObjectRecord, now: Timestamp) -> bool {
        self.of_object(key, marker).filter_map(|rule| rule.spec.expiration.as_ref()).any(|expiration| {
            expiration.expired_object_delete_marker == Some(true)
                || expiration.days.is_some_and(|days| due(marker.modified, days) <= now)
                || expiration.date.is_some_and(|date| date <= now)
        })
    }

    /// Whether a version goes that became noncurrent at `since`, with `newer` noncurrent ones above it.
    pub fn noncurrent_expires(
        &self,
        key: &str,
        record: &ObjectRecord,
        since: Timestamp,
        newer: usize,
        now: Timestamp,
    ) -> bool {
        self.of_object(key, record).filter_map(|rule| rule.spec.noncurrent_version_expiration.as_ref()).any(
            |expiration| {
                expiration.noncurrent_days.is_some_and(|days| due(since, days) <= now)
                    && newer >= expiration.newer_noncurrent_versions.unwrap_or_default().max(0) as usize
            },
        )
    }

    /// The class that a current object moves to.
    pub fn transition(&self, key: &str, record: &ObjectRecord, now: Timestamp) -> Option<&TransitionStorageClass> {
        let due = self.of_object(key, record).flat_map(|rule| {
            let transitions = rule.spec.transitions.iter().flatten();
            let due = transitions.filter(|transition| {
                let at = transition.date.or(transition.days.map(|days| due(record.modified, days)));
                at.is_some_and(|at| at <= now)
            });
            due.filter_map(move |transition| Some((rule, transition.storage_class.as_ref()?)))
        });
        self.furthest(record, due)
    }

    pub fn noncurrent_transition(
        &self,
        key: &str,
        record: &ObjectRecord,
        since: Timestamp,
        newer: usize,
        now: Timestamp,
    ) -> Option<&TransitionStorageClass> {
        let due = self.of_object(key, record).flat_map(|rule| {
            let transitions = rule.spec.noncurrent_version_transitions.iter().flatten();
            let due = transitions.filter(|transition| {
                transition.noncurrent_days.is_some_and(|days| due(since, days) <= now)
                    && newer >= transition.newer_noncurrent_versions.unwrap_or_default().max(0) as usize
            });
            due.filter_map(move |transition| Some((rule, transition.storage_class.as_ref()?)))
        });
        self.furthest(record, due)
    }

    /// Of several that are due, the cheapest that the object can move to.
    fn furthest<'a>(
        &self,
        record: &ObjectRecord,
        due: impl Iterator<Item = (&'a Rule, &'a TransitionStorageClass)>,
    ) -> Option<&'a TransitionStorageClass> {
        let possible = due.filter(|(rule, class)| {
            let archive = matches!(class, TransitionStorageClass::Glacier | TransitionStorageClass::DeepArchive);
            let large = record.size >= MIN_TRANSITION || rule.filter.has_size() || self.varies && archive;
            large && moves(&record.storage_class, class.as_str())
        });
        possible.map(|(_, class)| class).max_by_key(|class| rank(class.as_str()))
    }

    /// When an upload on its way is given up, and by which rule.
    pub fn abort(&self, key: &str, initiated: Timestamp) -> Option<(Timestamp, &str)> {
        let rules = self.rules.iter().filter(|rule| key.starts_with(&rule.filter.prefix));
        let dates = rules.filter_map(|rule| {
            let days = rule.spec.abort_incomplete_multipart_upload.as_ref()?.days_after_initiation?;
            Some((due(initiated, days), rule.id()))
        });
        dates.min_by_key(|(at, _)| *at)
    }

    /// Whether some rule is about uploads.
    pub fn abort_uploads(&self) -> bool {
        self.rules.iter().any(|rule| rule.spec.abort_incomplete_multipart_upload.is_some())
    }
}

impl Rule {
    fn id(&self) -> &str {
        self.spec.id.as_deref().unwrap_or_default()
    }
}

/// Objects move down only (S3 user guide, "Supported transitions").
fn rank(class: &str) -> u8 {
    match class {
        "" | "STANDARD" | "REDUCED_REDUNDANCY" => 0,
        "STANDARD_IA" => 1,
        "INTELLIGENT_TIERING" => 2,
        "ONEZONE_IA" => 3,
        "GLACIER_IR" => 4,
        "GLACIER" => 5,
        _ => 6,
    }
}

pub fn moves(from: &str, to: &str) -> bool {
    rank(from) < rank(to) && (from, to) != ("ONEZONE_IA", "GLACIER_IR")
}
