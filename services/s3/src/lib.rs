//! Amazon S3.

mod aging;
mod archive;
mod attributes;
mod bucket;
mod checksum;
mod conditions;
mod configuration;
mod configurations;
mod data;
mod days;
mod delete;
mod edge;
mod encryption;
mod faults;
mod garbage;
mod get;
mod lifecycle;
mod lifecycle_check;
mod list;
mod lock;
mod log_line;
mod logging;
mod mfa;
mod midnight;
mod names;
mod owner;
mod put;
mod records;
mod rule;
mod seal;
mod target;
mod tiering;
mod versioning;
mod versions;
mod walk;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &s3_api::MODEL,
    operations: || {
        vec![
            route(archive::restore_object),
            route(bucket::create_bucket),
            route(bucket::delete_bucket),
            route(bucket::get_bucket_location),
            route(bucket::head_bucket),
            route(bucket::list_buckets),
            route(delete::delete_object),
            route(delete::delete_objects),
            route(get::get_object),
            route(get::head_object),
            route(lifecycle::delete_bucket_lifecycle),
            route(lifecycle::get_bucket_lifecycle_configuration),
            route(lifecycle::put_bucket_lifecycle_configuration),
            route(list::list_object_versions),
            route(list::list_objects),
            route(list::list_objects_v2),
            route(logging::get_bucket_logging),
            route(logging::put_bucket_logging),
            route(put::put_object),
            route(tiering::delete_bucket_intelligent_tiering_configuration),
            route(tiering::get_bucket_intelligent_tiering_configuration),
            route(tiering::list_bucket_intelligent_tiering_configurations),
            route(tiering::put_bucket_intelligent_tiering_configuration),
            route(versioning::get_bucket_versioning),
            route(versioning::put_bucket_versioning),
        ]
    },
    target: target::target,
    timers: &[garbage::TIMER, logging::TIMER, midnight::TIMER],
    hidden: &[],
    // User guide, "Amazon S3 CloudTrail events": object-level actions.
    data_events: &[
        "DeleteObject",
        "DeleteObjects",
        "GetObject",
        "HeadObject",
        "ListObjectsV2",
        "ListObjects",
        "PutObject",
        "RestoreObject",
    ],
    posted_to: None,
    edge: Some(&edge::EDGE),
    judges_values: false,
    // Documents; the bytes of objects stream. A lifecycle configuration of 1,000 rules is less.
    max_body: 2 * 1024 * 1024,
};
