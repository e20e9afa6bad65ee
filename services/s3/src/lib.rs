//! Amazon S3.

mod attributes;
mod bucket;
mod checksum;
mod conditions;
mod configuration;
mod copy;
mod data;
mod delete;
mod edge;
mod encryption;
mod faults;
mod garbage;
mod get;
mod hashing;
mod list;
mod lock;
mod mfa;
mod multipart;
mod names;
mod object_attributes;
mod owner;
mod put;
mod records;
mod seal;
mod target;
mod versioning;
mod versions;
mod walk;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &s3_api::MODEL,
    operations: || {
        vec![
            route(bucket::create_bucket),
            route(bucket::delete_bucket),
            route(bucket::get_bucket_location),
            route(bucket::head_bucket),
            route(bucket::list_buckets),
            route(copy::copy_object),
            route(delete::delete_object),
            route(delete::delete_objects),
            route(get::get_object),
            route(get::head_object),
            route(list::list_object_versions),
            route(list::list_objects),
            route(list::list_objects_v2),
            route(multipart::abort_multipart_upload),
            route(multipart::complete::complete_multipart_upload),
            route(multipart::create_multipart_upload),
            route(multipart::list::list_multipart_uploads),
            route(multipart::list::list_parts),
            route(multipart::part::upload_part),
            route(multipart::part::upload_part_copy),
            route(object_attributes::get_object_attributes),
            route(put::put_object),
            route(versioning::get_bucket_versioning),
            route(versioning::put_bucket_versioning),
        ]
    },
    target: target::target,
    timers: &[garbage::TIMER],
    hidden: &[],
    // User guide, "Amazon S3 CloudTrail events": object-level actions.
    data_events: &[
        "AbortMultipartUpload",
        "CompleteMultipartUpload",
        "CopyObject",
        "CreateMultipartUpload",
        "DeleteObject",
        "DeleteObjects",
        "GetObject",
        "GetObjectAttributes",
        "HeadObject",
        "ListMultipartUploads",
        "ListObjects",
        "ListObjectsV2",
        "ListParts",
        "PutObject",
        "UploadPart",
        "UploadPartCopy",
    ],
    posted_to: None,
    edge: Some(&edge::EDGE),
    judges_values: false,
    // Documents; the bytes of objects stream. A list of 10,000 parts with their checksums is less.
    max_body: 4 * 1024 * 1024,
};
