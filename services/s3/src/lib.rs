//! Amazon S3.

mod accelerate;
mod attributes;
mod bucket;
mod checksum;
mod conditions;
mod configuration;
mod cors;
mod data;
mod delete;
mod edge;
mod encryption;
mod events;
mod faults;
mod form;
mod garbage;
mod get;
mod list;
mod lock;
mod mfa;
mod multipart;
mod names;
mod notification;
mod owner;
mod put;
mod records;
mod seal;
mod site;
mod target;
mod versioning;
mod versions;
mod walk;
mod website;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &s3_api::MODEL,
    operations: || {
        vec![
            route(accelerate::get_bucket_accelerate_configuration),
            route(accelerate::put_bucket_accelerate_configuration),
            route(bucket::create_bucket),
            route(bucket::delete_bucket),
            route(bucket::get_bucket_location),
            route(bucket::head_bucket),
            route(bucket::list_buckets),
            route(cors::delete_bucket_cors),
            route(cors::get_bucket_cors),
            route(cors::put_bucket_cors),
            route(delete::delete_object),
            route(delete::delete_objects),
            route(encryption::default::delete_bucket_encryption),
            route(encryption::default::get_bucket_encryption),
            route(encryption::default::put_bucket_encryption),
            route(get::get_object),
            route(get::head_object),
            route(list::list_object_versions),
            route(list::list_objects),
            route(list::list_objects_v2),
            route(notification::get_bucket_notification_configuration),
            route(notification::put_bucket_notification_configuration),
            route(put::put_object),
            route(versioning::get_bucket_versioning),
            route(versioning::put_bucket_versioning),
            route(website::delete_bucket_website),
            route(website::get_bucket_website),
            route(website::put_bucket_website),
        ]
    },
    target: target::target,
    timers: &[garbage::TIMER],
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
    ],
    posted_to: None,
    accepts: None,
    edge: Some(&edge::EDGE),
    judges_values: false,
    // Documents; the bytes of objects stream. A lifecycle configuration of 1,000 rules is less.
    max_body: 2 * 1024 * 1024,
};
