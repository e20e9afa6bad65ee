//! s3: the service's table.

use kernel::{Service, authorise};
use std::future::ready;

pub static SERVICE: Service = Service {
    model: &s3_api::MODEL,
    // One line per operation: route(queue::create_queue),
    operations: Vec::new,
    target: |cx, operation, input| Box::pin(ready(Ok(authorise::templated(&cx, operation, input)))),
    timers: &[],
    hidden: &[],
    data_events: &[],
    posted_to: None,
    edge: None,
    judges_values: false,
    max_body: 1 << 20,
};
