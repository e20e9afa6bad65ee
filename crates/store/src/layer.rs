//! One ordered layer in memory: the newest state of the keys that changed since the layer below was written.

use bytes::Bytes;
use kernel::store::{Key, Range, Ver};
use std::collections::{BTreeMap, btree_map};

/// What a row costs beside its key and value: tree node, headers of two allocations, counters.
const OVERHEAD: usize = 128;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub ver: Ver,
    /// `None` is a tombstone: it hides the key in the layers below.
    pub value: Option<Bytes>,
}

/// What a layer says about a key.
pub enum Known<'a> {
    Row(Ver, &'a Bytes),
    Deleted,
    /// Ask the layer below.
    Nothing,
}

#[derive(Clone, Default)]
pub struct Layer {
    pub rows: BTreeMap<Key, Entry>,
    /// Ranges in which everything in the layers below is deleted.
    pub deleted: Vec<(Range, Ver)>,
    /// Memory held, roughly.
    pub bytes: usize,
}

impl Layer {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.deleted.is_empty()
    }

    /// The key as of version `at`. What was overwritten since is for the history to know.
    pub fn get(&self, key: &Key, at: Ver) -> Known<'_> {
        match self.rows.get(key) {
            Some(Entry { ver, value: Some(value) }) if *ver <= at => Known::Row(*ver, value),
            Some(Entry { ver, value: None }) if *ver <= at => Known::Deleted,
            _ if self.hides(key.as_bytes(), at) => Known::Deleted,
            _ => Known::Nothing,
        }
    }

    /// Whether a range tombstone hides the key of the layers below.
    pub fn hides(&self, key: &[u8], at: Ver) -> bool {
        let inside = |range: &Range| range.from.as_bytes() <= key && key < range.to.as_bytes();
        self.deleted.iter().any(|(range, ver)| *ver <= at && inside(range))
    }

    /// Puts an entry and gives back the one that it replaced, with a copy of the key.
    pub fn insert(&mut self, key: Key, entry: Entry) -> Option<(Key, Entry)> {
        let key_bytes = key.len();
        self.bytes += cost(key_bytes, &entry);
        match self.rows.entry(key) {
            btree_map::Entry::Vacant(place) => {
                place.insert(entry);
                None
            }
            btree_map::Entry::Occupied(mut place) => {
                let old = place.insert(entry);
                self.bytes -= cost(key_bytes, &old);
                Some((place.key().clone(), old))
            }
        }
    }

    pub fn remove(&mut self, key: &Key) -> Option<(Key, Entry)> {
        let (key, old) = self.rows.remove_entry(key)?;
        self.bytes -= cost(key.len(), &old);
        Some((key, old))
    }

    pub fn delete_below(&mut self, range: Range, ver: Ver) {
        self.bytes += range.from.len() + range.to.len() + OVERHEAD;
        self.deleted.push((range, ver));
    }

    /// Keeps only what was written up to `ver`.
    pub fn forget_after(&mut self, ver: Ver) {
        self.rows.retain(|_, entry| entry.ver <= ver);
        self.deleted.retain(|(_, deleted)| *deleted <= ver);
        self.bytes = self.rows.iter().map(|(key, entry)| cost(key.len(), entry)).sum::<usize>()
            + self.deleted.iter().map(|(range, _)| range.from.len() + range.to.len() + OVERHEAD).sum::<usize>();
    }
}

fn cost(key: usize, entry: &Entry) -> usize {
    key + entry.value.as_ref().map_or(0, Bytes::len) + OVERHEAD
}
