//! Multipart uploads: beginning, finding and aborting them. What they are made of is in `part.rs`, what becomes of them in
//! `complete.rs`.
//!
//! Every change of an upload reads its row in its commit, and what ends it deletes the row. A part that replaces another one
//! writes the row anew, so that a completion that has seen the other one fails and looks again.

pub mod complete;
pub mod list;
pub mod part;

use crate::{
    attributes::{self, described},
    bucket::{Bucket, with_bucket},
    checksum::Algorithm,
    encryption, faults, garbage, names, owner,
    records::UploadRecord,
};
use data_encoding::HEXLOWER;
use kernel::{
    AccountId, Cx, Result,
    record::Record,
    store::{Rows, Txn},
};
use s3_api::*;
use wire::Timestamp;

/// The id of an upload, as clients see it. In its order, so that lists can go on behind one.
pub fn id_text(id: u128) -> String {
    HEXLOWER.encode(&id.to_be_bytes())
}

fn parse_id(text: &str) -> Option<u128> {
    let bytes = HEXLOWER.decode(text.as_bytes()).ok()?;
    Some(u128::from_be_bytes(bytes.try_into().ok()?))
}

/// An upload that a client names.
struct Upload {
    id: u128,
    record: UploadRecord,
}

impl Upload {
    async fn find(cx: &Cx, bucket: &Bucket, key: &str, text: &str) -> Result<Upload> {
        let none = || faults::no_such_upload(text);
        let id = parse_id(text).ok_or_else(none)?;
        let record = cx.read().record(&bucket.keys.upload(key, id)).await?.ok_or_else(none)?;
        Ok(Upload { id, record })
    }

    /// Its row within a transaction: what is committed depends on its still being there.
    async fn still(&self, tx: &mut Txn, bucket: &Bucket, key: &str) -> Result<UploadRecord> {
        let record = tx.read(&bucket.keys.upload(key, self.id)).await?;
        record.ok_or_else(|| faults::no_such_upload(&id_text(self.id)))
    }
}

impl UploadRecord {
    /// Of its parts' checksums.
    pub fn algorithm(&self) -> Algorithm {
        Algorithm::named(&self.checksum).unwrap_or(Algorithm::Crc64Nvme)
    }

    /// As clients see it, where one asked for it.
    fn shown_algorithm(&self) -> Option<ChecksumAlgorithm> {
        self.asked.then(|| self.checksum.to_ascii_uppercase().as_str().into())
    }

    fn checksum_type(&self) -> ChecksumType {
        if self.composite { ChecksumType::Composite } else { ChecksumType::FullObject }
    }

    fn shown_type(&self) -> Option<ChecksumType> {
        self.asked.then(|| self.checksum_type())
    }

    /// An account by its canonical id, anybody else by their ARN (API reference, "Initiator").
    fn shown_initiator(&self) -> Initiator {
        let account = self.initiator.strip_suffix(":root").and_then(|arn| AccountId::parse(arn.rsplit(':').next()?));
        Initiator { id: Some(account.map_or_else(|| self.initiator.clone(), owner::canonical_id)), display_name: None }
    }
}

pub async fn create_multipart_upload(cx: Cx, input: CreateMultipartUploadInput) -> Result<CreateMultipartUploadOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    names::check_key(&input.key)?;
    let (algorithm, composite) = checksum(input.checksum_algorithm.as_ref(), input.checksum_type.as_ref())?;
    let mut object = described!(&cx, &bucket, input).await?.record();
    object.encryption = encryption::of_write(&cx, &bucket, &input.key, encryption::asked!(input)).await?.record;
    // Behind its beginning, random bits: uploads of a key are listed in the order of their beginnings.
    let ids = cx.cloud().ids();
    let id = u128::from(ids.sequence(cx.now())) << 64 | u128::from(ids.u64());
    let upload = UploadRecord {
        id,
        initiated: Timestamp::from_secs(cx.now().secs()),
        object,
        initiator: cx.caller().arn(cx.region()),
        checksum: algorithm.unwrap_or(Algorithm::Crc64Nvme).name().to_owned(),
        composite,
        asked: algorithm.is_some(),
    };
    with_bucket(&cx, &bucket, async |tx, bucket| {
        tx.put(bucket.keys.upload(&input.key, id), upload.encode());
        Ok(())
    })
    .await?;
    let mut output = CreateMultipartUploadOutput {
        bucket: Some(bucket.name.clone()),
        upload_id: Some(id_text(id)),
        checksum_algorithm: upload.shown_algorithm(),
        checksum_type: upload.shown_type(),
        ..CreateMultipartUploadOutput::default()
    };
    if let Some((at, rule)) = crate::lifecycle::abort(&bucket, &input.key, upload.initiated)? {
        (output.abort_date, output.abort_rule_id) = (Some(at), Some(rule));
    }
    encryption::tell!(output, &upload.object);
    output.key = Some(input.key);
    Ok(output)
}

/// Which checksums the parts have, and whether the object's is one of theirs (S3 user guide, "Checking object integrity").
fn checksum(algorithm: Option<&ChecksumAlgorithm>, kind: Option<&ChecksumType>) -> Result<(Option<Algorithm>, bool)> {
    let algorithm = algorithm.map(attributes::named).transpose()?;
    let composite = match kind {
        None => return Ok((algorithm, algorithm.is_some_and(|algorithm| algorithm != Algorithm::Crc64Nvme))),
        Some(ChecksumType::Composite) => true,
        Some(ChecksumType::FullObject) => false,
        Some(_) => return Err(faults::invalid_request("Value for x-amz-checksum-type header is invalid.")),
    };
    let Some(found) = algorithm else {
        return Err(faults::invalid_request(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
        ));
    };
    let possible = if composite { found != Algorithm::Crc64Nvme } else { found.is_crc() };
    if !possible {
        let kind = if composite { "COMPOSITE" } else { "FULL_OBJECT" };
        return Err(faults::invalid_request(format!(
            "The {kind} checksum type cannot be used with the {} checksum algorithm.",
            found.name()
        )));
    }
    Ok((algorithm, composite))
}

pub async fn abort_multipart_upload(cx: Cx, input: AbortMultipartUploadInput) -> Result<AbortMultipartUploadOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    if input.if_match_initiated_time.is_some() {
        // Of directory buckets only.
        return Err(faults::not_implemented("x-amz-if-match-initiated-time"));
    }
    let none = || faults::no_such_upload(&input.upload_id);
    let id = parse_id(&input.upload_id).ok_or_else(none)?;
    with_bucket(&cx, &bucket, async |tx, bucket| match abort(&cx, tx, bucket, &input.key, id).await? {
        true => Ok(AbortMultipartUploadOutput::default()),
        false => Err(none()),
    })
    .await
}

/// Ends an upload; its parts go in the background. Whether there was one. The caller relies on the bucket's row.
pub async fn abort(cx: &Cx, tx: &mut Txn, bucket: &Bucket, key: &str, upload: u128) -> Result<bool> {
    let row = bucket.keys.upload(key, upload);
    if tx.get(&row).await?.is_none() {
        return Ok(false);
    }
    tx.delete(row);
    garbage::of_upload(cx, tx, bucket, upload);
    Ok(true)
}
