//! AWS Identity and Access Management.

mod names;
mod paging;
mod quota;
mod rows;
mod tags;

use kernel::{Service, authorise};
use std::future::ready;

pub static SERVICE: Service = Service {
    model: &iam_api::MODEL,
    // One line per operation, grouped by file.
    operations: || vec![],
    target: |cx, operation, input| Box::pin(ready(Ok(authorise::templated(&cx, operation, input)))),
    timers: &[],
    hidden: &[],
    judges_values: false,
    max_body: 1 << 20,
};
