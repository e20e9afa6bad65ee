//! The engine's side of the contract: rows, checks, operations, snapshots.

use super::{Answer, Key, Range};
use bytes::Bytes;

/// The largest value, in bytes; what is larger is a blob.
pub const MAX_VALUE: usize = 64 * 1024;
/// The largest commit: the sum of its keys and values, in bytes.
pub const MAX_COMMIT: usize = 1024 * 1024;
/// The most operations in one commit.
pub const MAX_COMMIT_OPS: usize = 2_000;

/// The commit that wrote a key last. Grows with every commit; 0 stands for "no such key".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ver(pub u64);

impl Ver {
    pub const ABSENT: Ver = Ver(0);
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub key: Key,
    pub value: Bytes,
    pub ver: Ver,
}

/// What must still be true when a commit is applied; otherwise nothing of it is.
#[derive(Clone, Debug)]
pub enum Check {
    /// The key was last written by this commit, or (`Ver::ABSENT`) is not there.
    Is(Key, Ver),
    /// No key is in the range. Engines that cannot lock a range lock `guard` instead, so every commit that
    /// adds to the range must carry a check on `guard` too.
    Empty { guard: Key, range: Range },
}

#[derive(Clone, Debug)]
pub enum Op {
    Put(Key, Bytes),
    Delete(Key),
    DeleteRange(Range),
    /// Adds to a counter (8 bytes, little endian, signed; absent is 0) without conflicting with other adds.
    Add(Key, i64),
    /// Puts the value at `stream` followed by the next number of the counter at `head` (the first is 1).
    /// Numbers follow the order of commits, are below 2^63, and are given back in [`Committed::numbers`].
    Append {
        stream: Key,
        head: Key,
        value: Bytes,
    },
}

#[derive(Clone, Debug, Default)]
pub struct Commit {
    pub checks: Vec<Check>,
    pub ops: Vec<Op>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Committed {
    pub ver: Ver,
    /// The numbers that the commit's `Append`s were given, in their order.
    pub numbers: Vec<u64>,
}

/// What becomes of a row that `claim` looks at.
#[derive(Clone, Debug)]
pub enum Claim {
    /// It stays as it is, and does not count towards the limit.
    Pass,
    /// It stays, and the claim ends before it.
    Stop,
    /// It is taken: it is given back, and these operations are part of the claim's commit (usually: delete the
    /// row and put it under a new key).
    Take(Vec<Op>),
    /// The operations are part of the commit, but the row is neither given back nor counted (expired rows).
    Drop(Vec<Op>),
}

/// Says what becomes of the rows that a claim visits, inside the engine's critical section: it must be quick and must not
/// call the engine.
pub trait Claimant {
    /// Asked once a row.
    fn decide(&mut self, row: &Row) -> Claim;
    /// Operations for the commit as a whole, asked for once at the end if a row was taken or dropped.
    fn end(&mut self) -> Vec<Op> {
        Vec::new()
    }
}

struct Decide<'a>(&'a mut dyn FnMut(&Row) -> Claim);

impl Claimant for Decide<'_> {
    fn decide(&mut self, row: &Row) -> Claim {
        (self.0)(row)
    }
}

/// The rows that a claim visits, in order.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    Range(&'a Range),
    /// The rows of a stream (see [`Op::Append`]) behind the number that the counter at `cursor` has. Where the claim sets
    /// the counter to the last row it took, the rows stay, and no claim visits them again.
    Stream {
        stream: &'a Key,
        cursor: &'a Key,
    },
}

/// How to scan a range.
#[derive(Clone, Debug)]
pub struct Scan {
    /// At most so many rows a page (1 to 1,000).
    pub limit: usize,
    pub reverse: bool,
    /// Values are left empty.
    pub keys_only: bool,
}

impl Default for Scan {
    fn default() -> Scan {
        Scan { limit: 1_000, reverse: false, keys_only: false }
    }
}

/// One page of a scan: at most `limit` rows and about 1 MiB of values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub rows: Vec<Row>,
    /// Whether the range holds more rows than were given.
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A check failed: read again and try again. `Txn` does so by itself.
    #[error("a concurrent commit changed what this one had read")]
    Conflict,
    #[error("{0} is larger than the store's limit")]
    TooLarge(&'static str),
    /// The snapshot is older than the engine keeps history for (5 s while commits go on).
    #[error("the snapshot is too old")]
    SnapshotTooOld,
    /// What was asked can never succeed as it stands: an empty key, an `Add` to a row that is no counter, a snapshot
    /// name that is malformed, taken or unknown.
    #[error("{0}")]
    Refused(String),
    /// A row is not what its service wrote: the data directory is damaged, or of another release.
    #[error("a stored record cannot be read")]
    Damaged,
    /// Disk full, input/output error, engine closed: nothing of the commit was applied.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
}

/// A consistent view of the store as of one moment.
pub trait Snapshot {
    fn get(&self, key: &Key) -> Answer<'_, Result<Option<Row>, StoreError>>;
    fn scan(&self, range: &Range, scan: &Scan) -> Answer<'_, Result<Page, StoreError>>;
}

/// A transactional ordered store. All methods may be called from any thread.
pub trait Engine: Send + Sync {
    /// The newest state whose commits have all been acknowledged durable.
    fn snapshot(&self) -> Box<dyn Snapshot>;

    /// The newest state, with commits that are applied but not yet durable: for transactions only. Their own commit is
    /// acknowledged after all that it built on; and fails with it.
    fn latest(&self) -> Box<dyn Snapshot>;

    /// Applies all operations or none. Returns when the commit is durable (as the engine was told to understand
    /// that) and visible to every later snapshot. A dropped future does not undo a commit.
    fn commit(&self, commit: Commit) -> Answer<'_, Result<Committed, StoreError>>;

    /// Visits the rows of `range` in order as of the newest state, asks `decide` of each, and applies all that
    /// it says in one commit; ends when `limit` rows are taken. Two claims never take the same row. See [`Claimant`].
    fn claim<'a>(
        &'a self,
        range: &Range,
        limit: usize,
        decide: &mut dyn FnMut(&Row) -> Claim,
    ) -> Answer<'a, Result<Vec<Row>, StoreError>> {
        self.claim_from(Source::Range(range), limit, &mut Decide(decide))
    }

    /// As `claim`, of a range or a stream.
    fn claim_from<'a>(
        &'a self,
        source: Source,
        limit: usize,
        claimant: &mut dyn Claimant,
    ) -> Answer<'a, Result<Vec<Row>, StoreError>>;

    /// Changes whenever the whole state was exchanged (restore, reset): caches built before are void.
    fn epoch(&self) -> u64;

    /// Removes everything (keys, blobs; not saved snapshots).
    fn reset(&self) -> Answer<'_, Result<(), StoreError>>;

    /// Makes all acknowledged commits safe against power loss and leaves a state that opens at once; used at exit.
    fn close(&self) -> Answer<'_, Result<(), StoreError>>;
}

/// A saved state of the whole cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    pub name: String,
    /// Bytes on disk (or in memory) that belong to this snapshot.
    pub bytes: u64,
    /// Microseconds since the epoch, as the caller of `save` gave it.
    pub saved_at: i64,
}

/// Saving and restoring the whole state. Names are 1 to 64 characters of `[A-Za-z0-9._-]`, not beginning with a period.
pub trait Snapshots: Send + Sync {
    /// Saves the newest state under a name; an existing snapshot of that name is an error unless `replace`.
    fn save(&self, name: &str, saved_at: i64, replace: bool) -> Answer<'_, Result<SnapshotInfo, StoreError>>;
    /// Exchanges the whole state for a saved one; the snapshot stays. `epoch` changes.
    fn restore(&self, name: &str) -> Answer<'_, Result<(), StoreError>>;
    fn list(&self) -> Answer<'_, Result<Vec<SnapshotInfo>, StoreError>>;
    fn delete(&self, name: &str) -> Answer<'_, Result<(), StoreError>>;
}
