//! Amazon S3 Control: what accounts configure of S3, over the same resources.

mod access_point_policies;
mod access_points;
mod edge;
mod jobs;
mod public_access;
mod tags;
mod target;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &s3control_api::MODEL,
    operations: || {
        vec![
            route(access_point_policies::delete_access_point_policy),
            route(access_point_policies::get_access_point_policy),
            route(access_point_policies::get_access_point_policy_status),
            route(access_point_policies::put_access_point_policy),
            route(access_points::create_access_point),
            route(access_points::delete_access_point),
            route(access_points::get_access_point),
            route(access_points::list_access_points),
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
            route(tags::list_tags_for_resource),
            route(tags::tag_resource),
            route(tags::untag_resource),
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
