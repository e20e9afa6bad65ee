//! UpdateObjectEncryption: an object that is there gets another KMS key (S3 user guide, "Updating server-side encryption for
//! existing objects"). What is sealed already keeps its bytes, and its data key is encrypted anew; what is stored as it is
//! gets sealed.

use super::{kms::Kms, own_key, plain_key};
use crate::{
    bucket::{Bucket, with_bucket},
    data,
    duplicate::Bytes,
    faults, get,
    records::{EncryptionRecord, ObjectRecord},
    versions,
};
use kernel::{Arn, Cx, Result, record::Record};
use s3_api::*;
use wire::Fault;

const LATER: &str = "Only source objects encrypted with SSE-S3 or SSE-KMS are supported.";

pub async fn update_object_encryption(
    cx: Cx,
    input: UpdateObjectEncryptionInput,
) -> Result<UpdateObjectEncryptionOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let (kms_key, bucket_key) = wanted(&bucket, &input.object_encryption)?;
    let found = get::version(&cx, &bucket, &input.key, input.version_id.as_deref()).await?;
    check(&cx, &found)?;
    let kms = Kms { cx: &cx, bucket: &bucket, key: &input.key, bucket_key };
    let (bytes, encryption) = match &found.encryption {
        None => {
            let writing = kms.generate("aws:kms", kms_key, None).await?;
            let bytes = match &writing.key {
                Some(key) => Some(Bytes::sealed(&cx, &bucket, &found.content, found.size, key).await?),
                None => None,
            };
            (bytes, writing.record)
        }
        Some(encryption) => {
            let plain = match encryption.algorithm.as_str() {
                "AES256" => own_key(&cx, encryption)?,
                _ => plain_key(&cx, &bucket, &input.key, encryption).await?,
            };
            let context = encryption.context.clone();
            let new = EncryptionRecord { algorithm: "aws:kms".to_owned(), context, ..EncryptionRecord::default() };
            (None, Some(kms.encrypt(&new, &plain, kms_key).await?))
        }
    };
    let version = versions::Named::of(&found);
    let done = with_bucket(&cx, &bucket, async |tx, bucket| {
        let changed = versions::change(tx, bucket, &input.key, Some(&version)).await?;
        let Some((row, mut record)) = changed else { return Err(faults::no_such_key(&input.key)) };
        check(&cx, &record)?;
        // Written, or encrypted anew, by somebody else meanwhile.
        if record.order != found.order || record.content != found.content || record.encryption != found.encryption {
            return Err(faults::operation_aborted());
        }
        if let Some(bytes) = &bytes {
            bytes.keep(&cx, tx, bucket).await?;
            data::forget(&cx, tx, bucket, &record.content);
            record.content = bytes.content();
        }
        record.encryption = encryption.clone();
        tx.put(row, record.encode());
        Ok(())
    })
    .await;
    if let (Err(_), Some(bytes)) = (&done, &bytes) {
        bytes.abandon(&cx);
    }
    done?;
    Ok(UpdateObjectEncryptionOutput::default())
}

/// The ARN of the key, and whether a bucket key is used.
fn wanted<'a>(bucket: &Bucket, asked: &'a ObjectEncryption) -> Result<(&'a str, bool)> {
    let ObjectEncryption::SseKms(asked) = asked else {
        return Err(faults::invalid_request(
            "Requests that modify an object encryption configuration require a valid new encryption type. Valid values are SSEKMS. Modify the request to specify SSE-KMS for the updated encryption type, and then try again.",
        ));
    };
    let key = asked.kms_key_arn.as_str();
    if key.is_empty() {
        return Err(faults::invalid_request(
            "Requests that modify an object's encryption type to SSE-KMS require an Amazon Web Services KMS key Amazon Resource Name (ARN). Modify the request to specify a KMS key ARN, and then try again.",
        ));
    }
    let arn = Arn::parse(key).filter(|arn| arn.service == "kms" && arn.resource.starts_with("key/"));
    let Some(account) = arn.and_then(|arn| arn.account_id()) else {
        return Err(faults::invalid_request(
            "Requests that modify an object's encryption type to SSE-KMS require a valid Amazon Web Services KMS key Amazon Resource Name (ARN). Confirm that you have a correctly formatted KMS key ARN in your request, and then try again.",
        ));
    };
    if account != bucket.account {
        return Err(faults::ACCESS_DENIED.fault(
            "The Amazon Web Services KMS key in the request must be owned by the same account as the bucket. Modify the request to specify a KMS key from the same account, and then try again.",
        ));
    }
    Ok((key, asked.bucket_key_enabled == Some(true)))
}

/// What is locked, or encrypted in a way that only its writer could change, stays.
fn check(cx: &Cx, record: &ObjectRecord) -> Result<()> {
    if record.legal_hold || !record.lock_mode.is_empty() && cx.now() < record.retain_until {
        return Err(faults::ACCESS_DENIED.fault(
            "The encryption type for the specified object can't be updated because that object is protected by S3 Object Lock.",
        ));
    }
    let Some(encryption) = &record.encryption else { return Ok(()) };
    match encryption.customer_key_md5.is_empty() && encryption.algorithm != "aws:kms:dsse" {
        true => Ok(()),
        false => Err(unsupported()),
    }
}

fn unsupported() -> Fault {
    faults::invalid_request(format!(
        "The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS or SSE-C. {LATER}"
    ))
}
