//! The one contract between the services and whatever keeps their state.
//!
//! Snapshot reads, one-shot optimistic commits with point-key checks, and three primitives that would be
//! slow or conflict-prone as read-modify-write: `claim` (queues), `Op::Append` (streams), `Op::Add` (counters).
//! Engines live in the crate `store`; handlers use [`Txn`] through `Cx`.

mod answer;
mod blobs;
mod engine;
mod key;
mod rows;
mod txn;

pub use answer::Answer;
pub use blobs::{BlobId, BlobReader, BlobRef, BlobWriter, Blobs, INLINE_BLOB};
pub use engine::{
    Check, Claim, Claimant, Commit, Committed, Engine, MAX_COMMIT, MAX_COMMIT_OPS, MAX_VALUE, Op, Page, Row, Scan,
    Snapshot, SnapshotInfo, Snapshots, Source, StoreError, Ver,
};
pub use key::{Key, MAX_KEY, Part, Range};
pub use rows::{Rows, counter};
pub use txn::{After, Txn};
