//! What panics costs its own call or timer, nothing else.

use crate::service::Result;
use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};
use wire::{Fault, common};

/// The future's outcome; a panic is an internal failure.
pub(crate) async fn guarded<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(panicked())))
    })
    .await
}

fn panicked() -> Fault {
    common::internal_failure(
        "The operation failed inside the cloud. This is a bug of Nephele; its log has the details.",
    )
}
