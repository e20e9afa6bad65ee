//! Reading objects: whole, in ranges, by part numbers, and only what they are described by.

use crate::{
    access, archive, attributes,
    bucket::Bucket,
    checksum::{self, tell},
    conditions::{self, Asked},
    data, encryption, faults, lifecycle,
    records::{ChecksumRecord, ObjectRecord, PartRecord, kind},
    target, tiering,
    versions::{self, Named},
};
use http::{HeaderName, StatusCode, header};
use kernel::{
    Cx, Result,
    store::{Range, Rows},
};
use s3_api::*;

/// What a reader wants of an object.
struct Wanted<'a> {
    bucket: Bucket,
    key: &'a str,
    version: Option<&'a str>,
    asked: Asked<'a>,
    range: Option<&'a str>,
    part: Option<i32>,
}

/// An object as a reader finds it.
struct Found {
    record: ObjectRecord,
    /// Bytes `from..to`.
    from: u64,
    to: u64,
    partial: bool,
    /// Of an object made of parts.
    parts: Option<u32>,
    /// Of these bytes.
    checksum: Option<ChecksumRecord>,
}

/// Members of GetObjectOutput and HeadObjectOutput that say what the object is.
macro_rules! describe {
    ($cx:expr, $output:expr, $found:expr, $bucket:expr, $checksums:expr) => {{
        let record = &$found.record;
        $output.accept_ranges = Some("bytes".to_owned());
        $output.last_modified = Some(record.modified);
        $output.content_length = Some(($found.to - $found.from) as i64);
        $output.e_tag = Some(attributes::quoted(&record.etag));
        $output.version_id = $bucket.is_versioned().then(|| versions::id(record));
        $output.content_type = Some("binary/octet-stream".to_owned());
        for (name, value) in &record.headers {
            let value = Some(value.clone());
            match name.as_str() {
                "cache-control" => $output.cache_control = value,
                "content-disposition" => $output.content_disposition = value,
                "content-encoding" => $output.content_encoding = value,
                "content-language" => $output.content_language = value,
                "content-type" => $output.content_type = value,
                _ => $output.expires = value,
            }
        }
        $output.metadata = (!record.metadata.is_empty()).then(|| record.metadata.iter().cloned().collect());
        $output.restore = archive::header(record, $cx.now());
        $output.storage_class = Some(record.storage_class.as_str()).filter(|class| !class.is_empty()).map(Into::into);
        $output.website_redirect_location =
            Some(record.website_redirect.clone()).filter(|location| !location.is_empty());
        $output.parts_count = $found.parts.map(|parts| parts as i32);
        $output.replication_status =
            Some(record.replication.as_str()).filter(|status| !status.is_empty()).map(Into::into);
        if !$found.hidden.retention {
            $output.object_lock_mode = Some(record.lock_mode.as_str()).filter(|mode| !mode.is_empty()).map(Into::into);
            $output.object_lock_retain_until_date = (record.retain_until.0 != 0).then_some(record.retain_until);
        }
        $output.object_lock_legal_hold_status = match record.legal_hold {
            _ if $found.hidden.legal_hold => None,
            true => Some("ON".into()),
            // Shown once it was ever set.
            false => record.legal_hold_set.then(|| "OFF".into()),
        };
        let count = record.tags.len() as i32;
        $output.tag_count = (count > 0 && !$found.hidden.tags).then_some(count);
        if $found.partial {
            $output.content_range = Some(match $found.to {
                0 => "bytes */0".to_owned(),
                to => format!("bytes {}-{}/{}", $found.from, to - 1, record.size),
            });
            $cx.answer_status(StatusCode::PARTIAL_CONTENT);
        }
        encryption::tell!($output, record);
        if $checksums {
            $output.checksum_type = $found.checksum.as_ref().map(checksum::kind);
            tell!($output, &$found.checksum);
        }
        // What a presigned URL may ask to be answered otherwise.
        for (value, member) in [
            (&$found.overrides.0, &mut $output.content_type),
            (&$found.overrides.1, &mut $output.content_language),
            (&$found.overrides.2, &mut $output.cache_control),
            (&$found.overrides.3, &mut $output.content_disposition),
            (&$found.overrides.4, &mut $output.content_encoding),
            (&$found.overrides.5, &mut $output.expires),
        ] {
            if let Some(value) = value {
                *member = Some(value.clone());
            }
        }
    }};
}

/// An object, and the headers that the request wants answered instead of its own.
struct Described {
    record: ObjectRecord,
    from: u64,
    to: u64,
    partial: bool,
    parts: Option<u32>,
    checksum: Option<ChecksumRecord>,
    overrides: Overrides,
    hidden: Hidden,
}

/// What of an object is not told to who may read it and no more: "only returned if the requester has" the permission for it
/// (API reference, GetObject).
#[derive(Default)]
struct Hidden {
    retention: bool,
    legal_hold: bool,
    tags: bool,
}

impl Hidden {
    async fn of(cx: &Cx, wanted: &Wanted<'_>, record: &ObjectRecord) -> Result<Hidden> {
        let hidden = async |there: bool, action: &str| {
            if !there {
                return Ok(false);
            }
            match target::may_of(cx, &wanted.bucket, action, wanted.key, wanted.version).await {
                Err(fault) if fault.kind().status >= 500 => Err(fault),
                asked => Ok(asked.is_err()),
            }
        };
        let of_tags = if wanted.version.is_some() { "s3:GetObjectVersionTagging" } else { "s3:GetObjectTagging" };
        Ok(Hidden {
            retention: hidden(!record.lock_mode.is_empty(), "s3:GetObjectRetention").await?,
            legal_hold: hidden(record.legal_hold_set || record.legal_hold, "s3:GetObjectLegalHold").await?,
            tags: hidden(!record.tags.is_empty(), of_tags).await?,
        })
    }
}

/// Type, language, cache control, disposition, encoding, expiry.
type Overrides = (Option<String>, Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);

macro_rules! overrides {
    ($cx:expr, $input:expr) => {{
        let overrides: Overrides = (
            $input.response_content_type.clone(),
            $input.response_content_language.clone(),
            $input.response_cache_control.clone(),
            $input.response_content_disposition.clone(),
            $input.response_content_encoding.clone(),
            $input.response_expires.map(|at| at.format(wire::TimeFormat::Rfc822)),
        );
        let any = overrides.0.is_some()
            || overrides.1.is_some()
            || overrides.2.is_some()
            || overrides.3.is_some()
            || overrides.4.is_some()
            || overrides.5.is_some();
        if any && $cx.caller().is_anonymous() {
            return Err(faults::invalid_request(
                "Request specific response headers cannot be used for anonymous GET requests.",
            ));
        }
        overrides
    }};
}

impl Found {
    async fn described(self, cx: &Cx, wanted: &Wanted<'_>, overrides: Overrides) -> Result<Described> {
        let Found { record, from, to, partial, parts, checksum } = self;
        let hidden = Hidden::of(cx, wanted, &record).await?;
        Ok(Described { record, from, to, partial, parts, checksum, overrides, hidden })
    }
}

pub async fn get_object(cx: Cx, input: GetObjectInput) -> Result<GetObjectOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let wanted = Wanted {
        bucket: bucket.clone(),
        key: &input.key,
        version: input.version_id.as_deref(),
        asked: Asked {
            if_match: input.if_match.as_deref(),
            if_none_match: input.if_none_match.as_deref(),
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        },
        range: input.range.as_deref(),
        part: input.part_number,
    };
    let overrides = overrides!(cx, input);
    let found = find(&cx, &wanted).await?.described(&cx, &wanted, overrides).await?;
    check_archive(&cx, &found.record)?;
    tiering::note_read(&cx, &bucket, &input.key, &found.record).await;
    let key = encryption::of_read(&cx, &bucket, &input.key, &found.record, &encryption::customer!(input)).await?;
    let snapshot = cx.read();
    let (record, keys) = (&found.record, &bucket.keys);
    let pieces = data::pieces(&*snapshot, keys, &record.content, record.size, found.from, found.to).await?;
    let checksums = input.checksum_mode.is_some();
    let mut output = GetObjectOutput { body: Some(data::read(&cx, keys, pieces, key).await?), ..Default::default() };
    describe!(cx, output, found, bucket, checksums);
    output.expiration =
        lifecycle::expiration_of_version(&cx, &bucket, &input.key, wanted.version, &found.record).await?;
    Ok(output)
}

pub async fn head_object(cx: Cx, input: HeadObjectInput) -> Result<HeadObjectOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let wanted = Wanted {
        bucket: bucket.clone(),
        key: &input.key,
        version: input.version_id.as_deref(),
        asked: Asked {
            if_match: input.if_match.as_deref(),
            if_none_match: input.if_none_match.as_deref(),
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        },
        range: input.range.as_deref(),
        part: input.part_number,
    };
    let overrides = overrides!(cx, input);
    let found = find(&cx, &wanted).await?.described(&cx, &wanted, overrides).await?;
    encryption::of_read(&cx, &bucket, &input.key, &found.record, &encryption::customer!(input)).await?;
    let mut output = HeadObjectOutput {
        archive_status: tiering::archived(&found.record, cx.now()).map(Into::into),
        ..HeadObjectOutput::default()
    };
    describe!(cx, output, found, bucket, input.checksum_mode.is_some());
    output.expiration =
        lifecycle::expiration_of_version(&cx, &bucket, &input.key, wanted.version, &found.record).await?;
    Ok(output)
}

/// The version that a call names, or the current one; a fault where it is not there, or a delete marker.
pub async fn version(cx: &Cx, bucket: &Bucket, key: &str, version: Option<&str>) -> Result<ObjectRecord> {
    let snapshot = cx.read();
    let found = match version {
        None => versions::latest(&*snapshot, bucket, key).await?,
        Some(text) => versions::find(&*snapshot, bucket, key, &Named::parse(text)?).await?,
    };
    let Some(record) = found else {
        let fault = match version {
            None => faults::no_such_key(key),
            Some(version) => faults::no_such_version_of(key, version),
        };
        return Err(access::missing(cx, bucket, fault).await);
    };
    if record.delete_marker {
        cx.answer_header(HeaderName::from_static("x-amz-delete-marker"), "true");
        cx.answer_header(HeaderName::from_static("x-amz-version-id"), &versions::id(&record));
        if version.is_none() {
            return Err(access::missing(cx, bucket, faults::no_such_key(key)).await);
        }
        cx.answer_header(header::LAST_MODIFIED, &record.modified.format(wire::TimeFormat::Rfc822));
        cx.answer_header(header::ALLOW, "DELETE");
        return Err(faults::method_not_allowed());
    }
    Ok(record)
}

async fn find(cx: &Cx, wanted: &Wanted<'_>) -> Result<Found> {
    let record = version(cx, &wanted.bucket, wanted.key, wanted.version).await?;
    conditions::hold(cx, &wanted.asked, &record)?;
    let size = record.size;
    // A checksum is of the whole, or of a part.
    let whole = |record: ObjectRecord| {
        let checksum = record.checksum.clone();
        Ok(Found { record, from: 0, to: size, partial: false, parts: None, checksum })
    };
    match (wanted.part, wanted.range) {
        (Some(_), Some(_)) => {
            Err(faults::invalid_request("Cannot specify both Range header and partNumber query parameter"))
        }
        (None, None) => whole(record),
        (Some(number), None) => part(cx, wanted, record, number).await,
        (None, Some(range)) => match byte_range(range, size) {
            // What is no range is passed over (RFC 9110, 14.2).
            None => whole(record),
            Some(Some((from, to))) => Ok(Found { record, from, to, partial: true, parts: None, checksum: None }),
            Some(None) => {
                cx.answer_header(header::CONTENT_RANGE, &format!("bytes */{size}"));
                Err(faults::range_not_satisfiable(range, size))
            }
        },
    }
}

/// A part of an object. The only part of an object that is not made of parts is the first.
async fn part(cx: &Cx, wanted: &Wanted<'_>, record: ObjectRecord, number: i32) -> Result<Found> {
    if !(1..=10_000).contains(&number) {
        return Err(faults::invalid_argument(
            "partNumber",
            number.to_string(),
            "Part number must be an integer between 1 and 10000, inclusive",
        ));
    }
    if record.content.kind != kind::PARTS {
        let (to, checksum) = (record.size, record.checksum.clone());
        return match number {
            1 => Ok(Found { record, from: 0, to, partial: true, parts: None, checksum }),
            _ => Err(faults::part_not_satisfiable(number, 1)),
        };
    }
    let (content, keys) = (&record.content, &wanted.bucket.keys);
    let none = || faults::part_not_satisfiable(number, content.count());
    let index = content.index(number as u32).ok_or_else(none)?;
    let snapshot = cx.read();
    let row = keys.part(content.id, number as u32);
    let from = match content.part_size {
        0 => {
            let before = Range { to: row.clone(), ..keys.parts(content.id).children() };
            let before = data::parts(&*snapshot, keys, content, Some(before)).await?;
            before.iter().map(|(_, part)| part.size).sum()
        }
        size => index * size,
    };
    let part = snapshot.record::<PartRecord>(&row).await?.ok_or_else(none)?;
    let checksum = record.checksum.as_ref().map(|checksum| ChecksumRecord { value: part.checksum, ..checksum.clone() });
    let parts = Some(content.count() as u32);
    Ok(Found { from, to: from + part.size, partial: true, parts, checksum, record })
}

/// The bytes of a `Range` header: `None` where it is not understood, `Some(None)` where the object has none of them.
pub fn byte_range(range: &str, size: u64) -> Option<Option<(u64, u64)>> {
    let spec = range.trim().strip_prefix("bytes=")?;
    // Several ranges are answered by the whole object, as S3 does.
    if spec.contains(',') {
        return None;
    }
    let (from, to) = spec.split_once('-')?;
    let number = |text: &str| match text.parse::<u64>() {
        // What no object is long enough for is a number, all the same.
        _ if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) => None,
        number => Some(number.unwrap_or(u64::MAX)),
    };
    Some(match (from.trim(), to.trim()) {
        ("", "") => return None,
        ("", last) => match number(last)? {
            0 => None,
            last => (size > 0).then(|| (size.saturating_sub(last), size)),
        },
        (from, "") => {
            let from = number(from)?;
            (from < size).then_some((from, size))
        }
        (from, to) => {
            let (from, to) = (number(from)?, number(to)?);
            if to < from {
                return None;
            }
            (from < size).then(|| (from, to.saturating_add(1).min(size)))
        }
    })
}

/// Refuses to read what is in an archive and has no copy outside of it.
pub fn check_archive(cx: &Cx, record: &ObjectRecord) -> Result<()> {
    if let Some(tier) = tiering::archived(record, cx.now()) {
        return Err(fault::invalid_object_state(
            "The operation is not valid for the object's access tier",
            InvalidObjectState {
                storage_class: Some(record.storage_class.as_str().into()),
                access_tier: Some(tier.into()),
            },
        ));
    }
    if !matches!(record.storage_class.as_str(), "GLACIER" | "DEEP_ARCHIVE") {
        return Ok(());
    }
    let now = cx.now();
    if record.restore.as_ref().is_some_and(|restore| restore.ready <= now && now < restore.expires) {
        return Ok(());
    }
    Err(fault::invalid_object_state(
        "The operation is not valid for the object's storage class",
        InvalidObjectState { storage_class: Some(record.storage_class.as_str().into()), access_tier: None },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (range, size, expected) in [
            ("bytes=0-4", 10, Some(Some((0, 5)))),
            ("bytes=5-", 10, Some(Some((5, 10)))),
            ("bytes=-3", 10, Some(Some((7, 10)))),
            ("bytes=-30", 10, Some(Some((0, 10)))),
            ("bytes=0-99", 10, Some(Some((0, 10)))),
            ("bytes=10-", 10, Some(None)),
            ("bytes=10-12", 10, Some(None)),
            ("bytes=-0", 10, Some(None)),
            ("bytes=-5", 0, Some(None)),
            ("bytes=0-", 0, Some(None)),
            ("bytes=5-4", 10, None),
            ("bytes=a-b", 10, None),
            ("bytes=0-1,3-4", 10, None),
            ("lines=0-1", 10, None),
            ("bytes=-", 10, None),
        ] {
            assert_eq!(byte_range(range, size), expected, "{range} of {size}");
        }
    }
}
