//! What a new job is asked to be: checks of its parameters. All sentences are guesses.

use kernel::{Arn, Result};
use s3control_api::*;
use wire::{Fault, Shape, View};

fn bad(message: impl Into<String>) -> Fault {
    fault::bad_request_exception(message)
}

/// What AWS has and this cloud has not.
pub fn not_built(what: &str) -> Fault {
    wire::common::not_implemented(format!("{what} is not part of this cloud yet."))
}

/// The name of the one operation that is asked for.
pub fn operation_name(operation: &JobOperation) -> Option<&'static str> {
    let members = operation.schema().members.iter().enumerate();
    let mut given = members.filter(|(index, _)| !matches!(operation.get(*index), View::Unset));
    let (_, first) = given.next()?;
    given.next().is_none().then_some(first.name)
}

pub fn check(input: &CreateJobInput) -> Result<()> {
    if operation_name(&input.operation).is_none() {
        return Err(bad("Exactly one operation must be specified."));
    }
    operation(&input.operation)?;
    report(&input.report)?;
    match (&input.manifest, &input.manifest_generator) {
        (Some(manifest), None) => check_manifest(manifest),
        (None, Some(JobManifestGenerator::S3JobManifestGenerator(wanted))) => generator(wanted),
        _ => Err(bad("Either a Manifest or a ManifestGenerator must be specified.")),
    }
}

fn operation(asked: &JobOperation) -> Result<()> {
    if asked.lambda_invoke.is_some() {
        return Err(not_built("LambdaInvoke"));
    }
    if let Some(wanted) = &asked.s3_update_object_encryption
        && wanted.object_encryption.as_ref().is_none_or(|encryption| encryption.sse_kms.is_none())
    {
        return Err(bad("ObjectEncryption must have SSE-KMS."));
    }
    if let Some(wanted) = &asked.s3_put_object_copy {
        copy(wanted)?;
    }
    if let Some(wanted) = &asked.s3_put_object_acl {
        let policy = wanted.access_control_policy.as_ref();
        let policy = policy.ok_or_else(|| bad("AccessControlPolicy must be specified."))?;
        if policy.access_control_list.is_some() == policy.canned_access_control_list.is_some() {
            return Err(bad("Either AccessControlList or CannedAccessControlList must be specified."));
        }
        if let Some(list) = &policy.access_control_list {
            grants(list.grants.as_deref().unwrap_or_default())?;
        }
    }
    if let Some(wanted) = &asked.s3_put_object_retention {
        let Retained { mode, until } = Retained::of(&wanted.retention);
        if mode != until {
            return Err(bad("Mode and RetainUntilDate must be specified together."));
        }
    }
    if let Some(wanted) = &asked.s3_compute_object_checksum {
        let composite = wanted.checksum_type == Some(ComputeObjectChecksumType::Composite);
        // S3 user guide, "Checking object integrity for data at rest".
        let whole_only = matches!(wanted.checksum_algorithm, None | Some(ComputeObjectChecksumAlgorithm::Crc64Nvme));
        if composite && whole_only {
            return Err(bad("The CRC64NVME algorithm supports the FULL_OBJECT checksum type only."));
        }
    }
    Ok(())
}

struct Retained {
    mode: bool,
    until: bool,
}

impl Retained {
    fn of(retention: &S3Retention) -> Retained {
        Retained { mode: retention.mode.is_some(), until: retention.retain_until_date.is_some() }
    }
}

fn copy(wanted: &S3CopyObjectOperation) -> Result<()> {
    let target = wanted.target_resource.as_deref().ok_or_else(|| bad("TargetResource must be specified."))?;
    bucket_of(target, "TargetResource")?;
    let list = wanted.access_control_grants.as_deref().unwrap_or_default();
    if !list.is_empty() && wanted.canned_access_control_list.is_some() {
        return Err(bad("AccessControlGrants and CannedAccessControlList cannot be specified together."));
    }
    grants(list)?;
    if list.iter().any(|grant| grant.permission == Some(S3Permission::Write)) {
        return Err(bad("The permission WRITE is not applicable to objects."));
    }
    if wanted.object_lock_mode.is_some() != wanted.object_lock_retain_until_date.is_some() {
        return Err(bad("ObjectLockMode and ObjectLockRetainUntilDate must be specified together."));
    }
    let Some(metadata) = &wanted.new_object_metadata else { return Ok(()) };
    let deprecated = [
        (metadata.content_length.is_some(), "ContentLength"),
        (metadata.content_md5.is_some(), "ContentMD5"),
        (metadata.requester_charged == Some(true), "RequesterCharged"),
    ];
    match deprecated.iter().find(|(given, _)| *given) {
        Some((_, name)) => Err(bad(format!("{name} of NewObjectMetadata is deprecated and has no meaning."))),
        None if metadata.sse_algorithm == Some(S3SSEAlgorithm::Aes256) && wanted.sse_aws_kms_key_id.is_some() => {
            Err(bad("SSEAwsKmsKeyId cannot be specified with the SSEAlgorithm AES256."))
        }
        None => Ok(()),
    }
}

fn grants(list: &[S3Grant]) -> Result<()> {
    let whole = |grant: &S3Grant| {
        let grantee = grant.grantee.as_ref();
        grant.permission.is_some()
            && grantee.is_some_and(|grantee| grantee.type_identifier.is_some() && grantee.identifier.is_some())
    };
    match list.iter().all(whole) {
        true => Ok(()),
        false => Err(bad("Each grant must have a Permission and a Grantee with TypeIdentifier and Identifier.")),
    }
}

fn report(report: &JobReport) -> Result<()> {
    if !report.enabled {
        return Ok(());
    }
    let bucket = report.bucket.as_deref().ok_or_else(|| bad("An enabled Report must have a Bucket."))?;
    bucket_of(bucket, "Report.Bucket")?;
    match (&report.format, &report.report_scope) {
        (Some(_), Some(_)) => Ok(()),
        _ => Err(bad("An enabled Report must have a Format and a ReportScope.")),
    }
}

fn check_manifest(manifest: &JobManifest) -> Result<()> {
    object_of(&manifest.location.object_arn)?;
    let fields = manifest.spec.fields.as_deref().unwrap_or_default();
    let count = |wanted: JobManifestFieldName| fields.iter().filter(|field| **field == wanted).count();
    match manifest.spec.format {
        JobManifestFormat::S3BatchOperationsCsv20180820 => {
            let version = count(JobManifestFieldName::VersionId);
            match (count(JobManifestFieldName::Bucket), count(JobManifestFieldName::Key), version) {
                (1, 1, 0 | 1) => Ok(()),
                _ => Err(bad("Fields of a CSV manifest must have Bucket and Key, and may have VersionId, once each.")),
            }
        }
        _ if !fields.is_empty() => Err(bad("Fields can be specified for a CSV manifest only.")),
        _ => Ok(()),
    }
}

fn generator(wanted: &S3JobManifestGenerator) -> Result<()> {
    bucket_of(&wanted.source_bucket, "SourceBucket")?;
    match &wanted.manifest_output_location {
        None if wanted.enable_manifest_output => {
            return Err(bad("ManifestOutputLocation must be specified where EnableManifestOutput is true."));
        }
        Some(location) => {
            bucket_of(&location.bucket, "ManifestOutputLocation.Bucket")?;
            let encryption = location.manifest_encryption.as_ref();
            if encryption.is_some_and(|encryption| encryption.sse_s3.is_some() == encryption.sse_kms.is_some()) {
                return Err(bad("ManifestEncryption must have one of SSE-S3 and SSE-KMS."));
            }
        }
        None => {}
    }
    let Some(filter) = &wanted.filter else { return Ok(()) };
    if let (Some(after), Some(before)) = (filter.created_after, filter.created_before)
        && after >= before
    {
        return Err(bad("CreatedAfter must be before CreatedBefore."));
    }
    if let (Some(greater), Some(less)) = (filter.object_size_greater_than_bytes, filter.object_size_less_than_bytes)
        && greater >= less
    {
        return Err(bad("ObjectSizeGreaterThanBytes must be less than ObjectSizeLessThanBytes."));
    }
    Ok(())
}

/// The bucket of an ARN.
pub fn bucket_of<'a>(arn: &'a str, member: &str) -> Result<&'a str> {
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "s3" && arn.region.is_empty() && arn.account.is_empty());
    match parsed {
        Some(parsed) if !parsed.resource.contains(['/', ':']) => Ok(&arn[arn.len() - parsed.resource.len()..]),
        // Directory buckets and access points.
        Some(_) | None => Err(bad(format!("{member} must be the ARN of a general purpose bucket."))),
    }
}

/// The bucket and the key of an object's ARN.
pub fn object_of(arn: &str) -> Result<(String, String)> {
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "s3" && arn.region.is_empty() && arn.account.is_empty());
    let path = parsed.as_ref().and_then(|arn| arn.resource.split_once('/'));
    match path {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok((bucket.to_owned(), key.to_owned())),
        _ => Err(bad("ObjectArn must be the ARN of an object in a general purpose bucket.")),
    }
}
