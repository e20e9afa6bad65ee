//! All that the engine's one lock guards: the layers, the versions, what waits to be written.

use crate::{
    arena::Arena,
    base::Base,
    history::History,
    intervals::Intervals,
    layer::{Entry, Known, Layer},
    publish::Batch,
    readers::Readers,
    slice::Slice,
};
use bytes::Bytes;
use kernel::store::{Check, Key, Range, Row, StoreError, Ver};
use std::{ops::Bound, sync::Arc, task::Waker, time::Duration};

/// Every version there will ever be is before it: reads the newest state, published or not.
pub const NEWEST: Ver = Ver(u64::MAX);
/// History entries from which on snapshots over their age are given up.
const MUCH_HISTORY: usize = 50_000;
/// What deletes may spend on asking the base for gaps: a lookup costs `LOOKUP_COST`, a gap met again earns 1.
const GAP_LOOKUPS: u32 = 256;
const LOOKUP_COST: u32 = 8;

pub struct State {
    pub active: Layer,
    /// Where the active layer's values are.
    pub arena: Arena,
    /// Being written to the base; complete and published.
    pub frozen: Option<Arc<Layer>>,
    /// The version up to which the frozen layer and the base are complete.
    pub frozen_at: Ver,
    pub base: Option<Arc<Base>>,
    pub history: History,
    /// Stretches without a live key.
    pub empty: Intervals,
    /// Stretches without a key in the base.
    gaps: Intervals,
    gap_lookups: u32,
    pub applied: Ver,
    pub published: Ver,
    pub readers: Readers,

    /// Whether there is a log to write to.
    pub logged: bool,
    /// Records that are applied but not yet given to the log.
    pub pending: Vec<u8>,
    /// The version of the last record in `pending` and in the log, and of the last one in the log.
    pub encoded: Ver,
    pub written: Ver,
    /// A written buffer, for reuse.
    pub spare: Vec<u8>,
    /// The outcome of `pending`.
    pub batch: Arc<Batch>,
    /// The outcome of what is being written.
    pub in_flight: Option<Arc<Batch>>,
    /// Bytes of log since the last checkpoint.
    pub log_bytes: u64,
    /// Somebody is writing to the log, without the lock.
    pub writing: bool,
    /// Futures to wake when that has ended.
    pub waiters: Vec<Waker>,
    /// Futures to wake when the overlay has room again.
    pub room: Vec<Waker>,
    /// Threads that wait for a change.
    pub watchers: usize,
    /// The log holds records that are not synced.
    pub dirty: bool,
    /// The log thread looks at its work by itself soon.
    pub log_awake: bool,
    pub stop: bool,
    /// Why no commit is taken any more.
    pub closed: Option<&'static str>,
    /// Why the last checkpoint failed.
    pub checkpoint_error: Option<String>,
    pub checkpoint_due: bool,
}

impl State {
    pub fn new(base: Option<Arc<Base>>, logged: bool) -> State {
        State {
            active: Layer::default(),
            arena: Arena::default(),
            frozen: None,
            frozen_at: Ver::ABSENT,
            base,
            history: History::default(),
            empty: Intervals::default(),
            gaps: Intervals::default(),
            gap_lookups: GAP_LOOKUPS,
            applied: Ver::ABSENT,
            published: Ver::ABSENT,
            readers: Readers::default(),
            logged,
            pending: Vec::new(),
            encoded: Ver::ABSENT,
            written: Ver::ABSENT,
            spare: Vec::new(),
            batch: Arc::default(),
            in_flight: None,
            log_bytes: 0,
            writing: false,
            waiters: Vec::new(),
            room: Vec::new(),
            watchers: 0,
            dirty: false,
            log_awake: false,
            stop: false,
            closed: None,
            checkpoint_error: None,
            checkpoint_due: false,
        }
    }

    /// The newest row, published or not.
    pub fn newest(&self, key: &Key) -> Result<Option<(Ver, Bytes)>, StoreError> {
        self.look(key, |ver, value| (ver, value.clone()))
    }

    /// What a counter has come to.
    pub fn counter(&self, key: &Key) -> Result<i64, StoreError> {
        match self.newest(key)? {
            None => Ok(0),
            Some((_, value)) => match value[..].try_into() {
                Ok(bytes) => Ok(i64::from_le_bytes(bytes)),
                Err(_) => Err(StoreError::Refused(format!("{key:?} is no counter"))),
            },
        }
    }

    pub fn newest_ver(&self, key: &Key) -> Result<Ver, StoreError> {
        Ok(self.look(key, |ver, _| ver)?.unwrap_or(Ver::ABSENT))
    }

    fn look<T>(&self, key: &Key, found: impl Fn(Ver, &Bytes) -> T) -> Result<Option<T>, StoreError> {
        for layer in [Some(&self.active), self.frozen.as_deref()].into_iter().flatten() {
            match layer.get(key, NEWEST) {
                Known::Row(ver, value) => return Ok(Some(found(ver, value))),
                Known::Deleted => return Ok(None),
                Known::Nothing => {}
            }
        }
        match &self.base {
            Some(base) if !base.is_empty() => Ok(base.get(key)?.map(|(ver, value)| found(ver, &value))),
            _ => Ok(None),
        }
    }

    /// Whether all checks hold in the newest state; if not, whether what broke them is published.
    pub fn holds(&mut self, checks: &[Check]) -> Result<bool, StoreError> {
        for check in checks {
            let holds = match check {
                Check::Is(key, ver) => self.newest_ver(key)? == *ver,
                Check::Empty { range, .. } => self.newest_rows(range, 1)?.is_empty(),
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// At most `want` rows from the beginning of the range, without their values.
    pub fn newest_rows(&mut self, range: &Range, want: usize) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        let mut rest = Some(range.clone());
        while let Some(range) = rest.take()
            && rows.len() < want
            && let Some(slice) = self.slice(NEWEST, range, want - rows.len(), false, true)
        {
            let walked = slice.walk(want - rows.len(), usize::MAX)?;
            self.remember(walked.dead, self.applied);
            rows.extend(walked.rows);
            rest = walked.rest;
        }
        Ok(rows)
    }

    /// Stretches that a walk at the newest state found to be dead.
    pub fn remember(&mut self, dead: Vec<Range>, at: Ver) {
        for range in dead {
            self.empty.insert(range.from, range.to, at);
        }
    }

    /// The overlay's part of a merged read, of about `count` rows; `None` where the range is known to be empty.
    pub fn slice(&self, at: Ver, mut range: Range, count: usize, reverse: bool, keys_only: bool) -> Option<Slice> {
        while !reverse && let Some(end) = self.empty.covering(&range.from, at) {
            range.from = end.clone();
        }
        if range.from >= range.to {
            return None;
        }
        let mut overlay = Vec::new();
        self.overlay(at, &range, reverse, &mut |key, entry| {
            let value = |value: &Bytes| if keys_only { Bytes::new() } else { value.clone() };
            overlay.push((key.clone(), entry.value.as_ref().map(|bytes| (entry.ver, value(bytes)))));
            overlay.len() < count
        });
        let mut rest = None;
        if overlay.len() >= count
            && let Some((last, _)) = overlay.last()
        {
            let (mut first, mut second) = (range.clone(), range);
            if reverse {
                (first.from, second.to) = (last.clone(), last.clone());
            } else {
                first.to = last.successor();
                second.from = first.to.clone();
            }
            rest = (second.from < second.to).then_some(second);
            range = first;
        }
        let hidden = self.active.deleted.iter().filter(|(_, ver)| *ver <= at).map(|(range, _)| range.clone()).collect();
        let (frozen, base) = (self.frozen.clone(), self.base.clone());
        Some(Slice { range, rest, overlay, hidden, frozen, base, at, reverse, keys_only })
    }

    /// What the overlay holds of a range as of a version, in order, as long as `each` wants more.
    fn overlay(&self, at: Ver, range: &Range, reverse: bool, each: &mut dyn FnMut(&Key, &Entry) -> bool) {
        let bounds = (Bound::Included(&range.from), Bound::Excluded(&range.to));
        let mut rows = self.active.rows.range::<Key, _>(bounds);
        let mut row = || if reverse { rows.next_back() } else { rows.next() };
        if self.history.is_empty() || at >= self.applied {
            while let Some((key, entry)) = row() {
                if entry.ver <= at && !each(key, entry) {
                    return;
                }
            }
            return;
        }
        let mut past = self.history.range(&range.from, &range.to, at);
        let mut past = || if reverse { past.next_back() } else { past.next() };
        let (mut now, mut then) = (row(), past());
        loop {
            let order = match (&now, &then) {
                (None, None) => return,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some((a, _)), Some((b, _))) if reverse => b.cmp(a),
                (Some((a, _)), Some((b, _))) => a.cmp(b),
            };
            let state = if order.is_lt() { now.filter(|(_, entry)| entry.ver <= at) } else { None };
            let state = state.or(if order.is_ge() { then.and_then(|(key, old)| Some((key, old?))) } else { None });
            if let Some((key, entry)) = state
                && !each(key, entry)
            {
                return;
            }
            if order.is_le() {
                now = row();
            }
            if order.is_ge() {
                then = past();
            }
        }
    }

    pub fn put(&mut self, key: Key, value: Bytes, ver: Ver) {
        self.empty.split(&key);
        self.replace(key, Entry { ver, value: Some(value) });
    }

    pub fn delete(&mut self, key: Key, ver: Ver) {
        if self.below_may_hold(&key) {
            self.replace(key, Entry { ver, value: None });
        } else if let Some((key, old)) = self.active.remove(&key)
            && old.ver != ver
        {
            self.history.push(key, ver, Some(old));
        }
    }

    /// Deletes by one tombstone for the layers below; for ranges too long for one a row.
    pub fn delete_range(&mut self, range: &Range, ver: Ver) {
        if range.from >= range.to {
            return;
        }
        let keys: Vec<Key> = self.active.rows.range(&range.from..&range.to).map(|(key, _)| key.clone()).collect();
        for key in keys {
            if let Some((key, old)) = self.active.remove(&key)
                && old.ver != ver
            {
                self.history.push(key, ver, Some(old));
            }
        }
        if self.frozen.is_some() || self.base.as_ref().is_some_and(|base| !base.is_empty()) {
            self.active.delete_below(range.clone(), ver);
        }
        self.empty.insert(range.from.clone(), range.to.clone(), ver);
    }

    fn replace(&mut self, key: Key, entry: Entry) {
        let ver = entry.ver;
        if let Some((key, old)) = self.active.insert(key, entry)
            && old.ver != ver
        {
            self.history.push(key, ver, Some(old));
        }
    }

    /// Whether a delete must leave a tombstone. May say yes too often, never no too often.
    fn below_may_hold(&mut self, key: &Key) -> bool {
        if self.frozen.as_ref().is_some_and(|frozen| frozen.rows.contains_key(key)) {
            return true;
        }
        let Some(base) = self.base.as_ref().filter(|base| !base.is_empty()) else { return false };
        if self.gaps.covering(key, NEWEST).is_some() {
            self.gap_lookups = (self.gap_lookups + 1).min(GAP_LOOKUPS);
            return false;
        }
        // Where keys are random or old, gaps are not met again: a tombstone is cheaper than asking for each.
        if self.gap_lookups < LOOKUP_COST {
            return true;
        }
        self.gap_lookups -= LOOKUP_COST;
        let Ok(reader) = base.reader() else { return true };
        let Ok((before, after)) = reader.neighbours(key) else { return true };
        if after == Some(key.as_bytes()) {
            return true;
        }
        let from = before.map_or_else(Key::default, |before| Key::from_encoded(before).successor());
        let to = after.map_or_else(|| Key::from_encoded([0xff; 8]), Key::from_encoded);
        if from <= *key && *key < to {
            self.gaps.insert(from, to, Ver::ABSENT);
            return false;
        }
        true
    }

    /// Takes the active layer away to be checkpointed. Everything must be published.
    pub fn freeze(&mut self) {
        self.frozen = Some(Arc::new(std::mem::take(&mut self.active)));
        self.frozen_at = self.published;
    }

    /// The base holds what the frozen layer held.
    pub fn thaw(&mut self) -> Option<Arc<Layer>> {
        self.gaps.clear();
        self.gap_lookups = GAP_LOOKUPS;
        self.frozen.take()
    }

    /// Back to the state of `ver`, which is not older than what is published.
    pub fn roll_back(&mut self, ver: Ver) {
        self.active.forget_after(ver);
        for (key, state) in self.history.undo(ver) {
            if let Some(entry) = state {
                self.active.insert(key, entry);
            }
        }
        self.empty.clear();
    }

    /// Forgets history that nobody can ask for; gives the first version that still can be read, if that changed.
    pub fn prune(&mut self, snapshot_age: Duration) -> Option<Ver> {
        let mut first = None;
        if self.history.count() > MUCH_HISTORY {
            first = self.readers.overdue(snapshot_age, self.published);
            if let Some(ver) = first {
                self.readers.forget_before(ver);
            }
        }
        let horizon = self.readers.oldest().map_or(self.published, |oldest| oldest.min(self.published));
        self.history.prune(horizon);
        first
    }
}
