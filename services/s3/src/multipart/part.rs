//! Parts of uploads: sent, or copied from an object.

use super::Upload;
use crate::{
    attributes,
    bucket::{Bucket, with_bucket},
    checksum::{Algorithm, stated, tell},
    conditions::Asked,
    copy::{Wanted, refuse_regions},
    data::{self, MAX_PUT, Stored},
    encryption::{self, Customer, Writing},
    faults,
    records::{ChecksumRecord, PartRecord, UploadRecord},
    seal::DataKey,
};
use kernel::{Cx, Result, record::Record};
use s3_api::*;
use wire::{Bytes, Timestamp};

/// S3 user guide, "Amazon S3 multipart upload limits".
pub const MAX_PARTS: i32 = 10_000;

pub async fn upload_part(cx: Cx, mut input: UploadPartInput) -> Result<UploadPartOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let number = part_number(input.part_number)?;
    let body = input.body.take().unwrap_or_default();
    if body.len().is_none() {
        return Err(faults::missing_content_length());
    }
    let upload = Upload::find(&cx, &bucket, &input.key, &input.upload_id).await?;
    let key = key(&cx, &bucket, &input.key, &upload.record, &encryption::customer!(input)).await?;
    let stated = stated!(input)?;
    let algorithm = attributes::stated_algorithm(&cx, &stated, input.checksum_algorithm.as_ref())?;
    check_algorithm(&upload.record, algorithm)?;
    let expected = data::Expected {
        md5: input.content_md5.as_deref(),
        algorithm,
        checksum: stated.value,
        kept: Some(upload.record.algorithm()),
    };
    let stored = data::take(&cx, body, key.as_ref(), expected).await?;
    let part = keep(&cx, &bucket, &input.key, &upload, number, &stored).await?;
    let mut output = UploadPartOutput { e_tag: Some(attributes::quoted(&part.etag)), ..UploadPartOutput::default() };
    encryption::tell!(output, &upload.record.object);
    tell!(output, told(stored.stated.as_ref().or(stored.checksum.as_ref())));
    Ok(output)
}

pub async fn upload_part_copy(cx: Cx, input: UploadPartCopyInput) -> Result<UploadPartCopyOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let number = part_number(input.part_number)?;
    let upload = Upload::find(&cx, &bucket, &input.key, &input.upload_id).await?;
    let key = key(&cx, &bucket, &input.key, &upload.record, &encryption::customer!(input)).await?;
    let range = input.copy_source_range.as_deref().map(copy_range).transpose()?;
    let wanted = Wanted {
        source: &input.copy_source,
        owner: input.expected_source_bucket_owner.as_deref(),
        asked: Asked {
            if_match: input.copy_source_if_match.as_deref(),
            if_none_match: input.copy_source_if_none_match.as_deref(),
            if_modified_since: input.copy_source_if_modified_since,
            if_unmodified_since: input.copy_source_if_unmodified_since,
        },
        customer: Customer {
            algorithm: input.copy_source_sse_customer_algorithm.as_deref(),
            key: input.copy_source_sse_customer_key.as_deref(),
            md5: input.copy_source_sse_customer_key_md5.as_deref(),
        },
    };
    let copied = wanted
        .copy(&cx, key.as_ref(), async |source| {
            refuse_regions(&source.bucket, &bucket)?;
            let (from, to) = match range {
                None => (0, source.record.size),
                Some((first, last)) if first <= last && last < source.record.size => (first, last + 1),
                Some(_) => {
                    return Err(faults::invalid_argument(
                        "x-amz-copy-source-range",
                        input.copy_source_range.clone().unwrap_or_default(),
                        format!("Range specified is not valid for source object of size: {}", source.record.size),
                    ));
                }
            };
            match to - from {
                0..=MAX_PUT => Ok((from, to, upload.record.algorithm())),
                _ => Err(faults::copy_source_too_large()),
            }
        })
        .await?;
    let (source, stored) = copied;
    let part = keep(&cx, &bucket, &input.key, &upload, number, &stored).await?;
    let mut result = CopyPartResult {
        e_tag: Some(attributes::quoted(&part.etag)),
        last_modified: Some(part.modified),
        ..CopyPartResult::default()
    };
    if upload.record.asked {
        tell!(result, told(stored.checksum.as_ref()));
    }
    let mut output = UploadPartCopyOutput {
        copy_source_version_id: source.version_id(),
        copy_part_result: Some(result),
        ..UploadPartCopyOutput::default()
    };
    encryption::tell!(output, &upload.record.object);
    Ok(output)
}

fn part_number(number: i32) -> Result<u32> {
    match number {
        1..=MAX_PARTS => Ok(number as u32),
        _ => Err(faults::invalid_argument(
            "partNumber",
            number.to_string(),
            "Part number must be an integer between 1 and 10000, inclusive",
        )),
    }
}

/// `bytes=first-last`; nothing may be left out.
fn copy_range(range: &str) -> Result<(u64, u64)> {
    let ends = range.strip_prefix("bytes=").and_then(|spec| spec.split_once('-'));
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    ends.and_then(|(first, last)| Some((number(first)?, number(last)?))).ok_or_else(|| {
        faults::invalid_argument(
            "x-amz-copy-source-range",
            range,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
        )
    })
}

/// The key that the parts are written under. One that the customer brings comes with every part.
async fn key(
    cx: &Cx,
    bucket: &Bucket,
    key: &str,
    upload: &UploadRecord,
    customer: &Customer<'_>,
) -> Result<Option<DataKey>> {
    let expected = upload.object.encryption.as_ref().map_or("", |encryption| &encryption.customer_key_md5);
    let given = customer.algorithm.is_some() || customer.key.is_some() || customer.md5.is_some();
    if !expected.is_empty() && !given {
        return Err(faults::invalid_request(
            "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.",
        ));
    }
    if given && customer.md5.is_some_and(|md5| md5 != expected) {
        return Err(faults::invalid_request(
            "The provided encryption parameters did not match the ones used originally.",
        ));
    }
    encryption::of_read(cx, bucket, key, &upload.object, customer).await
}

/// Where the client chose an algorithm, the parts have it, and those of a composite checksum say their own.
fn check_algorithm(upload: &UploadRecord, found: Option<Algorithm>) -> Result<()> {
    let matches = match found {
        None => !upload.composite,
        Some(found) => found == upload.algorithm(),
    };
    if upload.asked && !matches {
        return Err(faults::checksum_mismatch(&upload.checksum, found.map_or("null", Algorithm::name)));
    }
    Ok(())
}

fn told(checksum: Option<&(Algorithm, String)>) -> Option<ChecksumRecord> {
    checksum.map(|(algorithm, value)| crate::checksum::record(*algorithm, value))
}

/// Makes bytes a part of the upload, in the place of one of the same number.
async fn keep(
    cx: &Cx,
    bucket: &Bucket,
    key: &str,
    upload: &Upload,
    number: u32,
    stored: &Stored,
) -> Result<PartRecord> {
    let writing = Writing { key: None, record: upload.record.object.encryption.clone() };
    let (md5, etag) = (stored.md5_text(), writing.etag(cx, stored.md5_text()));
    let part = PartRecord {
        size: stored.size,
        modified: Timestamp::from_secs(cx.now().secs()),
        content: stored.content.clone(),
        checksum: stored.checksum.as_ref().map(|(_, value)| value.clone()).unwrap_or_default(),
        md5: if md5 == etag { Bytes::new() } else { stored.md5.to_vec().into() },
        etag,
    };
    let done = with_bucket(cx, bucket, async |tx, bucket| {
        let still = upload.still(tx, bucket, key).await?;
        let row = bucket.keys.part(upload.id, number);
        if let Some(before) = tx.read::<PartRecord>(&row).await? {
            data::forget(cx, tx, bucket, &before.content);
            // Who completes the upload right now has to look again.
            tx.put(bucket.keys.upload(key, upload.id), still.encode());
        }
        tx.put(row, part.encode());
        stored.keep(tx, &bucket.keys);
        Ok(())
    })
    .await;
    if let Err(fault) = done {
        stored.abandon(cx);
        return Err(fault);
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_copies() {
        assert_eq!(copy_range("bytes=0-9").ok(), Some((0, 9)));
        for range in ["bytes=0-", "bytes=-9", "0-9", "bytes=a-b", "bytes=0-9,11-12", "bytes=+1-2", "bytes="] {
            assert!(copy_range(range).is_err(), "{range}");
        }
    }
}
