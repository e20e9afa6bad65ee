//! Amazon SQS.

mod accept;
mod attributes;
mod batch;
mod body;
mod budget;
mod delete;
mod digest;
mod draft;
mod encryption;
mod faults;
mod fifo;
mod lease;
mod limits;
mod move_task;
mod policy;
mod queue;
mod receipt;
mod receive;
mod records;
mod redrive;
mod retention;
mod send;
mod statistics;
mod tags;
mod target;
mod throttle;
mod visibility;

use kernel::{Service, route};

pub static SERVICE: Service = Service {
    model: &sqs_api::MODEL,
    operations: || {
        vec![
            route(attributes::get_queue_attributes),
            route(attributes::set_queue_attributes),
            route(delete::delete_message),
            route(delete::delete_message_batch),
            route(delete::purge_queue),
            route(move_task::cancel_message_move_task),
            route(move_task::list_message_move_tasks),
            route(move_task::start_message_move_task),
            route(policy::add_permission),
            route(policy::remove_permission),
            route(queue::create_queue),
            route(queue::delete_queue),
            route(queue::get_queue_url),
            route(queue::list_dead_letter_source_queues),
            route(queue::list_queues),
            route(receive::receive_message),
            route(send::send_message),
            route(send::send_message_batch),
            route(tags::list_queue_tags),
            route(tags::tag_queue),
            route(tags::untag_queue),
            route(visibility::change_message_visibility),
            route(visibility::change_message_visibility_batch),
        ]
    },
    target: target::target,
    timers: &[move_task::TIMER, retention::FORGET, retention::TIMER],
    hidden: &["MessageBody", "StringValue", "BinaryValue"],
    // Developer guide, "Amazon SQS data events in CloudTrail".
    data_events: &[
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
        "DeleteMessage",
        "DeleteMessageBatch",
        "GetQueueAttributes",
        "GetQueueUrl",
        "ListDeadLetterSourceQueues",
        "ListQueues",
        "ListQueueTags",
        "ReceiveMessage",
        "SendMessage",
        "SendMessageBatch",
    ],
    posted_to: Some("QueueUrl"),
    accepts: Some(accept::accept),
    edge: None,
    judges_values: true,
    // A batch of 1 MiB, escaped to twice its size, with attributes and envelope.
    max_body: 4 * 1024 * 1024,
};
