//! Forgetting messages: those that are older than the queue keeps them, and all of a queue's at once.

use crate::{
    fifo,
    lease::{self, Leases},
    limits::MICROS,
    queue::Queue,
    records::{HeldRecord, Keys, LeaseRecord, MessageRecord, QueueRecord, StateRecord},
};
use kernel::{
    AccountId, Cx, Local, Result,
    record::Record,
    store::{BlobId, Claim, Claimant, Key, Op, Part, Row, Scan, Source, Txn, counter},
    timers::{Due, Timer},
};
use wire::Timestamp;

/// Every queue with messages has one of these, due when its oldest message is; the first message of an empty queue sets it.
pub const TIMER: Timer = Timer { kind: "retention", run };

/// Set by whatever empties a queue, to let go of its blobs.
pub const FORGET: Timer = Timer { kind: "forget", run: forget };

/// Blobs let go in one commit.
const BLOBS: usize = 500;
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
            let record: Option<QueueRecord> = tx.read(&key).await?;
            let Some(mut record) = record.filter(|record| !replaced(record)) else { return Ok(()) };
            // A message that comes meanwhile changes them, and has found a queue with a timer.
            let mut counters = [0; 3];
            for (count, row) in counters.iter_mut().zip(queue.keys.counters(queue.id)) {
                *count = tx.get(&row).await?.map_or(0, |bytes| counter(&bytes));
            }
            let [count, head, cursor] = counters;
            let is_empty = count == 0 && head == cursor;
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

/// Removes expired messages, in flight or not. Answers when the oldest of the others was sent.
async fn sweep(cx: &Cx, queue: &Queue) -> Result<Option<Timestamp>> {
    let horizon = horizon(queue, cx.now());
    let first = match queue.fifo {
        true => None,
        false => sweep_stream(cx, queue, horizon).await?,
    };
    let mut oldest = first;
    let mut note = |begun: Timestamp| oldest = Some(oldest.map_or(begun, |oldest| begun.min(oldest)));
    let index = if queue.fifo { queue.keys.fifo(queue.id) } else { queue.keys.leases(queue.id) };
    let mut range = index.children();
    loop {
        let page = cx.read().scan(&range, &Scan::default()).await?;
        if let (Some(row), true) = (page.rows.last(), page.more) {
            range = range.after(&row.key);
        }
        let mut expired = Vec::new();
        for row in page.rows {
            for one in Sweepable::of_row(queue, &row) {
                match one.begun <= horizon {
                    true => expired.push(one),
                    false => note(one.begun),
                }
            }
        }
        for some in expired.chunks(BATCH) {
            cx.write(async |tx| remove(cx, tx, queue, some).await).await?;
        }
        if !page.more {
            return Ok(oldest);
        }
    }
}

/// Removes expired messages that nobody received. Answers when the first of the others was sent: they stand in that order.
async fn sweep_stream(cx: &Cx, queue: &Queue, horizon: Timestamp) -> Result<Option<Timestamp>> {
    let (stream, cursor) = (queue.keys.messages(queue.id), queue.keys.cursor(queue.id));
    loop {
        let mut expired = Expired { queue, horizon, cursor: &cursor, last: None, blobs: Vec::new(), first: None };
        let source = Source::Stream { stream: &stream, cursor: &cursor };
        // None is taken; it is how many rows are looked at together.
        cx.cloud().engine().claim_from(source, BATCH, &mut expired).await?;
        for blob in expired.blobs {
            cx.cloud().blobs().delete(BlobId(blob));
        }
        if expired.first.is_some() || expired.last.is_none() {
            return Ok(expired.first);
        }
    }
}

/// Drops the expired messages at the beginning of a stream.
struct Expired<'a> {
    queue: &'a Queue,
    horizon: Timestamp,
    cursor: &'a Key,
    /// The last one dropped.
    last: Option<u64>,
    blobs: Vec<u128>,
    /// When the first one that is not expired was sent.
    first: Option<Timestamp>,
}

impl Claimant for Expired<'_> {
    fn decide(&mut self, row: &Row) -> Claim {
        let record = MessageRecord::decode(&row.value).unwrap_or_default();
        let Some(message) = row.key.last_number().filter(|_| record.sent <= self.horizon) else {
            self.first = Some(record.sent);
            return Claim::Stop;
        };
        self.last = Some(message);
        self.blobs.extend(record.blob);
        Claim::Drop(lease::forget_ops(self.queue, message, record.blob, false))
    }

    fn end(&mut self) -> Vec<Op> {
        let put = |last: u64| Op::Put(self.cursor.clone(), last.to_le_bytes().to_vec().into());
        self.last.map(put).into_iter().collect()
    }
}

/// Where a message has its state, and when its retention began.
struct Sweepable {
    message: u64,
    begun: Timestamp,
    place: Place,
}

enum Place {
    Lease(Timestamp, u64),
    Group(String),
}

impl Sweepable {
    fn of_row(queue: &Queue, row: &Row) -> Vec<Sweepable> {
        if queue.fifo {
            let Some(message) = row.key.last_number() else { return Vec::new() };
            let begun = begun(&StateRecord::decode(&row.value).unwrap_or_default(), message);
            return match row.key.parts().unwrap_or_default().into_iter().rev().nth(1) {
                Some(Part::Text(group)) => vec![Sweepable { message, begun, place: Place::Group(group) }],
                _ => Vec::new(),
            };
        }
        let Some((at, id)) = lease::place(&row.key) else { return Vec::new() };
        let lease = LeaseRecord::decode(&row.value).unwrap_or_default();
        let one = |held: HeldRecord| Sweepable { message: held.message, begun: held.sent, place: Place::Lease(at, id) };
        lease.messages.into_iter().map(one).collect()
    }
}

async fn remove(cx: &Cx, tx: &mut Txn, queue: &Queue, expired: &[Sweepable]) -> Result<()> {
    let mut leases = Leases::new(queue, cx.now());
    let mut of_groups = Vec::new();
    for Sweepable { message, place, .. } in expired {
        match place {
            Place::Group(group) => of_groups.push((group.clone(), *message)),
            // Gone or elsewhere if it was deleted or received since.
            Place::Lease(at, id) => {
                if let Some(held) = leases.take(tx, *at, *id, *message).await? {
                    lease::forget(tx, queue, *message, held.record.blob);
                }
            }
        }
    }
    leases.close(tx);
    fifo::remove_all(cx, tx, queue, &of_groups).await
}

/// Removes everything that a queue holds. Its blobs go later, a few at a time.
pub fn empty(tx: &mut Txn, cx: &Cx, queue: &Queue) {
    for table in queue.keys.contents(queue.id) {
        tx.delete_range(table.children());
    }
    queue.keys.counters(queue.id).into_iter().for_each(|counter| tx.delete(counter));
    tx.put(queue.keys.purge(queue.id), Vec::new());
    let cx_of_owner = background(cx, queue.owner);
    tx.set_timer(&cx_of_owner, FORGET.kind, &queue.id.to_be_bytes(), cx.now(), Vec::new());
}

/// Lets go of the blobs of messages that were purged: those that became the queue's before. Those of messages that were
/// sent since, perhaps while the purge was being made, are younger than its row.
fn forget(cx: Cx, due: Due) -> Local<'static, Result<()>> {
    Box::pin(async move {
        let Some(queue) = due.id.first_chunk().map(|id| u64::from_be_bytes(*id)) else { return Ok(()) };
        let keys = Keys(cx.key());
        let snapshot = cx.read();
        let Some(purge) = snapshot.get(&keys.purge(queue)).await? else { return Ok(()) };
        let mut range = keys.blobs(queue).children();
        loop {
            let page = snapshot.scan(&range, &Scan { limit: BLOBS, ..Scan::default() }).await?;
            cx.write(async |tx| {
                for row in page.rows.iter().filter(|row| row.ver < purge.ver) {
                    if let Some(Part::Bytes(blob)) = row.key.parts().unwrap_or_default().pop()
                        && let Ok(blob) = blob.try_into()
                    {
                        tx.drop_blob(BlobId(u128::from_be_bytes(blob)));
                    }
                    tx.delete(row.key.clone());
                }
                Ok(())
            })
            .await?;
            match page.rows.last() {
                Some(row) if page.more => range = range.after(&row.key),
                _ => break,
            }
        }
        cx.write(async |tx| {
            // Another purge meanwhile has a timer of its own.
            if tx.get_row(&purge.key).await?.is_some_and(|row| row.ver == purge.ver) {
                tx.delete(purge.key.clone());
            }
            Ok(())
        })
        .await
    })
}
