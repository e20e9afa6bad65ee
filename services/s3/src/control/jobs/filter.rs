//! Which objects a manifest generator takes.

use crate::{attributes::shown_class, records::ObjectRecord, replication::rule::Rules};
use s3control_api::*;

pub struct Filter {
    asked: JobManifestGeneratorFilter,
    names: KeyNameConstraint,
    /// Where only what they replicate is taken, or only what they do not.
    rules: Option<Rules>,
}

impl Filter {
    pub fn of(mut asked: JobManifestGeneratorFilter, rules: Option<Rules>) -> Filter {
        let names = asked.key_name_constraint.take().unwrap_or_default();
        Filter { asked, names, rules }
    }

    /// All keys that are taken begin so.
    pub fn prefix(&self) -> &str {
        match self.names.match_any_prefix.as_deref() {
            Some([prefix]) => prefix,
            _ => "",
        }
    }

    pub fn takes(&self, key: &str, record: &ObjectRecord) -> bool {
        let Filter { asked, names, rules } = self;
        let is_eligible = |rules: &Rules| !rules.destinations(key, record).is_empty();
        let any = |texts: &Option<Vec<String>>, fits: &dyn Fn(&str) -> bool| {
            texts.as_ref().is_none_or(|texts| texts.is_empty() || texts.iter().any(|text| fits(text)))
        };
        let (modified, size) = (record.modified, record.size as i64);
        let class = shown_class(record);
        let replication = if record.replication.is_empty() { "NONE" } else { record.replication.as_str() };
        any(&names.match_any_prefix, &|text| key.starts_with(text))
            && any(&names.match_any_suffix, &|text| key.ends_with(text))
            && any(&names.match_any_substring, &|text| key.contains(text))
            && asked.created_after.is_none_or(|after| modified > after)
            && asked.created_before.is_none_or(|before| modified < before)
            && asked.object_size_greater_than_bytes.is_none_or(|bound| size > bound)
            && asked.object_size_less_than_bytes.is_none_or(|bound| size < bound)
            && one(&asked.match_any_storage_class, |wanted| wanted.as_str() == class)
            && one(&asked.object_replication_statuses, |wanted| wanted.as_str() == replication)
            && rules.as_ref().is_none_or(|rules| asked.eligible_for_replication == Some(is_eligible(rules)))
            && one(&asked.match_any_object_encryption, |wanted| is_encrypted(record, wanted))
    }
}

/// Whether one of several fits, if there are any.
fn one<T>(list: &Option<Vec<T>>, fits: impl Fn(&T) -> bool) -> bool {
    list.as_deref().is_none_or(|list| list.is_empty() || list.iter().any(fits))
}

fn is_encrypted(record: &ObjectRecord, wanted: &ObjectEncryptionFilter) -> bool {
    let encryption = record.encryption.as_ref();
    // Everything is encrypted by S3 itself, as far as clients see.
    let algorithm = encryption.map_or("AES256", |encryption| encryption.algorithm.as_str());
    let under = |key: &Option<String>| {
        key.as_ref().is_none_or(|key| encryption.is_some_and(|encryption| encryption.kms_key == *key))
    };
    match wanted {
        ObjectEncryptionFilter::SseS3(_) => algorithm == "AES256",
        ObjectEncryptionFilter::SseKms(SSEKMSFilter { kms_key_arn, bucket_key_enabled }) => {
            let bucket_key = encryption.is_some_and(|encryption| encryption.bucket_key);
            algorithm == "aws:kms" && under(kms_key_arn) && bucket_key_enabled.is_none_or(|wanted| wanted == bucket_key)
        }
        ObjectEncryptionFilter::Dssekms(DSSEKMSFilter { kms_key_arn }) => {
            algorithm == "aws:kms:dsse" && under(kms_key_arn)
        }
        ObjectEncryptionFilter::Ssec(_) => algorithm.is_empty(),
        ObjectEncryptionFilter::Notsse(_) | ObjectEncryptionFilter::Unknown(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::EncryptionRecord;
    use wire::Timestamp;

    fn takes(asked: JobManifestGeneratorFilter) -> bool {
        let encryption = EncryptionRecord {
            algorithm: "aws:kms".to_owned(),
            kms_key: "arn:key".to_owned(),
            bucket_key: true,
            ..EncryptionRecord::default()
        };
        let record = ObjectRecord {
            size: 100,
            modified: Timestamp::from_secs(1_000),
            storage_class: "GLACIER".to_owned(),
            encryption: Some(encryption),
            ..ObjectRecord::default()
        };
        Filter::of(asked, None).takes("films/a.txt", &record)
    }

    #[test]
    fn every_filter_decides() {
        type Asked = JobManifestGeneratorFilter;
        let names = |constraint| Asked { key_name_constraint: Some(constraint), ..Asked::default() };
        let some = |text: &str| Some(vec![text.to_owned()]);
        let at = |seconds| Some(Timestamp::from_secs(seconds));
        let kms = |key: &str, bucket_key| {
            let filter = SSEKMSFilter { kms_key_arn: Some(key.to_owned()), bucket_key_enabled: Some(bucket_key) };
            Asked {
                match_any_object_encryption: Some(vec![ObjectEncryptionFilter::SseKms(filter)]),
                ..Asked::default()
            }
        };
        let of = |filter| Asked { match_any_object_encryption: Some(vec![filter]), ..Asked::default() };
        for (asked, expected) in [
            (Asked::default(), true),
            (names(KeyNameConstraint { match_any_prefix: some("films/"), ..Default::default() }), true),
            (names(KeyNameConstraint { match_any_prefix: some("books/"), ..Default::default() }), false),
            (names(KeyNameConstraint { match_any_suffix: some(".txt"), ..Default::default() }), true),
            (names(KeyNameConstraint { match_any_suffix: some(".jpg"), ..Default::default() }), false),
            (names(KeyNameConstraint { match_any_substring: some("s/a"), ..Default::default() }), true),
            (names(KeyNameConstraint { match_any_substring: some("b"), ..Default::default() }), false),
            (Asked { created_after: at(999), created_before: at(1_001), ..Asked::default() }, true),
            (Asked { created_after: at(1_000), ..Asked::default() }, false),
            (Asked { created_before: at(1_000), ..Asked::default() }, false),
            (Asked { object_size_greater_than_bytes: Some(99), ..Asked::default() }, true),
            (Asked { object_size_greater_than_bytes: Some(100), ..Asked::default() }, false),
            (Asked { object_size_less_than_bytes: Some(100), ..Asked::default() }, false),
            (Asked { match_any_storage_class: Some(vec![S3StorageClass::Glacier]), ..Asked::default() }, true),
            (Asked { match_any_storage_class: Some(vec![S3StorageClass::Standard]), ..Asked::default() }, false),
            (Asked { object_replication_statuses: Some(vec![ReplicationStatus::None]), ..Asked::default() }, true),
            (Asked { object_replication_statuses: Some(vec![ReplicationStatus::Failed]), ..Asked::default() }, false),
            (kms("arn:key", true), true),
            (kms("arn:other", true), false),
            (kms("arn:key", false), false),
            (of(ObjectEncryptionFilter::SseS3(SSES3Filter {})), false),
            (of(ObjectEncryptionFilter::Dssekms(DSSEKMSFilter::default())), false),
            (of(ObjectEncryptionFilter::Ssec(SSECFilter {})), false),
            (of(ObjectEncryptionFilter::Notsse(NotSSEFilter {})), false),
        ] {
            let text = String::from_utf8(crate::configuration::encode(&asked)).unwrap();
            assert_eq!(takes(asked), expected, "{text}");
        }
    }
}
