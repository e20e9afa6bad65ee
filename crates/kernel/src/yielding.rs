//! Long work on a thread that others wait for.

use std::{future::poll_fn, task::Poll};

/// Lets everybody else on this thread go on first. Work that takes more than a few milliseconds is done in slices, with
/// this between them.
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}
