//! What a copying job asks CopyObject for.

use super::{asked::bucket_of, records::TaskRecord};
use kernel::Result;
use s3_api::{CopyObjectInput, MetadataDirective, RequestPayer, TaggingDirective};
use s3control_api::*;
use wire::TimeFormat;

pub fn input(wanted: &S3CopyObjectOperation, task: &TaskRecord) -> Result<CopyObjectInput> {
    let target = bucket_of(wanted.target_resource.as_deref().unwrap_or_default(), "TargetResource")?;
    let escaped = crate::lifecycle::escaped;
    let version = task.version.as_ref().map(|version| format!("?versionId={}", escaped(version)));
    let mut input = CopyObjectInput {
        bucket: target.to_owned(),
        key: match &wanted.target_key_prefix {
            // "Specifies the folder prefix … To copy objects into a folder named Folder1, set … Folder1."
            Some(folder) => format!("{}/{}", folder.trim_end_matches('/'), task.key),
            None => task.key.clone(),
        },
        copy_source: format!("{}/{}{}", task.bucket, escaped(&task.key), version.unwrap_or_default()),
        copy_source_if_modified_since: wanted.modified_since_constraint,
        copy_source_if_unmodified_since: wanted.un_modified_since_constraint,
        acl: wanted.canned_access_control_list.as_ref().map(|canned| canned.as_str().into()),
        storage_class: wanted.storage_class.as_ref().map(|class| class.as_str().into()),
        website_redirect_location: wanted.redirect_location.clone(),
        request_payer: (wanted.requester_pays == Some(true)).then_some(RequestPayer::Requester),
        object_lock_legal_hold_status: wanted.object_lock_legal_hold_status.as_ref().map(|hold| hold.as_str().into()),
        object_lock_mode: wanted.object_lock_mode.as_ref().map(|mode| mode.as_str().into()),
        object_lock_retain_until_date: wanted.object_lock_retain_until_date,
        bucket_key_enabled: wanted.bucket_key_enabled,
        checksum_algorithm: wanted.checksum_algorithm.as_ref().map(|algorithm| algorithm.as_str().into()),
        ..CopyObjectInput::default()
    };
    grants(wanted.access_control_grants.as_deref().unwrap_or_default(), &mut input);
    metadata(wanted, &mut input);
    encryption(wanted, &mut input);
    if let Some(tags) = &wanted.new_object_tagging {
        let pair = |tag: &S3Tag| format!("{}={}", escaped(&tag.key), escaped(&tag.value));
        input.tagging_directive = Some(TaggingDirective::Replace);
        // Without any, the copy has none.
        input.tagging = Some(tags.iter().map(pair).collect::<Vec<_>>().join("&")).filter(|tags| !tags.is_empty());
    }
    Ok(input)
}

/// As the headers have them: `id="…", uri="…"`.
fn grants(grants: &[S3Grant], input: &mut CopyObjectInput) {
    for grant in grants {
        let Some((grantee, permission)) = grant.grantee.as_ref().zip(grant.permission.as_ref()) else { continue };
        let header = match permission {
            S3Permission::FullControl => &mut input.grant_full_control,
            S3Permission::Read => &mut input.grant_read,
            S3Permission::ReadAcp => &mut input.grant_read_acp,
            S3Permission::WriteAcp => &mut input.grant_write_acp,
            // Refused when the job was made.
            S3Permission::Write | S3Permission::Unknown(_) => continue,
        };
        let kind = grantee.type_identifier.as_ref().map_or("id", |kind| kind.as_str());
        let one = format!("{kind}=\"{}\"", grantee.identifier.as_deref().unwrap_or_default());
        *header = Some(match header.take() {
            Some(others) => format!("{others}, {one}"),
            None => one,
        });
    }
}

/// "If you don't provide this parameter, Amazon S3 copies all the metadata from the original objects."
fn metadata(wanted: &S3CopyObjectOperation, input: &mut CopyObjectInput) {
    let given = wanted.new_object_metadata.clone().unwrap_or_default();
    let described = given.cache_control.is_some()
        || given.content_disposition.is_some()
        || given.content_encoding.is_some()
        || given.content_language.is_some()
        || given.content_type.is_some()
        || given.http_expires_date.is_some()
        || given.user_metadata.is_some();
    // Without a directive, new metadata are there to be used; of an encryption algorithm alone none are.
    let replace = match wanted.metadata_directive {
        Some(S3MetadataDirective::Replace) => true,
        Some(_) => false,
        None => described,
    };
    if !replace {
        return;
    }
    input.metadata_directive = Some(MetadataDirective::Replace);
    input.cache_control = given.cache_control;
    input.content_disposition = given.content_disposition;
    input.content_encoding = given.content_encoding;
    input.content_language = given.content_language;
    input.content_type = given.content_type;
    input.expires = given.http_expires_date.map(|at| at.format(TimeFormat::Rfc822));
    input.metadata = given.user_metadata;
}

fn encryption(wanted: &S3CopyObjectOperation, input: &mut CopyObjectInput) {
    let algorithm = wanted.new_object_metadata.as_ref().and_then(|metadata| metadata.sse_algorithm.as_ref());
    input.server_side_encryption = match algorithm {
        Some(S3SSEAlgorithm::Kms) => Some("aws:kms".into()),
        Some(other) => Some(other.as_str().into()),
        None => wanted.sse_aws_kms_key_id.as_ref().map(|_| "aws:kms".into()),
    };
    input.sse_kms_key_id.clone_from(&wanted.sse_aws_kms_key_id);
}
