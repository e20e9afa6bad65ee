//! GetObjectAttributes: what is known of an object and its parts, without its bytes.

use crate::{
    attributes,
    bucket::Bucket,
    checksum::{self, tell},
    data, encryption, faults, get,
    multipart::list::part_page,
    records::{ChecksumRecord, ObjectRecord, kind},
    versions,
};
use kernel::{Cx, Result};
use s3_api::*;

pub async fn get_object_attributes(cx: Cx, input: GetObjectAttributesInput) -> Result<GetObjectAttributesOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let unknown = |wanted: &&ObjectAttributes| matches!(wanted, ObjectAttributes::Unknown(_));
    if input.object_attributes.is_empty() || input.object_attributes.iter().any(|wanted| unknown(&wanted)) {
        let value: Vec<&str> = input.object_attributes.iter().map(|wanted| wanted.as_str()).collect();
        return Err(faults::invalid_argument(
            "x-amz-object-attributes",
            value.join(","),
            "Invalid attribute name specified.",
        ));
    }
    let (limit, marker) = part_page(input.max_parts, input.part_number_marker)?;
    let record = get::version(&cx, &bucket, &input.key, input.version_id.as_deref()).await?;
    encryption::of_read(&cx, &bucket, &input.key, &record, &encryption::customer!(input)).await?;
    let wants = |attribute: ObjectAttributes| input.object_attributes.contains(&attribute);
    let mut output = GetObjectAttributesOutput {
        last_modified: Some(record.modified),
        version_id: bucket.is_versioned().then(|| versions::id(&record)),
        ..GetObjectAttributesOutput::default()
    };
    if wants(ObjectAttributes::ETag) {
        // The only answer that has it without quotes.
        output.e_tag = Some(record.etag.clone());
    }
    if wants(ObjectAttributes::Checksum) {
        output.checksum = record.checksum.as_ref().map(whole);
    }
    if wants(ObjectAttributes::ObjectParts) && record.content.kind == kind::PARTS {
        output.object_parts = Some(parts(&cx, &bucket, &record, limit, marker).await?);
    }
    if wants(ObjectAttributes::StorageClass) {
        output.storage_class = Some(attributes::shown_class(&record).into());
    }
    if wants(ObjectAttributes::ObjectSize) {
        output.object_size = Some(record.size as i64);
    }
    Ok(output)
}

/// A composite checksum is told without the number of the parts here.
fn whole(record: &ChecksumRecord) -> Checksum {
    let mut shown = Checksum { checksum_type: Some(checksum::kind(record)), ..Checksum::default() };
    let bare = record.value.split('-').next().unwrap_or_default().to_owned();
    tell!(shown, Some(ChecksumRecord { value: bare, ..record.clone() }));
    shown
}

/// Parts are listed where the client had chosen their checksums; else they are counted (API reference,
/// "GetObjectAttributesParts").
async fn parts(
    cx: &Cx,
    bucket: &Bucket,
    record: &ObjectRecord,
    limit: usize,
    marker: i32,
) -> Result<GetObjectAttributesParts> {
    let total = record.content.count() as i32;
    let counted = GetObjectAttributesParts { total_parts_count: Some(total), ..GetObjectAttributesParts::default() };
    let Some(sum) = record.checksum.as_ref().filter(|sum| sum.of_parts) else { return Ok(counted) };
    let keys = &bucket.keys;
    let range = keys.parts(record.content.id).children().after(&keys.part(record.content.id, marker as u32));
    let mut found = data::parts(&*cx.read(), keys, &record.content, Some(range)).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let shown = |(number, part): &(u32, crate::records::PartRecord)| {
        let mut shown =
            ObjectPart { part_number: Some(*number as i32), size: Some(part.size as i64), ..ObjectPart::default() };
        tell!(shown, Some(ChecksumRecord { value: part.checksum.clone(), ..sum.clone() }));
        shown
    };
    Ok(GetObjectAttributesParts {
        part_number_marker: Some(marker),
        next_part_number_marker: Some(found.last().map_or(0, |(number, _)| *number as i32)),
        max_parts: Some(limit as i32),
        is_truncated: Some(more),
        parts: Some(found.iter().map(shown).collect()),
        ..counted
    })
}
