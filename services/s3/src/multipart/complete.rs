//! Completing uploads. No bytes move: the object names the upload, and the numbers of its parts.

use super::{Upload, id_text, parse_id};
use crate::{
    attributes,
    bucket::{Bucket, with_bucket},
    checksum::{self, Algorithm, Hasher, base64, tell, values},
    conditions, encryption, events, faults, garbage,
    multipart::part::MAX_PARTS,
    names,
    records::{ChecksumRecord, Content, Keys, ObjectRecord, PartRecord, UploadRecord, kind},
    replication::pending,
    versions,
};
use data_encoding::{BASE64, HEXLOWER};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Scan, Txn},
};
use s3_api::*;
use std::collections::HashMap;

/// Of every part but the last, in bytes (S3 user guide, "Amazon S3 multipart upload limits"). The largest object needs no
/// limit of its own: it is 10,000 of the largest parts.
const MIN_PART: u64 = 5 * 1024 * 1024;

/// A part that the client lists.
struct Listed {
    number: u32,
    etag: String,
    /// Of the upload's algorithm.
    checksum: Option<String>,
}

pub async fn complete_multipart_upload(
    cx: Cx,
    input: CompleteMultipartUploadInput,
) -> Result<CompleteMultipartUploadOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    conditions::check_write(&input.if_match, &input.if_none_match)?;
    let none = || faults::no_such_upload(&input.upload_id);
    let id = parse_id(&input.upload_id).ok_or_else(none)?;
    let parts = input.multipart_upload.as_ref().and_then(|list| list.parts.as_deref()).unwrap_or_default();
    if parts.is_empty() {
        return Err(faults::malformed_xml());
    }
    let record = with_bucket(&cx, &bucket, async |tx, bucket| {
        let row = bucket.keys.upload(&input.key, id);
        let Some(record) = tx.read::<UploadRecord>(&row).await? else {
            // Completed before: answered again.
            return completed(tx, bucket, &input.key, id).await?.ok_or_else(none);
        };
        let upload = Upload { id, record };
        let customer = encryption::customer!(input);
        if customer.algorithm.is_some() {
            encryption::of_read(&cx, bucket, &input.key, &upload.record.object, &customer).await?;
        }
        let listed = listed(&upload, parts)?;
        let found = Found::read(tx, &bucket.keys, &upload, listed).await?;
        let mut object = found.object(&cx, &upload, &input)?;
        conditions::hold_for_write(tx, bucket, &input.key, &input.if_match, &input.if_none_match).await?;
        pending::put(&cx, tx, bucket, &input.key, &mut object).await?;
        tx.delete(row);
        garbage::of_unused_parts(&cx, tx, bucket, id, &object.content.parts);
        events::note(&cx, tx, bucket, &Event::S3ObjectCreatedCompleteMultipartUpload, &input.key, &object)?;
        Ok(object)
    })
    .await?;
    let mut output = CompleteMultipartUploadOutput {
        location: Some(location(&cx, &bucket, &input.key)),
        bucket: Some(bucket.name.clone()),
        e_tag: Some(attributes::quoted(&record.etag)),
        version_id: bucket.is_versioned().then(|| versions::id(&record)),
        checksum_type: record.checksum.as_ref().map(checksum::kind),
        ..CompleteMultipartUploadOutput::default()
    };
    output.expiration = crate::lifecycle::expiration(&bucket, &input.key, &record)?;
    tell!(output, &record.checksum);
    // The answer says nothing of a key that the customer brings.
    let told = encryption::told(&record);
    output.server_side_encryption = told.algorithm;
    output.sse_kms_key_id = told.kms_key;
    output.bucket_key_enabled = told.bucket_key;
    output.key = Some(input.key);
    Ok(output)
}

/// The version that an upload became, if it is still there.
async fn completed(tx: &mut Txn, bucket: &Bucket, key: &str, upload: u128) -> Result<Option<ObjectRecord>> {
    let is = |record: &ObjectRecord| record.content.kind == kind::PARTS && record.content.id == upload;
    if let Some(record) = tx.read::<ObjectRecord>(&bucket.keys.object(key)).await?.filter(is) {
        return Ok(Some(record));
    }
    let versions = tx.scan(&bucket.keys.versions_of(key).children(), &Scan::default()).await?;
    for row in versions.rows {
        let record = ObjectRecord::read(&row.value)?;
        if is(&record) {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

/// Checks the list by itself.
fn listed(upload: &Upload, parts: &[CompletedPart]) -> Result<Vec<Listed>> {
    let algorithm = upload.record.algorithm();
    let own = upload.record.asked && upload.record.composite;
    let mut listed: Vec<Listed> = Vec::with_capacity(parts.len());
    for part in parts {
        let (Some(number), Some(etag)) = (part.part_number, part.e_tag.as_deref()) else {
            return Err(faults::malformed_xml());
        };
        if !(1..=MAX_PARTS).contains(&number) {
            let message = if number < 1 {
                "PartNumber must be >= 1"
            } else {
                "Part number must be an integer between 1 and 10000, inclusive"
            };
            return Err(faults::invalid_argument("PartNumber", number.to_string(), message));
        }
        let number = number as u32;
        let after = listed.last().map(|last| last.number);
        // Parts with checksums of their own have no gaps (API reference, "CompletedPart").
        let gap = own && after.unwrap_or(0) + 1 != number;
        if after.is_some_and(|after| number <= after) || gap {
            return Err(faults::invalid_part_order_of(&id_text(upload.id)));
        }
        let stated = values!(part).into_iter().find(|(value, found)| value.is_some() && *found == algorithm);
        let checksum = stated.and_then(|(value, _)| value.clone());
        if own && checksum.is_none() {
            return Err(faults::invalid_request(format!(
                "The upload was created using a {} checksum. The complete request must include the checksum for each part. It was missing for part {number} in the request.",
                upload.record.checksum
            )));
        }
        listed.push(Listed { number, etag: etag.trim_matches('"').to_owned(), checksum });
    }
    Ok(listed)
}

/// The parts that the client lists, as they were uploaded.
struct Found(Vec<(u32, PartRecord)>);

impl Found {
    async fn read(tx: &Txn, keys: &Keys, upload: &Upload, listed: Vec<Listed>) -> Result<Found> {
        let mut uploaded = HashMap::with_capacity(listed.len());
        for (key, part) in tx.records::<PartRecord>(&keys.parts(upload.id)).await? {
            uploaded.insert(key.last_number().unwrap_or_default() as u32, part);
        }
        let mut found = Vec::with_capacity(listed.len());
        for Listed { number, etag, checksum } in listed {
            let part = uploaded.remove(&number).filter(|part| {
                let as_stated = checksum.as_ref().is_none_or(|checksum| *checksum == part.checksum);
                part.etag.eq_ignore_ascii_case(&etag) && as_stated
            });
            let part = part.ok_or_else(|| faults::invalid_part_of(&id_text(upload.id), number, &etag))?;
            found.push((number, part));
        }
        let rest = found.split_last().map_or(&[][..], |(_, rest)| rest);
        match rest.iter().find(|(_, part)| part.size < MIN_PART) {
            Some((number, part)) => Err(faults::part_too_small(part.size, MIN_PART, *number, &part.etag)),
            None => Ok(Found(found)),
        }
    }

    /// What the upload becomes; a fault where it is not what the client says.
    fn object(&self, cx: &Cx, upload: &Upload, input: &CompleteMultipartUploadInput) -> Result<ObjectRecord> {
        let Upload { id, record } = upload;
        let size = self.0.iter().map(|(_, part)| part.size).sum::<u64>();
        if let Some(stated) = input.mpu_object_size
            && u64::try_from(stated) != Ok(size)
        {
            return Err(faults::invalid_request(format!(
                "The provided 'x-amz-mp-object-size' header value {stated} does not match what was computed: {size}"
            )));
        }
        let checksum = self.checksum(record)?;
        check_stated(record, &checksum, input)?;
        let (parts, part_size) = (self.ranges(), self.part_size());
        let content = Content { id: *id, kind: kind::PARTS, parts, part_size, ..Content::default() };
        Ok(ObjectRecord {
            size,
            // As AWS has it: the date of a multipart upload is when it began (S3 user guide, "Working with object metadata").
            modified: record.initiated,
            etag: self.etag(cx, record),
            content,
            checksum: Some(checksum),
            ..record.object.clone()
        })
    }

    fn ranges(&self) -> Vec<(u32, u32)> {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for (number, _) in &self.0 {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *number => *last = *number,
                _ => ranges.push((*number, *number)),
            }
        }
        ranges
    }

    /// Of every part but the last, if they are all alike; else 0.
    fn part_size(&self) -> u64 {
        let first = self.0.first().map_or(0, |(_, part)| part.size);
        let rest = self.0.split_last().map_or(&[][..], |(_, rest)| rest);
        if rest.iter().all(|(_, part)| part.size == first) { first } else { 0 }
    }

    /// The MD5 of the parts' MD5s, and how many they are.
    fn etag(&self, cx: &Cx, upload: &UploadRecord) -> String {
        let mut md5 = Hasher::new(Algorithm::Md5);
        for (_, part) in &self.0 {
            match HEXLOWER.decode(part.etag.as_bytes()) {
                Ok(etag) if part.md5.is_empty() => md5.update(&etag),
                _ => md5.update(&part.md5),
            }
        }
        let writing = encryption::Writing { key: None, record: upload.object.encryption.clone() };
        format!("{}-{}", writing.etag(cx, HEXLOWER.encode(&md5.finish())), self.0.len())
    }

    /// Of the whole, or of the parts' checksums.
    fn checksum(&self, upload: &UploadRecord) -> Result<ChecksumRecord> {
        let algorithm = upload.algorithm();
        let sum = |part: &PartRecord| BASE64.decode(part.checksum.as_bytes()).unwrap_or_default();
        let value = if upload.composite {
            let mut hasher = Hasher::new(algorithm);
            self.0.iter().for_each(|(_, part)| hasher.update(&sum(part)));
            format!("{}-{}", base64(&hasher.finish()), self.0.len())
        } else {
            let mut parts = self.0.iter();
            let first = parts.next().map(|(_, part)| sum(part)).unwrap_or_default();
            let combine =
                |whole: Vec<u8>, (_, part): &(u32, PartRecord)| algorithm.combine(&whole, &sum(part), part.size);
            let whole = parts.try_fold(first, combine);
            base64(&whole.ok_or_else(|| wire::common::internal_failure("checksums that do not combine"))?)
        };
        Ok(ChecksumRecord {
            composite: upload.composite,
            of_parts: upload.asked,
            ..checksum::record(algorithm, &value)
        })
    }
}

/// The object's checksum, where the client says one.
fn check_stated(upload: &UploadRecord, checksum: &ChecksumRecord, input: &CompleteMultipartUploadInput) -> Result<()> {
    // The model's documentation calls this BadDigest; AWS answers so.
    if input.checksum_type.as_ref().is_some_and(|kind| *kind != upload.checksum_type()) {
        return Err(faults::invalid_request(format!(
            "The upload was created using the {} checksum mode. The complete request must use the same checksum mode.",
            upload.checksum_type().as_str()
        )));
    }
    let algorithm = upload.algorithm();
    let mut stated = values!(input).into_iter().filter_map(|(value, found)| Some((value.as_deref()?, found)));
    let Some((value, found)) = stated.next() else { return Ok(()) };
    if stated.next().is_some() {
        return Err(faults::invalid_request(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ));
    }
    if found != algorithm {
        let expected = if upload.asked { algorithm.name() } else { "null" };
        return Err(faults::checksum_mismatch(expected, found.name()));
    }
    // A composite one is said with or without the number of the parts.
    let bare = |value: &str| value.split('-').next().unwrap_or_default().to_owned();
    if !checksum::is_well_formed(&bare(value), found) {
        return Err(faults::invalid_request(format!("Value for x-amz-checksum-{} header is invalid.", found.name())));
    }
    let same = if checksum.composite {
        value == checksum.value || value == bare(&checksum.value)
    } else {
        value == checksum.value
    };
    if same { Ok(()) } else { Err(checksum::bad(algorithm)) }
}

/// The object's URL, as the client addressed the bucket.
fn location(cx: &Cx, bucket: &Bucket, key: &str) -> String {
    let endpoint = &cx.request().endpoint;
    let key = names::escaped(key).replace('/', "%2F").replace('+', "%20");
    let by_host = endpoint
        .split_once("://")
        .is_some_and(|(_, host)| host.strip_prefix(bucket.name.as_str()).is_some_and(|rest| rest.starts_with('.')));
    if by_host { format!("{endpoint}/{key}") } else { format!("{endpoint}/{}/{key}", bucket.name) }
}
