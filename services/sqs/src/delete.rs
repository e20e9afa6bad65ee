//! Deleting messages, and purging queues.

use crate::{
    batch, fifo,
    lease::{self, Leases},
    limits::{COOLDOWN, MICROS},
    queue::Queue,
    receipt::Receipt,
    retention, throttle,
};
use kernel::{Cx, Result, record::Record};
use sqs_api::*;

pub async fn delete_message(cx: Cx, input: DeleteMessageInput) -> Result<DeleteMessageOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    let receipt = Receipt::of(&queue, &input.receipt_handle)?;
    throttle::check(&cx, &queue, throttle::Action::Delete)?;
    match queue.fifo {
        true => fifo::delete(&cx, &queue, &receipt, &input.receipt_handle).await?,
        false => delete(&cx, &queue, &[receipt]).await?,
    }
    Ok(DeleteMessageOutput {})
}

pub async fn delete_message_batch(cx: Cx, input: DeleteMessageBatchInput) -> Result<DeleteMessageBatchOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    batch::check(input.entries.iter().map(|entry| entry.id.as_str()), "DeleteMessageBatchRequestEntry")?;
    throttle::check(&cx, &queue, throttle::Action::Delete)?;
    let mut output = DeleteMessageBatchOutput::default();
    let mut receipts = Vec::new();
    for entry in input.entries {
        let result = match Receipt::of(&queue, &entry.receipt_handle) {
            // Groups change with each deletion, so FIFO messages go one by one.
            Ok(receipt) if queue.fifo => fifo::delete(&cx, &queue, &receipt, &entry.receipt_handle).await,
            Ok(receipt) => {
                receipts.push(receipt);
                Ok(())
            }
            Err(fault) => Err(fault),
        };
        match result {
            Ok(()) => output.successful.push(DeleteMessageBatchResultEntry { id: entry.id }),
            Err(fault) => output.failed.push(batch::failure(entry.id, &fault)),
        }
    }
    if !receipts.is_empty() {
        delete(&cx, &queue, &receipts).await?;
    }
    Ok(output)
}

/// Deletes messages of a standard queue. An old receipt, or a message that is gone, is no error.
async fn delete(cx: &Cx, queue: &Queue, receipts: &[Receipt]) -> Result<()> {
    cx.write(async |tx| {
        let mut leases = Leases::new(queue, cx.now());
        for receipt in receipts {
            if let Some(held) = leases.release(tx, receipt).await? {
                lease::forget(tx, queue, receipt.message, held.record.blob);
            }
        }
        leases.close(tx);
        Ok(())
    })
    .await
}

pub async fn purge_queue(cx: Cx, input: PurgeQueueInput) -> Result<PurgeQueueOutput> {
    let now = cx.now();
    cx.write(async |tx| {
        let queue = Queue::find(&cx, &input.queue_url).await?;
        if now.0 < queue.purged.0 + COOLDOWN * MICROS {
            return Err(fault::purge_queue_in_progress(format!(
                "Only one PurgeQueue operation on {} is allowed every 60 seconds.",
                queue.name
            )));
        }
        queue.unchanged(tx);
        let mut record = (*queue.record).clone();
        record.purged = now;
        tx.put(queue.keys.queue(&queue.name), record.encode());
        retention::empty(tx, &cx, &queue);
        Ok(())
    })
    .await?;
    Ok(PurgeQueueOutput {})
}
