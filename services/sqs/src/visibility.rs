//! Changing how long a received message stays hidden.

use crate::{
    batch, faults, fifo,
    lease::Leases,
    limits::{MAX_VISIBILITY, MICROS},
    queue::Queue,
    receipt::Receipt,
};
use kernel::{Cx, Result, record::FieldValue};
use sqs_api::*;
use wire::Timestamp;

pub async fn change_message_visibility(
    cx: Cx,
    input: ChangeMessageVisibilityInput,
) -> Result<ChangeMessageVisibilityOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    change(&cx, &queue, &input.receipt_handle, Some(input.visibility_timeout)).await?;
    Ok(ChangeMessageVisibilityOutput {})
}

pub async fn change_message_visibility_batch(
    cx: Cx,
    input: ChangeMessageVisibilityBatchInput,
) -> Result<ChangeMessageVisibilityBatchOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    batch::check(input.entries.iter().map(|entry| entry.id.as_str()), "ChangeMessageVisibilityBatchRequestEntry")?;
    let mut output = ChangeMessageVisibilityBatchOutput::default();
    for entry in input.entries {
        match change(&cx, &queue, &entry.receipt_handle, entry.visibility_timeout).await {
            Ok(()) => output.successful.push(ChangeMessageVisibilityBatchResultEntry { id: entry.id }),
            Err(fault) => output.failed.push(batch::failure(entry.id, &fault)),
        }
    }
    Ok(output)
}

async fn change(cx: &Cx, queue: &Queue, handle: &str, timeout: Option<i32>) -> Result<()> {
    let receipt = Receipt::of(queue, handle)?;
    let timeout = timeout.ok_or_else(|| faults::missing_parameter("VisibilityTimeout"))?;
    let timeout = u32::try_from(timeout).ok().filter(|timeout| *timeout <= MAX_VISIBILITY).ok_or_else(|| {
        faults::invalid_value(timeout, "VisibilityTimeout", "VisibilityTimeout must be an integer between 0 and 43200.")
    })?;
    let now = cx.now();
    let visible = Timestamp(now.0 + i64::from(timeout) * MICROS);
    if queue.fifo {
        fifo::change_visibility(cx, queue, &receipt, handle, visible).await?;
    } else {
        cx.write(async |tx| {
            let mut leases = Leases::new(queue, now);
            // AWS also hides a message that became visible again, until somebody else receives it.
            let mut held = leases.release(tx, &receipt).await?.ok_or_else(|| unavailable(handle))?;
            check_total(held.received, now, visible)?;
            held.record.moved = true;
            leases.put(tx, visible, receipt.nonce, held).await?;
            leases.close(tx);
            let mut moved = Vec::new();
            visible.put(&mut moved);
            tx.put(queue.keys.changed(queue.id, receipt.message), moved);
            // Those who wait must look again when it is visible, which may be now.
            tx.wake_after(queue.arn.clone());
            Ok(())
        })
        .await?;
    }
    Ok(())
}

pub fn unavailable(handle: &str) -> wire::Fault {
    faults::invalid_value(
        handle,
        "ReceiptHandle",
        "Message does not exist or is not available for visibility timeout change.",
    )
}

/// 12 hours count from when the message was received (API reference, ChangeMessageVisibility).
pub fn check_total(received: Timestamp, now: Timestamp, visible: Timestamp) -> Result<()> {
    match visible.0 - received.0 > i64::from(MAX_VISIBILITY) * MICROS {
        true => Err(faults::invalid_value(
            (visible.0 - now.0) / MICROS,
            "VisibilityTimeout",
            &format!("Total VisibilityTimeout for the message is beyond the limit [{MAX_VISIBILITY} seconds]."),
        )),
        false => Ok(()),
    }
}
