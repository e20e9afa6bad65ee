//! Putting objects in one piece.

use crate::{
    attributes::{self, described},
    bucket::{Bucket, with_bucket},
    checksum::{self, stated, tell},
    conditions, data, encryption, events, faults, names,
    records::ObjectRecord,
    replication::pending,
    versions,
};
use kernel::{Cx, Result};
use s3_api::*;

pub async fn put_object(cx: Cx, mut input: PutObjectInput) -> Result<PutObjectOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    names::check_key(&input.key)?;
    if input.write_offset_bytes.is_some() {
        // Of directory buckets only.
        return Err(faults::not_implemented("x-amz-write-offset-bytes"));
    }
    let body = input.body.take().unwrap_or_default();
    let length = body.len();
    // A file in a form is as long as it turns out to be.
    let posted = cx.request().head.as_ref().is_some_and(|head| head.method == http::Method::POST);
    let event = if posted { Event::S3ObjectCreatedPost } else { Event::S3ObjectCreatedPut };
    if length.is_none() && !posted {
        return Err(faults::missing_content_length());
    }
    conditions::check_write(&input.if_match, &input.if_none_match)?;
    let described = described!(&cx, &bucket, input).await?;
    described.needs_checksum(&cx)?;
    let encryption = encryption::of_write(&cx, &bucket, &input.key, encryption::asked!(input)).await?;
    let stated = stated!(input)?;
    let expected = data::Expected {
        md5: input.content_md5.as_deref(),
        algorithm: attributes::algorithm(&cx, &stated, input.checksum_algorithm.as_ref())?,
        checksum: stated.value,
        kept: None,
    };
    let stored = data::take(&cx, body, encryption.key.as_ref(), expected).await?;
    let mut record = ObjectRecord {
        size: stored.size,
        etag: encryption.etag(&cx, stored.md5_text()),
        content: stored.content.clone(),
        checksum: stored.checksum.as_ref().map(|(algorithm, value)| checksum::record(*algorithm, value)),
        encryption: encryption.record.clone(),
        ..described.record()
    };
    let done = with_bucket(&cx, &bucket, async |tx, bucket| {
        conditions::hold_for_write(tx, bucket, &input.key, &input.if_match, &input.if_none_match).await?;
        pending::put(&cx, tx, bucket, &input.key, &mut record).await?;
        stored.keep(tx, &bucket.keys);
        events::note(&cx, tx, bucket, &event, &input.key, &record)?;
        Ok(bucket.is_versioned())
    })
    .await;
    let versioned = match done {
        Ok(versioned) => versioned,
        Err(fault) => {
            stored.abandon(&cx);
            return Err(fault);
        }
    };
    let mut output = PutObjectOutput {
        e_tag: Some(attributes::quoted(&record.etag)),
        version_id: versioned.then(|| versions::id(&record)),
        checksum_type: record.checksum.as_ref().map(checksum::kind),
        ..PutObjectOutput::default()
    };
    output.expiration = crate::lifecycle::expiration(&bucket, &input.key, &record)?;
    encryption::tell!(output, &record);
    tell!(output, &record.checksum);
    Ok(output)
}
