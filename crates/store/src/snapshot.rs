//! Reading at one version.

use crate::{layer::Known, shared::Shared};
use bytes::Bytes;
use kernel::store::{Answer, Key, Page, Range, Row, Scan, Snapshot, StoreError, Ver};
use std::sync::Arc;

/// About the most bytes of values in one page.
const PAGE_BYTES: usize = 1024 * 1024;
/// The most rows of the overlay looked at under the lock at once.
const SLICE_ROWS: usize = 256;
const MAX_LIMIT: usize = 1_000;

pub struct View {
    shared: Arc<Shared>,
    at: Ver,
}

impl View {
    pub fn open(shared: &Arc<Shared>) -> View {
        let mut state = shared.lock();
        let at = state.published;
        state.readers.enter(at);
        drop(state);
        View { shared: shared.clone(), at }
    }

    /// The newest state, published or not.
    pub fn open_latest(shared: &Arc<Shared>) -> View {
        let mut state = shared.lock();
        let at = state.applied;
        state.readers.enter(at);
        drop(state);
        View { shared: shared.clone(), at }
    }

    fn row(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        let state = self.shared.lock();
        if self.shared.too_old(self.at) {
            return Err(StoreError::SnapshotTooOld);
        }
        let row = |ver, value: &Bytes| Some(Row { key: key.clone(), value: value.clone(), ver });
        let past = if state.history.is_empty() { None } else { state.history.get(key, self.at) };
        let known = match past {
            Some(Some(entry)) => match &entry.value {
                Some(value) => Known::Row(entry.ver, value),
                None => Known::Deleted,
            },
            Some(None) if state.active.hides(key.as_bytes(), self.at) => Known::Deleted,
            Some(None) => Known::Nothing,
            None => state.active.get(key, self.at),
        };
        match known {
            Known::Row(ver, value) => return Ok(row(ver, value)),
            Known::Deleted => return Ok(None),
            Known::Nothing => {}
        }
        if let Some(frozen) = &state.frozen {
            match frozen.get(key, self.at) {
                Known::Row(ver, value) => return Ok(row(ver, value)),
                Known::Deleted => return Ok(None),
                Known::Nothing => {}
            }
        }
        let Some(base) = state.base.clone().filter(|base| !base.is_empty()) else { return Ok(None) };
        // Without the lock: this may have to read from disk.
        drop(state);
        let found = base.get(key)?;
        if self.shared.too_old(self.at) {
            // A checkpoint may have written what came after this snapshot.
            return Err(StoreError::SnapshotTooOld);
        }
        Ok(found.map(|(ver, value)| Row { key: key.clone(), value, ver }))
    }

    fn page(&self, range: &Range, scan: &Scan) -> Result<Page, StoreError> {
        let limit = scan.limit.clamp(1, MAX_LIMIT);
        let mut page = Page::default();
        let mut bytes = 0;
        let mut rest = Some(range.clone());
        let mut dead = Vec::new();
        while let Some(range) = rest.take() {
            // A row behind the last is looked for only to know whether there is one.
            let full = page.rows.len() == limit || bytes >= PAGE_BYTES;
            let want = if full { 1 } else { limit - page.rows.len() };
            let mut state = self.shared.lock();
            if self.shared.too_old(self.at) {
                return Err(StoreError::SnapshotTooOld);
            }
            if self.at == state.applied {
                state.remember(std::mem::take(&mut dead), self.at);
            }
            let keys_only = scan.keys_only || full;
            let Some(slice) = state.slice(self.at, range, want.min(SLICE_ROWS), scan.reverse, keys_only) else { break };
            drop(state);
            let walked = slice.walk(want, PAGE_BYTES.saturating_sub(bytes).saturating_sub(1))?;
            if self.shared.too_old(self.at) {
                return Err(StoreError::SnapshotTooOld);
            }
            dead = walked.dead;
            rest = walked.rest;
            if full {
                page.more = !walked.rows.is_empty();
                if page.more {
                    break;
                }
            } else {
                bytes += walked.rows.iter().map(|row| row.value.len()).sum::<usize>();
                page.rows.extend(walked.rows);
            }
        }
        Ok(page)
    }
}

impl Snapshot for View {
    fn get(&self, key: &Key) -> Answer<'_, Result<Option<Row>, StoreError>> {
        Answer::ready(self.row(key))
    }

    fn scan(&self, range: &Range, scan: &Scan) -> Answer<'_, Result<Page, StoreError>> {
        Answer::ready(self.page(range, scan))
    }
}

impl Drop for View {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        if state.readers.leave(self.at) {
            self.shared.prune(&mut state);
            // A checkpoint may wait for it.
            self.shared.notify(state);
        }
    }
}
