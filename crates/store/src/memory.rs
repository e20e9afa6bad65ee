//! Blobs and saved states of a store without a data directory.

use crate::layer::Layer;
use bytes::Bytes;
use kernel::store::{BlobId, SnapshotInfo};
use std::collections::{BTreeMap, HashMap};

#[derive(Default)]
pub struct Memory {
    pub blobs: HashMap<BlobId, Bytes>,
    pub saved: BTreeMap<String, Saved>,
}

pub struct Saved {
    pub info: SnapshotInfo,
    pub rows: Layer,
    pub blobs: HashMap<BlobId, Bytes>,
}
