//! Listing uploads, and the parts of one.

use super::{Upload, id_text, parse_id};
use crate::{
    attributes,
    bucket::Bucket,
    checksum::{record, tell},
    encryption, faults,
    list::Listing,
    owner,
    records::{PartRecord, UploadRecord},
    walk::{Item, Walk},
};
use kernel::{Cx, Result, record::Record, store::Scan};
use s3_api::*;

/// Parts listed at once (S3 user guide, "Amazon S3 multipart upload limits").
const MAX_LISTED: i32 = 1_000;

/// Where a list of parts begins, and how long it is.
pub fn part_page(most: Option<i32>, marker: Option<i32>) -> Result<(usize, i32)> {
    let refuse = |name: &str, value: i32| {
        let message = format!("Argument {name} must be an integer between 0 and 2147483647");
        Err(faults::invalid_argument(name, value.to_string(), message))
    };
    match (most.unwrap_or(MAX_LISTED), marker.unwrap_or(0)) {
        (most, _) if most < 0 => refuse("max-parts", most),
        (_, marker) if marker < 0 => refuse("part-number-marker", marker),
        (most, marker) => Ok((most.min(MAX_LISTED) as usize, marker)),
    }
}

pub async fn list_parts(cx: Cx, input: ListPartsInput) -> Result<ListPartsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let (limit, marker) = part_page(input.max_parts, input.part_number_marker)?;
    let Upload { id, record: upload } = Upload::find(&cx, &bucket, &input.key, &input.upload_id).await?;
    let customer = encryption::customer!(input);
    if customer.algorithm.is_some() {
        encryption::of_read(&cx, &bucket, &input.key, &upload.object, &customer).await?;
    }
    let snapshot = cx.read();
    let range = bucket.keys.parts(id).children().after(&bucket.keys.part(id, marker as u32));
    let (rows, more) = match limit {
        0 => (Vec::new(), false),
        limit => {
            let page = snapshot.scan(&range, &Scan { limit, ..Scan::default() }).await?;
            (page.rows, page.more)
        }
    };
    let mut parts = Vec::with_capacity(rows.len());
    for row in rows {
        let part = PartRecord::read(&row.value)?;
        let mut shown = Part {
            part_number: row.key.last_number().map(|number| number as i32),
            last_modified: Some(part.modified),
            e_tag: Some(attributes::quoted(&part.etag)),
            size: Some(part.size as i64),
            ..Part::default()
        };
        if upload.asked {
            tell!(shown, Some(record(upload.algorithm(), &part.checksum)));
        }
        parts.push(shown);
    }
    let abort = crate::lifecycle::abort(&bucket, &input.key, upload.initiated)?;
    Ok(ListPartsOutput {
        abort_date: abort.as_ref().map(|(at, _)| *at),
        abort_rule_id: abort.map(|(_, rule)| rule),
        bucket: Some(bucket.name.clone()),
        upload_id: Some(id_text(id)),
        part_number_marker: Some(marker),
        next_part_number_marker: Some(parts.last().and_then(|part| part.part_number).unwrap_or(0)),
        max_parts: Some(limit as i32),
        is_truncated: Some(more),
        parts: (!parts.is_empty()).then_some(parts),
        initiator: Some(upload.shown_initiator()),
        owner: Some(owner::of(bucket.account)),
        storage_class: Some(attributes::shown_class(&upload.object).into()),
        checksum_algorithm: upload.shown_algorithm(),
        checksum_type: upload.shown_type(),
        key: Some(input.key),
        ..ListPartsOutput::default()
    })
}

pub async fn list_multipart_uploads(cx: Cx, input: ListMultipartUploadsInput) -> Result<ListMultipartUploadsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let listing =
        Listing::new(&input.prefix, &input.delimiter, input.max_uploads, input.encoding_type.as_ref(), "max-uploads")?;
    let snapshot = cx.read();
    let mut walk = Walk::new(&*snapshot, bucket.keys.uploads(), listing.prefix, listing.delimiter);
    // Without a key, the marker of an upload says nothing.
    let key_marker = input.key_marker.as_deref().filter(|marker| !marker.is_empty());
    let upload_marker = input.upload_id_marker.as_deref().filter(|marker| key_marker.is_some() && !marker.is_empty());
    match (key_marker, upload_marker) {
        (None, _) => {}
        (Some(key), None) => walk.after(key),
        (Some(key), Some(upload)) => {
            let invalid = || faults::invalid_argument("upload-id-marker", upload, "Invalid uploadId marker");
            walk.after_row(&bucket.keys.upload(key, parse_id(upload).ok_or_else(invalid)?));
        }
    }
    let (mut uploads, mut prefixes) = (Vec::new(), Vec::new());
    let mut last: (Option<String>, Option<String>) = (None, None);
    let mut truncated = false;
    while listing.limit > 0
        && let Some(item) = walk.next().await?
    {
        if uploads.len() + prefixes.len() == listing.limit {
            truncated = true;
            break;
        }
        match item {
            Item::Prefix(prefix) => {
                last = (Some(listing.text(&prefix)), None);
                prefixes.push(prefix);
            }
            Item::Row { key, row } => {
                let upload = UploadRecord::read(&row.value)?;
                last = (Some(listing.text(&key)), Some(id_text(upload.id)));
                uploads.push(shown(&bucket, &listing, &key, &upload));
            }
        }
    }
    let (next_key, next_upload) = if truncated { last } else { (None, None) };
    Ok(ListMultipartUploadsOutput {
        bucket: Some(bucket.name.clone()),
        key_marker: Some(listing.text(input.key_marker.as_deref().unwrap_or_default())),
        upload_id_marker: Some(upload_marker.unwrap_or_default().to_owned()),
        next_key_marker: next_key,
        next_upload_id_marker: next_upload,
        prefix: listing.optional(input.prefix.as_deref()),
        delimiter: listing.optional(input.delimiter.as_deref()),
        max_uploads: Some(listing.limit as i32),
        is_truncated: Some(truncated),
        uploads: (!uploads.is_empty()).then_some(uploads),
        common_prefixes: listing.prefixes(prefixes),
        encoding_type: input.encoding_type.clone(),
        ..ListMultipartUploadsOutput::default()
    })
}

fn shown(bucket: &Bucket, listing: &Listing<'_>, key: &str, upload: &UploadRecord) -> MultipartUpload {
    MultipartUpload {
        upload_id: Some(id_text(upload.id)),
        key: Some(listing.text(key)),
        initiated: Some(upload.initiated),
        storage_class: Some(attributes::shown_class(&upload.object).into()),
        owner: Some(owner::of(bucket.account)),
        initiator: Some(upload.shown_initiator()),
        checksum_algorithm: upload.shown_algorithm(),
        checksum_type: upload.shown_type(),
    }
}
