//! Amazon S3 Control: what accounts configure of S3, over the same resources.

mod edge;
mod public_access;
mod target;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &s3control_api::MODEL,
    operations: || {
        vec![
            route(public_access::delete_public_access_block),
            route(public_access::get_public_access_block),
            route(public_access::put_public_access_block),
        ]
    },
    target: target::target,
    timers: &[],
    hidden: &[],
    data_events: &[],
    posted_to: None,
    accepts: None,
    edge: Some(&edge::EDGE),
    judges_values: false,
    max_body: 1 << 20,
};

pub use edge::is_control;
