//! Deleting messages, and purging queues.

use crate::{
    batch, fifo,
    limits::{COOLDOWN, MICROS},
    queue::Queue,
    receipt::Receipt,
    records::StateRecord,
    retention, throttle,
};
use kernel::{
    Cx, Result,
    record::{FieldValue, Record},
    store::{BlobId, Key, Txn},
};
use sqs_api::*;
use wire::Timestamp;

pub async fn delete_message(cx: Cx, input: DeleteMessageInput) -> Result<DeleteMessageOutput> {
    let queue = Queue::find(&cx, &input.queue_url).await?;
    let receipt = Receipt::of(&queue, &input.receipt_handle)?;
    throttle::check(&cx, &queue, throttle::Action::Delete)?;
    match queue.fifo {
        true => fifo::delete(&cx, &queue, &receipt, &input.receipt_handle).await?,
        false => cx.write(async |tx| delete(tx, &queue, &receipt).await).await?,
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
        cx.write(async |tx| {
            for receipt in &receipts {
                delete(tx, &queue, receipt).await?;
            }
            Ok(())
        })
        .await?;
    }
    Ok(output)
}

/// Where the message of a receipt has its visibility row now, if the receipt is still its newest.
pub async fn locate(tx: &mut Txn, queue: &Queue, receipt: &Receipt) -> Result<Option<(Key, StateRecord)>> {
    let mut key = queue.keys.visibility(queue.id, receipt.visible, receipt.message);
    let mut value = tx.get(&key).await?;
    if value.is_none()
        && let Some(moved) = tx.get(&queue.keys.changed(queue.id, receipt.message)).await?
        && let Some(visible) = Timestamp::take(&moved)
    {
        key = queue.keys.visibility(queue.id, visible, receipt.message);
        value = tx.get(&key).await?;
    }
    let state = value.and_then(|value| StateRecord::decode(&value)).filter(|state| state.nonce == receipt.nonce);
    Ok(state.map(|state| (key, state)))
}

/// Deletes a message of a standard queue. An old receipt, or a message that is gone, is no error.
async fn delete(tx: &mut Txn, queue: &Queue, receipt: &Receipt) -> Result<()> {
    if let Some((row, state)) = locate(tx, queue, receipt).await? {
        remove(tx, queue, row, &state, receipt.message);
    }
    Ok(())
}

/// Every row of a message of a standard queue, of which `row` has its state. The queue's count goes down with them.
pub fn rows(queue: &Queue, row: Key, state: &StateRecord, message: u64) -> impl Iterator<Item = Key> {
    let changed = state.moved.then(|| queue.keys.changed(queue.id, message));
    [row, queue.keys.message(queue.id, message)].into_iter().chain(changed)
}

/// Takes a message of a standard queue out of it; its blob is left to where it goes.
pub fn detach(tx: &mut Txn, queue: &Queue, row: Key, state: &StateRecord, message: u64) {
    rows(queue, row, state, message).for_each(|key| tx.delete(key));
    tx.add(queue.keys.count(queue.id), -1);
}

/// Removes a message of a standard queue for good.
pub fn remove(tx: &mut Txn, queue: &Queue, row: Key, state: &StateRecord, message: u64) {
    detach(tx, queue, row, state, message);
    if let Some(blob) = state.blob {
        tx.drop_blob(BlobId(blob));
    }
}

pub async fn purge_queue(cx: Cx, input: PurgeQueueInput) -> Result<PurgeQueueOutput> {
    let now = cx.now();
    let blobs = cx
        .write(async |tx| {
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
            let blobs = retention::blobs(tx, &queue).await?;
            retention::empty(tx, &queue);
            Ok(blobs)
        })
        .await?;
    retention::forget(&cx, blobs).await?;
    Ok(PurgeQueueOutput {})
}
