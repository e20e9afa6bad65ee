//! What goes on without a request: deadlines of the virtual clock, durable timers, batches of the audit log.

use kernel::Cloud;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

/// How often the audit log and the meter are written to the store.
const FLUSH_PERIOD: Duration = Duration::from_millis(100);

/// Runs the cloud's background work for as long as it is polled; one driver a cloud.
pub async fn drive(cloud: Arc<Cloud>) {
    tokio::join!(deadlines(cloud.clone()), kernel::timers::run(cloud.clone()), flushes(cloud));
}

/// Wakes those who wait on the virtual clock.
async fn deadlines(cloud: Arc<Cloud>) {
    loop {
        let mut sleep = None;
        poll_fn(|cx| match sleep.take() {
            None => match cloud.clock().fire_due(cx.waker()) {
                None => {
                    sleep = Some(None);
                    Poll::Pending
                }
                Some(wait) => {
                    let mut timer = Box::pin(tokio::time::sleep(wait));
                    match timer.as_mut().poll(cx) {
                        Poll::Ready(()) => Poll::Ready(()),
                        Poll::Pending => {
                            sleep = Some(Some(timer));
                            Poll::Pending
                        }
                    }
                }
            },
            // Woken again: the timer ran out, or the clock has an earlier deadline. Both mean looking anew.
            Some(_) => Poll::Ready(()),
        })
        .await;
    }
}

async fn flushes(cloud: Arc<Cloud>) {
    let mut failing = false;
    loop {
        tokio::time::sleep(FLUSH_PERIOD).await;
        let result = pin!(cloud.flush()).await;
        if let (Err(error), false) = (&result, failing) {
            cloud.note_background_failure("audit log", &error.clone().into());
        }
        failing = result.is_err();
    }
}
