//! Bytes too large for a row: immutable files under random ids.
//!
//! Order of writing: the blob first, then the commit that names it; order of deleting: the commit first, then the
//! blob. A crash in between leaves an orphan, which the engine sweeps: a blob is alive while the store has the row
//! `("sys", "blob", id)`, which the commit that names it puts, and the commit that forgets it deletes
//! (`Txn::keep_blob`, `Txn::drop_blob`).

use super::{Answer, Key, StoreError};
use bytes::Bytes;

/// What is at most this long is kept in the row itself.
pub const INLINE_BLOB: usize = 16 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlobId(pub u128);

impl BlobId {
    /// The row that keeps the blob alive.
    pub fn key(self) -> Key {
        Key::new().text("sys").text("blob").bytes(&self.0.to_be_bytes())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobRef {
    pub id: BlobId,
    /// In bytes.
    pub len: u64,
}

pub trait Blobs: Send + Sync {
    /// Stores the bytes, durable as commits are, under an id that the caller made (random).
    fn put(&self, id: BlobId, bytes: &[Bytes]) -> Answer<'_, Result<BlobRef, StoreError>>;
    /// Bytes `from..to` of a blob; `None` where there is no such blob. At most 1 MiB a call.
    fn read(&self, id: BlobId, from: u64, to: u64) -> Answer<'_, Result<Option<Bytes>, StoreError>>;
    /// Begins a blob that is written piece by piece, under an id that the caller made.
    fn create(&self, id: BlobId) -> Answer<'_, Result<Box<dyn BlobWriter>, StoreError>>;
    /// A blob for reading, whole even if it is deleted meanwhile; `None` where there is no such blob.
    fn open(&self, id: BlobId) -> Answer<'_, Result<Option<Box<dyn BlobReader>>, StoreError>>;
    /// Gives the bytes of a blob a second id. Whether there is such a blob.
    fn copy(&self, from: BlobId, to: BlobId) -> Answer<'_, Result<bool, StoreError>>;
    /// Removes the file at leisure; called after the commit that forgot the blob. Saved snapshots keep theirs.
    fn delete(&self, id: BlobId);
}

/// A blob on its way in. Nothing is left of one that is dropped before it is finished.
pub trait BlobWriter {
    fn write(&mut self, bytes: Bytes) -> Answer<'_, Result<(), StoreError>>;
    /// Answers when the blob is durable as commits are.
    fn finish(self: Box<Self>) -> Answer<'static, Result<BlobRef, StoreError>>;
}

/// An open blob.
pub trait BlobReader {
    /// Bytes `from..to`, fewer at the end of the blob; at most 1 MiB a call.
    fn read(&self, from: u64, to: u64) -> Answer<'_, Result<Bytes, StoreError>>;
}
