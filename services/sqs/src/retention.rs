//! Forgetting messages: those that are older than the queue keeps them, and all of a queue's at once.

use crate::{
    delete, fifo,
    limits::MICROS,
    queue::Queue,
    records::{QueueRecord, StateRecord},
};
use kernel::{
    AccountId, Cx, Local, Result,
    record::Record,
    store::{BlobId, Key, Part, Row, Scan, Txn},
    timers::{Due, Timer},
};
use wire::Timestamp;

/// Every queue with messages has one of these, due when its oldest message is; the first message of an empty queue sets it.
pub const TIMER: Timer = Timer { kind: "retention", run };

/// Messages removed in one commit.
const BATCH: usize = 100;
/// Microseconds between sweeps of a queue: messages expire together, not one by one.
const PERIOD: i64 = 60 * MICROS;

/// Sets the queue's timer instead of the one it has. The caller stores the record.
pub fn schedule(tx: &mut Txn, cx: &Cx, owner: AccountId, record: &mut QueueRecord, at: Timestamp) {
    unschedule(tx, cx, owner, record);
    record.sweep = at;
    let cx = background(cx, owner);
    tx.set_timer(&cx, TIMER.kind, &record.id.to_be_bytes(), at, record.name.clone());
}

pub fn unschedule(tx: &mut Txn, cx: &Cx, owner: AccountId, record: &QueueRecord) {
    if record.sweep != Timestamp(0) {
        tx.cancel_timer(&background(cx, owner), TIMER.kind, &record.id.to_be_bytes(), record.sweep);
    }
}

/// Timers are their account's, and the sender may be of another than the queue.
fn background(cx: &Cx, owner: AccountId) -> Cx {
    Cx::background(cx.cloud(), cx.model(), owner, cx.region())
}

/// When to sweep a queue whose oldest message was sent at that instant.
pub fn due(cx: &Cx, queue: &QueueRecord, oldest: Timestamp) -> Timestamp {
    Timestamp((oldest.0 + i64::from(queue.retention) * MICROS).max(cx.now().0 + PERIOD))
}

fn run(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let name = String::from_utf8_lossy(&due.payload).into_owned();
        let Some(queue) = Queue::named(&cx, cx.account(), &name).await? else { return Ok(()) };
        // One that was replaced by a later one. A timer that failed is tried again after the instant on record.
        let replaced = |record: &QueueRecord| record.id.to_be_bytes() != *due.id || due.at < record.sweep;
        if replaced(&queue) {
            return Ok(());
        }
        let oldest = sweep(&cx, &queue).await?;
        if queue.fifo {
            while cx.write(async |tx| fifo::sweep(tx, &queue, cx.now(), BATCH).await).await? {}
        }
        cx.write(async |tx| {
            let key = queue.keys.queue(&name);
            let record = tx.get(&key).await?.and_then(|bytes| QueueRecord::decode(&bytes));
            let Some(mut record) = record.filter(|record| !replaced(record)) else { return Ok(()) };
            // A message that comes meanwhile changes the count, and has found a queue with a timer.
            tx.get(&queue.keys.count(queue.id)).await?;
            let first = Scan { limit: 1, keys_only: true, ..Scan::default() };
            let is_empty = tx.scan(&index(&queue).children(), &first).await?.rows.is_empty();
            record.sweep = match is_empty {
                true => Timestamp(0),
                false => self::due(&cx, &record, oldest.unwrap_or(cx.now())),
            };
            if !is_empty {
                tx.set_timer(&cx, TIMER.kind, &due.id, record.sweep, name.clone());
            }
            tx.put(key, record.encode());
            Ok(())
        })
        .await
    })
}

/// Messages whose retention began up to then are expired. They are sent to the millisecond.
pub fn horizon(queue: &Queue, now: Timestamp) -> Timestamp {
    Timestamp(now.millis() * 1_000 + 999 - i64::from(queue.retention) * MICROS)
}

/// When a message's retention began. Its number says so too, except where time went back since an earlier number.
pub fn begun(state: &StateRecord, message: u64) -> Timestamp {
    match state.sent {
        // Stored by a release that went by the number.
        Timestamp(0) => Timestamp(message as i64),
        sent => sent,
    }
}

/// Where a queue's messages have their states.
fn index(queue: &Queue) -> Key {
    match queue.fifo {
        true => queue.keys.fifo(queue.id),
        false => queue.keys.visibilities(queue.id),
    }
}

/// Removes expired messages, in flight or not, page by page: they may stand anywhere. Answers when the oldest of the
/// others was sent.
async fn sweep(cx: &Cx, queue: &Queue) -> Result<Option<Timestamp>> {
    let horizon = horizon(queue, cx.now());
    let mut range = index(queue).children();
    let mut oldest = None;
    loop {
        let page = cx.read().scan(&range, &Scan::default()).await?;
        if let (Some(row), true) = (page.rows.last(), page.more) {
            range = range.after(&row.key);
        }
        let mut expired = Vec::new();
        for row in page.rows {
            let Some(message) = row.key.last_number() else { continue };
            let begun = begun(&StateRecord::decode(&row.value).unwrap_or_default(), message);
            match begun <= horizon {
                true => expired.push((row, message)),
                false => oldest = Some(oldest.map_or(begun, |oldest| begun.min(oldest))),
            }
        }
        for some in expired.chunks(BATCH) {
            cx.write(async |tx| remove(tx, queue, some).await).await?;
        }
        if !page.more {
            return Ok(oldest);
        }
    }
}

async fn remove(tx: &mut Txn, queue: &Queue, expired: &[(Row, u64)]) -> Result<()> {
    if queue.fifo {
        let of_group = |(row, message): &(Row, u64)| match row.key.parts()?.into_iter().rev().nth(1)? {
            Part::Text(group) => Some((group, *message)),
            _ => None,
        };
        return fifo::remove_all(tx, queue, &expired.iter().filter_map(of_group).collect::<Vec<_>>()).await;
    }
    for (row, message) in expired {
        // Gone or elsewhere if it was deleted or received since.
        if let Some(bytes) = tx.get(&row.key).await? {
            let state = StateRecord::decode(&bytes).unwrap_or_default();
            delete::remove(tx, queue, row.key.clone(), &state, *message);
        }
    }
    Ok(())
}

/// The blobs of a queue's messages, as the transaction that empties it sees them.
pub async fn blobs(tx: &Txn, queue: &Queue) -> Result<Vec<BlobId>> {
    let mut range = index(queue).children();
    let mut blobs = Vec::new();
    loop {
        let page = tx.scan(&range, &Scan::default()).await?;
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
