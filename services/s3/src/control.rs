//! Amazon S3 Control: what accounts configure of S3, over the same resources.

mod edge;
mod jobs;
mod public_access;
mod target;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &s3control_api::MODEL,
    operations: || {
        vec![
            route(jobs::create::create_job),
            route(jobs::describe::describe_job),
            route(jobs::describe::list_jobs),
            route(jobs::tags::delete_job_tagging),
            route(jobs::tags::get_job_tagging),
            route(jobs::tags::put_job_tagging),
            route(jobs::update::update_job_priority),
            route(jobs::update::update_job_status),
            route(public_access::delete_public_access_block),
            route(public_access::get_public_access_block),
            route(public_access::put_public_access_block),
        ]
    },
    target: target::target,
    timers: &[jobs::end::TIMER, jobs::schedule::TIMER],
    hidden: &[],
    data_events: &[],
    posted_to: None,
    accepts: None,
    edge: Some(&edge::EDGE),
    judges_values: false,
    max_body: 1 << 20,
};

pub use edge::is_control;
