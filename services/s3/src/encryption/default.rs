//! What a bucket does with objects whose writers say nothing of encryption.

use crate::{
    bucket::Bucket,
    configuration::{self, encode},
    faults,
};
use kernel::{Arn, Cx, Result};
use s3_api::*;

const NAME: &str = "encryption";

/// The default encryption of a bucket.
pub struct Default {
    pub algorithm: String,
    pub kms_key: Option<String>,
    pub bucket_key: bool,
}

/// Every bucket encrypts, with S3's own keys unless it says otherwise.
pub fn of(bucket: &Bucket) -> Result<Default> {
    let rule = bucket.configuration.get::<ServerSideEncryptionConfiguration>(NAME)?;
    let rule = rule.and_then(|configuration| configuration.rules.into_iter().next()).unwrap_or_default();
    let by_default = rule.apply_server_side_encryption_by_default;
    Ok(Default {
        algorithm: by_default.as_ref().map_or("AES256", |default| default.sse_algorithm.as_str()).to_owned(),
        kms_key: by_default.and_then(|default| default.kms_master_key_id),
        bucket_key: rule.bucket_key_enabled == Some(true),
    })
}

/// Whether writers may not bring keys of their own.
pub fn blocks_customer_keys(bucket: &Bucket) -> Result<bool> {
    let configuration = bucket.configuration.get::<ServerSideEncryptionConfiguration>(NAME)?.unwrap_or_default();
    let blocked = |rule: &ServerSideEncryptionRule| {
        let types = rule.blocked_encryption_types.as_ref().and_then(|blocked| blocked.encryption_type.as_ref());
        types.is_some_and(|types| types.contains(&EncryptionType::SseC))
    };
    Ok(configuration.rules.iter().any(blocked))
}

pub async fn get_bucket_encryption(cx: Cx, input: GetBucketEncryptionInput) -> Result<GetBucketEncryptionOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let configuration = bucket.configuration.get(NAME)?.unwrap_or_else(|| ServerSideEncryptionConfiguration {
        rules: vec![ServerSideEncryptionRule {
            apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
                sse_algorithm: ServerSideEncryption::Aes256,
                kms_master_key_id: None,
            }),
            bucket_key_enabled: Some(false),
            ..ServerSideEncryptionRule::default()
        }],
    });
    Ok(GetBucketEncryptionOutput { server_side_encryption_configuration: Some(configuration) })
}

pub async fn put_bucket_encryption(cx: Cx, input: PutBucketEncryptionInput) -> Result<PutBucketEncryptionOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let configuration = input.server_side_encryption_configuration;
    let [rule] = configuration.rules.as_slice() else { return Err(faults::malformed_xml()) };
    if let Some(types) = rule.blocked_encryption_types.as_ref().and_then(|blocked| blocked.encryption_type.as_ref())
        && types.iter().any(|kind| matches!(kind, EncryptionType::Unknown(_)))
    {
        return Err(faults::malformed_xml());
    }
    if let Some(default) = &rule.apply_server_side_encryption_by_default {
        match &default.sse_algorithm {
            ServerSideEncryption::Aes256 if default.kms_master_key_id.is_some() => {
                return Err(faults::INVALID_ARGUMENT.fault(
                    "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
                ));
            }
            ServerSideEncryption::Aes256 => {}
            ServerSideEncryption::AwsKms | ServerSideEncryption::AwsKmsDsse => {
                let key = default.kms_master_key_id.as_deref().and_then(Arn::parse);
                if key.is_some_and(|key| key.region != bucket.region.as_str()) {
                    return Err(faults::INVALID_ARGUMENT.fault("The KMS key is in another Region than the bucket"));
                }
            }
            _ => return Err(faults::malformed_xml()),
        }
    }
    cx.write(async |tx| configuration::set(tx, &bucket, NAME, "", Some(encode(&configuration))).await).await?;
    Ok(PutBucketEncryptionOutput {})
}

pub async fn delete_bucket_encryption(
    cx: Cx,
    input: DeleteBucketEncryptionInput,
) -> Result<DeleteBucketEncryptionOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    cx.write(async |tx| configuration::set(tx, &bucket, NAME, "", None).await).await?;
    Ok(DeleteBucketEncryptionOutput {})
}
