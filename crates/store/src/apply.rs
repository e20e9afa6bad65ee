//! Operations become rows of the overlay and one record of the log.

use crate::{log::record::Encoder, state::State};
use bytes::Bytes;
use kernel::store::{Committed, Key, Op, Range, StoreError, Ver};
use std::collections::BTreeMap;

/// A range with at most so many rows is deleted row by row; what holds more costs one tombstone.
const FEW_ROWS: usize = 256;

impl State {
    /// Applies all operations under the next version, or none.
    pub fn apply(&mut self, ops: Vec<Op>) -> Result<Committed, StoreError> {
        let before = self.applied;
        let ver = Ver(before.0 + 1);
        let mut pending = std::mem::take(&mut self.pending);
        let start = pending.len();
        let mut attempt = Attempt {
            ver,
            record: self.logged.then(|| Encoder::begin(&mut pending, ver, self.encoded)),
            counters: BTreeMap::new(),
            numbers: Vec::new(),
            few_rows: FEW_ROWS,
        };
        let result = ops.into_iter().try_for_each(|op| attempt.op(self, op));
        if result.is_ok() {
            attempt.write_counters(self);
        }
        let Attempt { record, numbers, .. } = attempt;
        match &result {
            Ok(()) => {
                if let Some(record) = record {
                    record.finish();
                }
                (self.applied, self.encoded) = (ver, ver);
            }
            Err(_) => {
                pending.truncate(start);
                self.roll_back(before);
            }
        }
        self.pending = pending;
        result.map(|()| Committed { ver, numbers })
    }
}

/// One commit on its way into the state.
struct Attempt<'a> {
    ver: Ver,
    record: Option<Encoder<'a>>,
    /// What `Add` and `Append` have counted to, so that a commit with many of them reads and writes each counter once.
    counters: BTreeMap<Key, i64>,
    numbers: Vec<u64>,
    /// How many rows may still be deleted one by one on behalf of ranges.
    few_rows: usize,
}

impl Attempt<'_> {
    fn op(&mut self, state: &mut State, op: Op) -> Result<(), StoreError> {
        match op {
            Op::Put(key, value) => {
                self.counters.remove(&key);
                self.put(state, key, &value);
            }
            Op::Delete(key) => {
                self.counters.remove(&key);
                self.delete(state, key);
            }
            Op::DeleteRange(range) => {
                self.counters.retain(|key, _| !range.contains(key));
                self.delete_range(state, range)?;
            }
            Op::Add(key, by) => {
                self.count(state, key, by)?;
            }
            Op::Append { stream, head, value } => {
                let number = self.count(state, head, 1)? as u64;
                self.numbers.push(number);
                self.put(state, stream.number(number), &value);
            }
        }
        Ok(())
    }

    fn put(&mut self, state: &mut State, key: Key, value: &[u8]) {
        if let Some(record) = &mut self.record {
            record.put(&key, value);
        }
        // A copy, because the caller's bytes may be a small part of a large buffer.
        let value = if state.logged { state.arena.copy(value) } else { Bytes::copy_from_slice(value) };
        state.put(key, value, self.ver);
    }

    fn delete(&mut self, state: &mut State, key: Key) {
        if let Some(record) = &mut self.record {
            record.delete(&key);
        }
        state.delete(key, self.ver);
    }

    fn delete_range(&mut self, state: &mut State, range: Range) -> Result<(), StoreError> {
        let rows = state.newest_rows(&range, self.few_rows + 1)?;
        if rows.len() <= self.few_rows {
            self.few_rows -= rows.len();
            rows.into_iter().for_each(|row| self.delete(state, row.key));
            return Ok(());
        }
        if let Some(record) = &mut self.record {
            record.delete_range(&range);
        }
        state.delete_range(&range, self.ver);
        Ok(())
    }

    fn count(&mut self, state: &mut State, key: Key, by: i64) -> Result<i64, StoreError> {
        let before = match self.counters.get(&key) {
            Some(count) => *count,
            None => state.counter(&key)?,
        };
        let count = before.saturating_add(by);
        self.counters.insert(key, count);
        Ok(count)
    }

    fn write_counters(&mut self, state: &mut State) {
        for (key, count) in std::mem::take(&mut self.counters) {
            self.put(state, key, &count.to_le_bytes());
        }
    }
}
