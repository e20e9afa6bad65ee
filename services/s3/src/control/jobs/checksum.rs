//! Computing checksums of objects where they are, whatever class they are in (S3 user guide, "Compute checksums").

use super::records::TaskRecord;
use crate::{
    bucket::Bucket,
    checksum::{Algorithm, Hasher},
    data, encryption,
    encryption::Customer,
    faults, get,
    records::{ObjectRecord, kind},
    seal::DataKey,
    target::may_of,
};
use data_encoding::{BASE64, HEXUPPER};
use kernel::{Cx, Result};
use s3control_api::*;
use wire::Json;

/// What the report tells of an object: its checksum and entity tag, as JSON.
pub async fn compute(role: &Cx, wanted: &S3ComputeObjectChecksumOperation, task: &TaskRecord) -> Result<String> {
    let name = wanted.checksum_algorithm.as_ref().map_or("CRC64NVME", |algorithm| algorithm.as_str());
    let algorithm = Algorithm::named(name).ok_or_else(faults::malformed_xml)?;
    let composite = wanted.checksum_type == Some(ComputeObjectChecksumType::Composite);
    let bucket = Bucket::lookup(role, &task.bucket).await?.ok_or_else(|| faults::no_such_bucket(&task.bucket))?;
    let version = task.version.as_deref();
    let action = if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
    may_of(role, &bucket, action, &task.key, version).await?;
    let record = get::version(role, &bucket, &task.key, version).await?;
    // Of what is under a customer's own key nobody else can.
    let key = encryption::of_read(role, &bucket, &task.key, &record, &Customer::default()).await?;
    let (sum, parts) = match composite {
        false => (stretch(role, &bucket, &record, key, algorithm, (0, record.size)).await?, None),
        true => of_parts(role, &bucket, &record, key, algorithm).await?,
    };
    let count = parts.map(|parts| format!("-{parts}")).unwrap_or_default();
    let told = Json::from([
        ("checksum_base64", format!("{}{count}", BASE64.encode(&sum))),
        ("etag", record.etag.clone()),
        ("checksumAlgorithm", name.to_owned()),
        ("checksumType", if composite { "COMPOSITE" } else { "FULL_OBJECT" }.to_owned()),
        ("checksum_hex", HEXUPPER.encode(&sum)),
    ]);
    Ok(told.to_string())
}

/// Of the bytes `from..to`.
async fn stretch(
    role: &Cx,
    bucket: &Bucket,
    record: &ObjectRecord,
    key: Option<DataKey>,
    algorithm: Algorithm,
    (from, to): (u64, u64),
) -> Result<Vec<u8>> {
    let pieces = data::pieces(&*role.read(), &bucket.keys, &record.content, record.size, from, to).await?;
    let mut body = data::read(role, &bucket.keys, pieces, key).await?;
    let mut hasher = Hasher::new(algorithm);
    while let Some(piece) = body.next().await {
        hasher.update(&piece.map_err(faults::of_body)?);
    }
    Ok(hasher.finish())
}

/// Of the checksums of the parts, and how many there are. An object that was put at once is its own only part.
async fn of_parts(
    role: &Cx,
    bucket: &Bucket,
    record: &ObjectRecord,
    key: Option<DataKey>,
    algorithm: Algorithm,
) -> Result<(Vec<u8>, Option<usize>)> {
    let sizes = match record.content.kind {
        kind::PARTS => {
            let parts = data::parts(&*role.read(), &bucket.keys, &record.content, None).await?;
            parts.iter().map(|(_, part)| part.size).collect()
        }
        _ => vec![record.size],
    };
    let (mut whole, mut at) = (Hasher::new(algorithm), 0);
    for size in &sizes {
        whole.update(&stretch(role, bucket, record, key.clone(), algorithm, (at, at + size)).await?);
        at += size;
    }
    Ok((whole.finish(), Some(sizes.len())))
}
