//! One optimistic attempt of a handler: reads at a snapshot, remembers what it read, collects what to write.

use super::{Answer, BlobId, Check, Commit, Engine, Key, Op, Page, Range, Row, Scan, Snapshot, StoreError, Ver};
use bytes::Bytes;
use std::sync::Arc;

/// Reads see the snapshot and this transaction's own writes by key. Every `get` becomes a check of the commit;
/// scans and `get_weak` do not: protect an invariant over a range by a guard key.
pub struct Txn {
    snapshot: Box<dyn Snapshot>,
    commit: Commit,
    after: After,
}

/// What to do once the commit has succeeded.
#[derive(Default)]
pub struct After {
    pub dropped_blobs: Vec<BlobId>,
    /// Topics to wake.
    pub wakes: Vec<Arc<str>>,
    /// Ids of entities and access keys whose uses are forgotten (see [`crate::used::forget`]).
    pub forgotten: Vec<Arc<str>>,
}

impl After {
    pub fn is_empty(&self) -> bool {
        self.dropped_blobs.is_empty() && self.wakes.is_empty()
    }
}

impl Txn {
    pub fn begin(engine: &dyn Engine) -> Txn {
        Txn { snapshot: engine.latest(), commit: Commit::default(), after: After::default() }
    }

    /// The row's value, and a promise that the commit fails if it changes until then.
    pub async fn get(&mut self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        if let Some(own) = self.own_write(key) {
            return Ok(own);
        }
        let row = self.snapshot.get(key).await?;
        let ver = row.as_ref().map_or(Ver::ABSENT, |row| row.ver);
        self.commit.checks.push(Check::Is(key.clone(), ver));
        Ok(row.map(|row| row.value))
    }

    /// As `get`, with the version; the transaction's own writes are not seen.
    pub async fn get_row(&mut self, key: &Key) -> Result<Option<Row>, StoreError> {
        let row = self.snapshot.get(key).await?;
        let ver = row.as_ref().map_or(Ver::ABSENT, |row| row.ver);
        self.commit.checks.push(Check::Is(key.clone(), ver));
        Ok(row)
    }

    /// As `get`, without the promise: for what may be stale.
    pub async fn get_weak(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        match self.own_write(key) {
            Some(own) => Ok(own),
            None => Ok(self.snapshot.get(key).await?.map(|row| row.value)),
        }
    }

    /// Rows of the snapshot; this transaction's own writes are not among them.
    pub fn scan(&self, range: &Range, scan: &Scan) -> Answer<'_, Result<Page, StoreError>> {
        self.snapshot.scan(range, scan)
    }

    /// Lets the commit fail unless the row is as the caller saw it earlier.
    pub fn check(&mut self, row: &Row) {
        self.commit.checks.push(Check::Is(row.key.clone(), row.ver));
    }

    /// Lets the commit fail unless the range is empty; see [`Check::Empty`].
    pub fn check_empty(&mut self, guard: Key, range: Range) {
        self.commit.checks.push(Check::Empty { guard, range });
    }

    pub fn put(&mut self, key: Key, value: impl Into<Bytes>) {
        self.commit.ops.push(Op::Put(key, value.into()));
    }

    pub fn delete(&mut self, key: Key) {
        self.commit.ops.push(Op::Delete(key));
    }

    pub fn delete_range(&mut self, range: Range) {
        self.commit.ops.push(Op::DeleteRange(range));
    }

    /// Additions to the same counter become one.
    pub fn add(&mut self, counter: Key, by: i64) {
        let same = self.commit.ops.iter_mut().rev().take(8).find_map(|op| match op {
            Op::Add(key, sum) if *key == counter => Some(sum),
            _ => None,
        });
        match same {
            Some(sum) => *sum += by,
            None => self.commit.ops.push(Op::Add(counter, by)),
        }
    }

    /// The number given is in `Committed::numbers`, in the order of the appends.
    pub fn append(&mut self, stream: Key, head: Key, value: impl Into<Bytes>) {
        self.commit.ops.push(Op::Append { stream, head, value: value.into() });
    }

    pub fn keep_blob(&mut self, id: BlobId) {
        self.put(id.key(), Bytes::new());
    }

    pub fn drop_blob(&mut self, id: BlobId) {
        self.delete(id.key());
        self.after.dropped_blobs.push(id);
    }

    /// Wakes a topic after the commit, even where the caller goes away before it is answered.
    pub fn wake_after(&mut self, topic: impl Into<Arc<str>>) {
        self.after.wakes.push(topic.into());
    }

    pub(crate) fn forget_after(&mut self, id: &str) {
        self.after.forgotten.push(id.into());
    }

    /// What to commit, and what to do afterwards.
    pub fn finish(self) -> (Commit, After) {
        (self.commit, self.after)
    }

    fn own_write(&self, key: &Key) -> Option<Option<Bytes>> {
        self.commit.ops.iter().rev().find_map(|op| match op {
            Op::Put(at, value) if at == key => Some(Some(value.clone())),
            Op::Delete(at) if at == key => Some(None),
            Op::DeleteRange(range) if range.contains(key) => Some(None),
            _ => None,
        })
    }
}
