//! Amazon S3.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod abac;
mod accelerate;
mod access;
mod access_point;
mod acl;
mod acls;
mod aging;
mod analytics;
mod archive;
mod attributes;
mod bucket;
mod checksum;
mod condition_keys;
mod conditions;
mod configuration;
mod configurations;
pub mod control;
mod copy;
mod cors;
mod data;
mod days;
mod delete;
mod digests;
mod duplicate;
mod edge;
mod encryption;
mod events;
mod faults;
mod form;
mod form_data;
mod garbage;
mod get;
mod hashing;
mod history;
mod inventory;
mod inventory_report;
mod known;
mod lifecycle;
mod lifecycle_check;
mod list;
mod lock;
mod log_line;
mod logging;
mod mfa;
mod midnight;
mod multipart;
mod names;
mod new_bucket;
mod notification;
mod object_attributes;
mod owner;
mod ownership;
mod payer;
mod policy;
#[cfg(test)]
mod properties;
mod public;
mod public_access;
mod put;
mod records;
mod replication;
mod restored;
mod retention;
mod role;
mod rule;
mod seal;
mod select;
mod site;
mod tags;
mod target;
mod tiering;
mod versioning;
mod versions;
mod walk;
mod website;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &s3_api::MODEL,
    operations: || {
        vec![
            route(abac::get_bucket_abac),
            route(abac::put_bucket_abac),
            route(accelerate::get_bucket_accelerate_configuration),
            route(accelerate::put_bucket_accelerate_configuration),
            route(acls::get_bucket_acl),
            route(acls::get_object_acl),
            route(acls::put_bucket_acl),
            route(acls::put_object_acl),
            route(analytics::delete_bucket_analytics_configuration),
            route(analytics::delete_bucket_metrics_configuration),
            route(analytics::get_bucket_analytics_configuration),
            route(analytics::get_bucket_metrics_configuration),
            route(analytics::list_bucket_analytics_configurations),
            route(analytics::list_bucket_metrics_configurations),
            route(analytics::put_bucket_analytics_configuration),
            route(analytics::put_bucket_metrics_configuration),
            route(archive::restore_object),
            route(bucket::create_bucket),
            route(bucket::delete_bucket),
            route(bucket::get_bucket_location),
            route(bucket::head_bucket),
            route(bucket::list_buckets),
            route(copy::copy_object),
            route(cors::delete_bucket_cors),
            route(cors::get_bucket_cors),
            route(cors::put_bucket_cors),
            route(delete::delete_object),
            route(delete::delete_objects),
            route(encryption::default::delete_bucket_encryption),
            route(encryption::default::get_bucket_encryption),
            route(encryption::default::put_bucket_encryption),
            route(encryption::update::update_object_encryption),
            route(get::get_object),
            route(get::head_object),
            route(inventory::delete_bucket_inventory_configuration),
            route(inventory::get_bucket_inventory_configuration),
            route(inventory::list_bucket_inventory_configurations),
            route(inventory::put_bucket_inventory_configuration),
            route(lifecycle::delete_bucket_lifecycle),
            route(lifecycle::get_bucket_lifecycle_configuration),
            route(lifecycle::put_bucket_lifecycle_configuration),
            route(list::list_object_versions),
            route(list::list_objects),
            route(list::list_objects_v2),
            route(logging::get_bucket_logging),
            route(logging::put_bucket_logging),
            route(multipart::abort_multipart_upload),
            route(multipart::complete::complete_multipart_upload),
            route(multipart::create_multipart_upload),
            route(multipart::list::list_multipart_uploads),
            route(multipart::list::list_parts),
            route(multipart::part::upload_part),
            route(multipart::part::upload_part_copy),
            route(notification::get_bucket_notification_configuration),
            route(notification::put_bucket_notification_configuration),
            route(object_attributes::get_object_attributes),
            route(ownership::delete_bucket_ownership_controls),
            route(ownership::get_bucket_ownership_controls),
            route(ownership::put_bucket_ownership_controls),
            route(payer::get_bucket_request_payment),
            route(payer::put_bucket_request_payment),
            route(policy::delete_bucket_policy),
            route(policy::get_bucket_policy),
            route(policy::get_bucket_policy_status),
            route(policy::put_bucket_policy),
            route(public_access::delete_public_access_block),
            route(public_access::get_public_access_block),
            route(public_access::put_public_access_block),
            route(put::put_object),
            route(replication::delete_bucket_replication),
            route(replication::get_bucket_replication),
            route(replication::put_bucket_replication),
            route(retention::get_object_legal_hold),
            route(retention::get_object_lock_configuration),
            route(retention::get_object_retention),
            route(retention::put_object_legal_hold),
            route(retention::put_object_lock_configuration),
            route(retention::put_object_retention),
            route(select::select_object_content),
            route(tags::delete_bucket_tagging),
            route(tags::delete_object_tagging),
            route(tags::get_bucket_tagging),
            route(tags::get_object_tagging),
            route(tags::put_bucket_tagging),
            route(tags::put_object_tagging),
            route(tiering::delete_bucket_intelligent_tiering_configuration),
            route(tiering::get_bucket_intelligent_tiering_configuration),
            route(tiering::list_bucket_intelligent_tiering_configurations),
            route(tiering::put_bucket_intelligent_tiering_configuration),
            route(versioning::get_bucket_versioning),
            route(versioning::put_bucket_versioning),
            route(website::delete_bucket_website),
            route(website::get_bucket_website),
            route(website::put_bucket_website),
        ]
    },
    target: target::target,
    timers: &[garbage::TIMER, logging::TIMER, midnight::TIMER, restored::TIMER, replication::run::TIMER],
    hidden: &[],
    // User guide, "Amazon S3 CloudTrail events": object-level actions.
    data_events: &[
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateMultipartUpload",
        "DeleteObject",
        "DeleteObjectTagging",
        "DeleteObjects",
        "GetObject",
        "GetObjectAcl",
        "GetObjectAttributes",
        "GetObjectLegalHold",
        "GetObjectRetention",
        "GetObjectTagging",
        "HeadObject",
        "ListMultipartUploads",
        "ListObjects",
        "ListObjectsV2",
        "ListParts",
        "PutObject",
        "RestoreObject",
        "PutObjectAcl",
        "PutObjectLegalHold",
        "PutObjectRetention",
        "PutObjectTagging",
        "RestoreObject",
        "SelectObjectContent",
        "UpdateObjectEncryption",
        "UploadPart",
        "UploadPartCopy",
    ],
    posted_to: None,
    accepts: None,
    edge: Some(&edge::EDGE),
    judges_values: false,
    // Documents; the bytes of objects stream. A list of 10,000 parts with their checksums is less.
    max_body: 4 * 1024 * 1024,
};
