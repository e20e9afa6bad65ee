//! Leases: messages of a standard queue that were received together, hidden until the same instant.
//!
//! A message that was just sent has no lease; it stands in the queue's stream until it is received. From then on it is
//! always in one, as are messages that are delayed or come from another queue: alone, and perhaps visible at once. A
//! lease is one row, so that receiving ten messages, and deleting them, writes little more than one.

use crate::{
    queue::Queue,
    receipt::Receipt,
    records::{HeldRecord, LeaseRecord},
    statistics,
};
use kernel::{
    Result,
    record::{FieldValue, Record},
    store::{BlobId, Key, Op, Txn},
};
use wire::Timestamp;

/// The instant and the number in a lease's key.
pub fn place(key: &Key) -> Option<(Timestamp, u64)> {
    let id = key.last_number()?;
    let bytes = key.as_bytes();
    let at = bytes.get(bytes.len().checked_sub(17)?..)?.first_chunk().copied()?;
    Some((Timestamp(u64::from_be_bytes(at) as i64), id))
}

/// Operations that remove a message for good, with its blob; for claims, which have no transaction.
pub fn forget_ops(queue: &Queue, message: u64, blob: Option<u128>, moved: bool) -> Vec<Op> {
    let keys = &queue.keys;
    let mut ops = vec![Op::Delete(keys.message(queue.id, message))];
    if let Some(blob) = blob {
        ops.extend([Op::Delete(BlobId(blob).key()), Op::Delete(keys.blob(queue.id, blob))]);
    }
    if moved {
        ops.push(Op::Delete(keys.changed(queue.id, message)));
    }
    ops
}

/// Removes a message's record and blob.
pub fn forget(tx: &mut Txn, queue: &Queue, message: u64, blob: Option<u128>) {
    tx.delete(queue.keys.message(queue.id, message));
    if let Some(blob) = blob {
        tx.drop_blob(BlobId(blob));
        tx.delete(queue.keys.blob(queue.id, blob));
    }
}

/// The leases that a transaction changes: each is read once, and written once by `close`.
pub struct Leases<'a> {
    queue: &'a Queue,
    now: Timestamp,
    open: Vec<Open>,
}

struct Open {
    at: Timestamp,
    id: u64,
    before: Census,
    changed: bool,
    lease: LeaseRecord,
}

/// How many messages of a lease were never received, and how many were.
struct Census {
    delayed: i64,
    received: i64,
}

impl Census {
    fn of(lease: &LeaseRecord) -> Census {
        let delayed = lease.messages.iter().filter(|held| held.receives == 0).count() as i64;
        Census { delayed, received: lease.messages.len() as i64 - delayed }
    }
}

impl<'a> Leases<'a> {
    pub fn new(queue: &'a Queue, now: Timestamp) -> Leases<'a> {
        Leases { queue, now, open: Vec::new() }
    }

    async fn open(&mut self, tx: &mut Txn, at: Timestamp, id: u64) -> Result<&mut Open> {
        let known = self.open.iter().position(|open| (open.at, open.id) == (at, id));
        let index = match known {
            Some(index) => index,
            None => {
                let lease = tx.read(&self.queue.keys.lease(self.queue.id, at, id)).await?;
                let lease: LeaseRecord = lease.unwrap_or_default();
                self.open.push(Open { at, id, before: Census::of(&lease), changed: false, lease });
                self.open.len() - 1
            }
        };
        Ok(&mut self.open[index])
    }

    /// Takes a message out of a lease, if it is there.
    pub async fn take(&mut self, tx: &mut Txn, at: Timestamp, id: u64, message: u64) -> Result<Option<Held>> {
        let Open { lease, changed, .. } = self.open(tx, at, id).await?;
        let Some(index) = lease.messages.iter().position(|held| held.message == message) else { return Ok(None) };
        *changed = true;
        let mut record = lease.messages.remove(index);
        let received = lease.received;
        if std::mem::take(&mut record.moved) {
            tx.delete(self.queue.keys.changed(self.queue.id, message));
        }
        Ok(Some(Held { record, received }))
    }

    /// Takes the message of a receipt, if that is still its newest.
    pub async fn release(&mut self, tx: &mut Txn, receipt: &Receipt) -> Result<Option<Held>> {
        if let Some(held) = self.take(tx, receipt.visible, receipt.nonce, receipt.message).await? {
            return Ok(Some(held));
        }
        let changed = self.queue.keys.changed(self.queue.id, receipt.message);
        match tx.get(&changed).await?.and_then(|moved| Timestamp::take(&moved)) {
            Some(at) => self.take(tx, at, receipt.nonce, receipt.message).await,
            None => Ok(None),
        }
    }

    /// Puts a message into the lease of that instant and number.
    pub async fn put(&mut self, tx: &mut Txn, at: Timestamp, id: u64, held: Held) -> Result<()> {
        let Open { lease, changed, .. } = self.open(tx, at, id).await?;
        *changed = true;
        lease.received = held.received;
        lease.messages.push(held.record);
        Ok(())
    }

    pub fn close(self, tx: &mut Txn) {
        let Leases { queue, now, open } = self;
        let mut more = 0;
        for Open { at, id, before, lease, .. } in open.into_iter().filter(|open| open.changed) {
            let after = Census::of(&lease);
            let key = queue.keys.lease(queue.id, at, id);
            match lease.messages.is_empty() {
                true => tx.delete(key),
                false => tx.put(key, lease.encode()),
            }
            let (delayed, received) = (after.delayed - before.delayed, after.received - before.received);
            statistics::hide(tx, queue, at, now, statistics::Why::Delayed, delayed);
            statistics::hide(tx, queue, at, now, statistics::Why::InFlight, received);
            more += delayed + received;
        }
        if more != 0 {
            tx.add(queue.keys.count(queue.id), more);
        }
    }
}

/// A message out of its lease.
pub struct Held {
    pub record: HeldRecord,
    /// When it was received last.
    pub received: Timestamp,
}

impl Held {
    /// One that was not received yet.
    pub fn new(message: u64, sent: Timestamp, blob: Option<u128>) -> Held {
        let record = HeldRecord { message, sent, blob, ..HeldRecord::default() };
        Held { record, received: Timestamp(0) }
    }
}

impl HeldRecord {
    /// The next receive of the message, `before` being when the one before was.
    #[must_use]
    pub fn receive(self, before: Timestamp) -> HeldRecord {
        let first_received = if self.first_received == Timestamp(0) { before } else { self.first_received };
        HeldRecord { receives: self.receives + 1, first_received, moved: false, ..self }
    }

    pub fn first_received(&self, received: Timestamp) -> Timestamp {
        if self.first_received == Timestamp(0) { received } else { self.first_received }
    }
}
