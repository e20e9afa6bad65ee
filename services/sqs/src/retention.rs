//! Forgetting messages: those that are older than the queue keeps them, and all of a queue's at once.

use crate::{
    delete, fifo,
    limits::MICROS,
    queue::Queue,
    receive,
    records::{MessageRecord, QueueRecord, StateRecord},
};
use kernel::{
    Cx, Local, Result,
    record::Record,
    store::{BlobId, Scan, Txn},
    timers::{Due, Timer},
};
use wire::Timestamp;

/// Every queue has one of these, due when its oldest message is.
pub const TIMER: Timer = Timer { kind: "retention", run };

/// Messages removed in one commit.
const BATCH: usize = 100;
/// Microseconds between sweeps of a queue: messages expire together, not one by one.
const PERIOD: i64 = 60 * MICROS;

pub fn schedule(tx: &mut Txn, cx: &Cx, record: &QueueRecord, at: Timestamp) {
    tx.set_timer(cx, TIMER.kind, &record.id.to_be_bytes(), at, record.name.clone());
}

fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let name = String::from_utf8_lossy(&due.payload).into_owned();
        let Some(queue) = Queue::named(&cx, cx.account(), &name).await? else { return Ok(()) };
        if queue.id.to_be_bytes() != *due.id {
            return Ok(());
        }
        match queue.fifo {
            true => while sweep_fifo(&cx, &queue).await? {},
            false => while sweep(&cx, &queue).await? {},
        }
        let retention = i64::from(queue.retention) * MICROS;
        let oldest = cx
            .read()
            .scan(&queue.keys.messages(queue.id).children(), &Scan { limit: 1, keys_only: true, ..Scan::default() })
            .await?;
        let oldest =
            oldest.rows.first().and_then(|row| row.key.last_number()).map_or(cx.now().0, |number| number as i64);
        let next = Timestamp((oldest + retention).max(cx.now().0 + PERIOD));
        cx.write(async |tx| {
            schedule(tx, &cx, &queue, next);
            Ok(())
        })
        .await
    })
}

/// Messages with numbers up to this one are expired. They are sent to the millisecond; the rest of a number only keeps
/// those of the same moment apart.
pub fn horizon(queue: &Queue, now: Timestamp) -> i64 {
    now.millis() * 1_000 + 999 - i64::from(queue.retention) * MICROS
}

/// Removes a batch of expired messages at the head of a standard queue; whether there may be more. Those in flight
/// stand elsewhere in the index: they are dropped when they would be received.
async fn sweep(cx: &Cx, queue: &Queue) -> Result<bool> {
    let horizon = horizon(queue, cx.now());
    cx.write(async |tx| {
        let range = queue.keys.visibilities(queue.id).children();
        let page = tx.scan(&range, &Scan { limit: BATCH, ..Scan::default() }).await?;
        let mut removed = 0;
        for row in page.rows {
            let Some((_, message)) = receive::place(&row.key).filter(|(_, message)| *message as i64 <= horizon) else {
                continue;
            };
            let state = StateRecord::decode(&row.value).unwrap_or_default();
            tx.check(&row);
            delete::remove(tx, queue, row.key, &state, message);
            removed += 1;
        }
        Ok(removed == BATCH)
    })
    .await
}

async fn sweep_fifo(cx: &Cx, queue: &Queue) -> Result<bool> {
    let horizon = horizon(queue, cx.now());
    let range = queue.keys.messages(queue.id).children();
    let page = cx.read().scan(&range, &Scan { limit: BATCH, ..Scan::default() }).await?;
    let mut removed = 0;
    for row in &page.rows {
        let Some(message) = row.key.last_number().filter(|number| *number as i64 <= horizon) else { break };
        let record = MessageRecord::decode(&row.value).unwrap_or_default();
        cx.write(async |tx| fifo::remove(tx, queue, &record.group, message).await).await?;
        removed += 1;
    }
    Ok(removed == BATCH)
}

/// The blobs of a queue's messages.
pub async fn blobs(cx: &Cx, queue: &Queue) -> Result<Vec<BlobId>> {
    let snapshot = cx.read();
    let mut range = match queue.fifo {
        true => queue.keys.fifo(queue.id).children(),
        false => queue.keys.visibilities(queue.id).children(),
    };
    let mut blobs = Vec::new();
    loop {
        let page = snapshot.scan(&range, &Scan::default()).await?;
        blobs.extend(page.rows.iter().filter_map(|row| StateRecord::decode(&row.value)?.blob.map(BlobId)));
        match page.rows.last() {
            Some(row) if page.more => range = range.after(&row.key),
            _ => return Ok(blobs),
        }
    }
}

/// Removes everything that a queue holds.
pub fn empty(tx: &mut Txn, queue: &Queue) {
    for table in queue.keys.contents(queue.id) {
        tx.delete_range(table.children());
    }
    tx.delete(queue.keys.count(queue.id));
}

/// Lets go of the blobs of messages that are gone. A crash before leaves them on disk, unreferenced by any queue.
pub async fn forget(cx: &Cx, blobs: Vec<BlobId>) -> Result<()> {
    for some in blobs.chunks(500) {
        cx.write(async |tx| {
            some.iter().for_each(|blob| tx.drop_blob(*blob));
            Ok(())
        })
        .await?;
    }
    Ok(())
}
