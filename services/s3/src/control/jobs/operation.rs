//! What a job does with an object: an operation of S3, called as the job's role.

use super::{asked::not_built, checksum, copy, records::TaskRecord, replicate};
use crate::{bucket::Bucket, faults};
use kernel::{Cx, Result};
use s3_api as s3;
use s3control_api::*;
use wire::Input;

/// Attempts of a task that this cloud could not serve.
const ATTEMPTS: usize = 3;

/// What came of a task, as reports have it.
pub struct Outcome {
    pub succeeded: bool,
    /// Of HTTP.
    pub status: u16,
    /// Empty where it succeeded.
    pub code: String,
    pub message: String,
}

impl Outcome {
    fn of(result: Result<String>) -> Outcome {
        match result {
            Ok(message) => Outcome { succeeded: true, status: 200, code: String::new(), message },
            Err(fault) => Outcome {
                succeeded: false,
                status: fault.kind().status,
                code: fault.kind().code.to_owned(),
                message: fault.message().to_owned(),
            },
        }
    }
}

/// Whether doing it twice comes to the same, answers included.
pub fn bears_repeating(operation: &JobOperation) -> bool {
    operation.s3_initiate_restore_object.is_none()
}

/// `again`: it may have been done already, by a slice whose end was never committed.
pub async fn run(role: &Cx, operation: &JobOperation, task: &TaskRecord, again: bool) -> Outcome {
    let mut result = once(role, operation, task).await;
    for _ in 1..ATTEMPTS {
        if !result.as_ref().is_err_and(|fault| fault.kind().status >= 500) {
            break;
        }
        result = once(role, operation, task).await;
    }
    match result {
        Err(fault) if again && fault.kind().code == faults::RESTORE_ALREADY_IN_PROGRESS.code => {
            Outcome::of(Ok(SUCCESSFUL.to_owned()))
        }
        result => Outcome::of(result),
    }
}

pub const SUCCESSFUL: &str = "Successful";

async fn once(role: &Cx, operation: &JobOperation, task: &TaskRecord) -> Result<String> {
    let (bucket, key, version_id) = (task.bucket.clone(), task.key.clone(), task.version.clone());
    if let Some(wanted) = &operation.s3_put_object_copy {
        return call(role, copy::input(wanted, task)?).await;
    }
    at_home(role, &bucket).await?;
    if let Some(S3SetObjectAclOperation { access_control_policy: Some(policy) }) = &operation.s3_put_object_acl {
        let acl = policy.canned_access_control_list.as_ref().map(|canned| canned.as_str().into());
        let access_control_policy = policy.access_control_list.as_ref().map(list);
        let input = s3::PutObjectAclInput { bucket, key, version_id, acl, access_control_policy, ..Default::default() };
        return call(role, input).await;
    }
    if let Some(wanted) = &operation.s3_put_object_tagging {
        let tags = wanted.tag_set.iter().flatten();
        let tag_set = tags.map(|tag| s3::Tag { key: tag.key.clone(), value: tag.value.clone() }).collect();
        let tagging = s3::Tagging { tag_set };
        return call(role, s3::PutObjectTaggingInput { bucket, key, version_id, tagging, ..Default::default() }).await;
    }
    if operation.s3_delete_object_tagging.is_some() {
        return call(role, s3::DeleteObjectTaggingInput { bucket, key, version_id, ..Default::default() }).await;
    }
    if let Some(wanted) = &operation.s3_initiate_restore_object {
        let tier = match wanted.glacier_job_tier {
            Some(S3GlacierJobTier::Bulk) => s3::Tier::Bulk,
            _ => s3::Tier::Standard,
        };
        let request = s3::RestoreRequest {
            days: wanted.expiration_in_days.filter(|days| *days > 0),
            glacier_job_parameters: Some(s3::GlacierJobParameters { tier }),
            ..Default::default()
        };
        let restore_request = Some(request);
        return call(role, s3::RestoreObjectInput { bucket, key, version_id, restore_request, ..Default::default() })
            .await;
    }
    if let Some(wanted) = &operation.s3_put_object_legal_hold {
        let status = Some(wanted.legal_hold.status.as_str().into());
        let legal_hold = Some(s3::ObjectLockLegalHold { status });
        return call(role, s3::PutObjectLegalHoldInput { bucket, key, version_id, legal_hold, ..Default::default() })
            .await;
    }
    if let Some(S3SetObjectRetentionOperation { bypass_governance_retention, retention }) =
        &operation.s3_put_object_retention
    {
        let retention = s3::ObjectLockRetention {
            mode: retention.mode.as_ref().map(|mode| mode.as_str().into()),
            retain_until_date: retention.retain_until_date,
        };
        let input = s3::PutObjectRetentionInput {
            bucket,
            key,
            version_id,
            retention: Some(retention),
            bypass_governance_retention: *bypass_governance_retention,
            ..Default::default()
        };
        return call(role, input).await;
    }
    if operation.s3_replicate_object.is_some() {
        return replicate::replicate(role, task).await.map(|()| SUCCESSFUL.to_owned());
    }
    let encryption =
        operation.s3_update_object_encryption.as_ref().and_then(|wanted| wanted.object_encryption.as_ref());
    if let Some(kms) = encryption.and_then(|encryption| encryption.sse_kms.as_ref()) {
        let object_encryption = s3::ObjectEncryption::SseKms(s3::SSEKMSEncryption {
            kms_key_arn: kms.kms_key_arn.clone(),
            bucket_key_enabled: kms.bucket_key_enabled,
        });
        let input =
            s3::UpdateObjectEncryptionInput { bucket, key, version_id, object_encryption, ..Default::default() };
        return call(role, input).await;
    }
    match &operation.s3_compute_object_checksum {
        Some(wanted) => checksum::compute(role, wanted, task).await,
        None => Err(not_built("The job's operation")),
    }
}

async fn call<I: Input>(role: &Cx, input: I) -> Result<String> {
    role.call(input).await?;
    Ok(SUCCESSFUL.to_owned())
}

/// A job's objects are in its own Region (S3 user guide, "Performing object operations in bulk with Batch Operations").
async fn at_home(role: &Cx, name: &str) -> Result<()> {
    match Bucket::lookup(role, name).await? {
        Some(bucket) if bucket.region != role.region() => Err(faults::permanent_redirect(name, bucket.region.as_str())),
        // What is not there, the operation says itself.
        _ => Ok(()),
    }
}

fn list(list: &S3AccessControlList) -> s3::AccessControlPolicy {
    let owner = s3::Owner { id: list.owner.id.clone(), display_name: list.owner.display_name.clone() };
    let grants = list.grants.iter().flatten().map(|grant| {
        let grantee = grant.grantee.as_ref();
        let identifier = grantee.and_then(|grantee| grantee.identifier.clone());
        let mut to = s3::Grantee::default();
        match grantee.and_then(|grantee| grantee.type_identifier.as_ref()) {
            Some(S3GranteeTypeIdentifier::Uri) => {
                to.r#type = s3::Type::Group;
                to.uri = identifier;
            }
            Some(S3GranteeTypeIdentifier::EmailAddress) => {
                to.r#type = s3::Type::AmazonCustomerByEmail;
                to.email_address = identifier;
            }
            _ => {
                to.r#type = s3::Type::CanonicalUser;
                to.id = identifier;
            }
        }
        let permission = grant.permission.as_ref().map(|permission| permission.as_str().into());
        s3::Grant { grantee: Some(to), permission }
    });
    s3::AccessControlPolicy { owner: Some(owner), grants: Some(grants.collect()) }
}
