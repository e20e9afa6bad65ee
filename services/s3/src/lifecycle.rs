//! Lifecycle configurations, and what they say of an object to who puts or gets it. `rule` has what they mean, `aging` does
//! it.

use crate::{
    bucket::Bucket, configuration, days::in_header, faults, lifecycle_check, midnight, records::ObjectRecord,
    rule::Rules,
};
use kernel::{Cx, Result, store::Rows};
use s3_api::*;
use wire::Timestamp;

/// Of a rule each.
pub const NAME: &str = "lifecycle";
/// Which objects are too small to move, as the header says it: it is no part of the document.
pub const MINIMUM: &str = "lifecycle-minimum";

pub async fn put_bucket_lifecycle_configuration(
    cx: Cx,
    input: PutBucketLifecycleConfigurationInput,
) -> Result<PutBucketLifecycleConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let mut rules = input.lifecycle_configuration.ok_or_else(faults::malformed_xml)?.rules;
    let minimum = match input.transition_default_minimum_object_size {
        None => TransitionDefaultMinimumObjectSize::AllStorageClasses128k,
        Some(TransitionDefaultMinimumObjectSize::Unknown(other)) => {
            return Err(faults::invalid_argument(
                "x-amz-transition-default-minimum-object-size",
                other,
                "Invalid x-amz-transition-default-minimum-object-size header value.",
            ));
        }
        Some(minimum) => minimum,
    };
    lifecycle_check::check(&rules)?;
    for rule in &mut rules {
        if rule.id.as_ref().is_none_or(|id| id.is_empty()) {
            rule.id = Some(cx.cloud().ids().uuid());
        }
    }
    cx.write(async |tx| {
        configuration::set_list(tx, &bucket, NAME, &rules).await?;
        configuration::set(tx, &bucket, MINIMUM, "", Some(minimum.as_str().into())).await?;
        midnight::expect(&cx, tx, &bucket);
        Ok(())
    })
    .await?;
    Ok(PutBucketLifecycleConfigurationOutput { transition_default_minimum_object_size: Some(minimum) })
}

pub async fn get_bucket_lifecycle_configuration(
    cx: Cx,
    input: GetBucketLifecycleConfigurationInput,
) -> Result<GetBucketLifecycleConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let rules = rules(&bucket)?;
    if rules.is_empty() {
        let fault = faults::NO_SUCH_LIFECYCLE_CONFIGURATION.fault("The lifecycle configuration does not exist");
        return Err(faults::with_bucket_name(fault, &bucket.name));
    }
    Ok(GetBucketLifecycleConfigurationOutput {
        rules: Some(rules),
        transition_default_minimum_object_size: bucket.configuration.text(MINIMUM).map(Into::into),
    })
}

pub async fn delete_bucket_lifecycle(cx: Cx, input: DeleteBucketLifecycleInput) -> Result<DeleteBucketLifecycleOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    cx.write(async |tx| {
        configuration::set_list::<LifecycleRule>(tx, &bucket, NAME, &[]).await?;
        configuration::set(tx, &bucket, MINIMUM, "", None).await
    })
    .await?;
    Ok(DeleteBucketLifecycleOutput {})
}

/// The rules of a bucket as they were put; none where it has no lifecycle.
pub fn rules(bucket: &Bucket) -> Result<Vec<LifecycleRule>> {
    Ok(bucket.configuration.all(NAME)?.into_iter().map(|(_, rule)| rule).collect())
}

/// `x-amz-expiration` of a current object: when it goes, and by which rule.
pub fn expiration(bucket: &Bucket, key: &str, record: &ObjectRecord) -> Result<Option<String>> {
    if !bucket.configuration.has(NAME) {
        return Ok(None);
    }
    let rules = Rules::of(bucket)?;
    Ok(rules
        .as_ref()
        .and_then(|rules| rules.expiration(key, record))
        .map(|(at, id)| format!("expiry-date=\"{}\", rule-id=\"{}\"", in_header(at), escaped(id))))
}

/// The same where the object may be a version that is not current; those have no such date.
pub async fn expiration_of_version(
    cx: &Cx,
    bucket: &Bucket,
    key: &str,
    version: Option<&str>,
    record: &ObjectRecord,
) -> Result<Option<String>> {
    if !bucket.configuration.has(NAME) {
        return Ok(None);
    }
    if version.is_some() {
        let current = cx.read().record::<ObjectRecord>(&bucket.keys.object(key)).await?;
        if current.is_none_or(|current| current.order != record.order) {
            return Ok(None);
        }
    }
    expiration(bucket, key, record)
}

/// `x-amz-abort-date` and `x-amz-abort-rule-id` of an upload on its way: when it is given up, and by which rule.
pub fn abort(bucket: &Bucket, key: &str, initiated: Timestamp) -> Result<Option<(Timestamp, String)>> {
    if !bucket.configuration.has(NAME) {
        return Ok(None);
    }
    let rules = Rules::of(bucket)?;
    Ok(rules.as_ref().and_then(|rules| rules.abort(key, initiated)).map(|(at, id)| (at, escaped(id))))
}

/// As in a URL.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
