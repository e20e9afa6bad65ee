//! What newer commits superseded in the overlay, for as long as a reader or a roll-back may ask for it.

use crate::layer::Entry;
use kernel::store::{Key, Ver};
use std::collections::BTreeMap;

/// With fewer entries a pass to drop the old ones is not worth it.
const FEW: usize = 1_024;

#[derive(Default)]
pub struct History {
    /// For each key, oldest first: until that version the overlay had this entry, or none.
    entries: BTreeMap<Key, Vec<(Ver, Option<Entry>)>>,
    newest: Ver,
    count: usize,
    /// The count at which the next pass is due.
    due: usize,
}

impl History {
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn count(&self) -> usize {
        self.count
    }

    pub fn push(&mut self, key: Key, until: Ver, old: Option<Entry>) {
        self.newest = until;
        self.count += 1;
        self.entries.entry(key).or_default().push((until, old));
    }

    /// What the overlay had for the key at `at`; `None` where the overlay itself still tells.
    pub fn get(&self, key: &Key, at: Ver) -> Option<Option<&Entry>> {
        as_of(self.entries.get(key)?, at)
    }

    /// The keys of a range whose state at `at` is here.
    pub fn range<'a>(
        &'a self,
        from: &'a Key,
        to: &'a Key,
        at: Ver,
    ) -> impl DoubleEndedIterator<Item = (&'a Key, Option<&'a Entry>)> + 'a {
        self.entries.range(from..to).filter_map(move |(key, states)| Some((key, as_of(states, at)?)))
    }

    /// Forgets what commits after `at` superseded, and gives back each such key's state at `at`.
    pub fn undo(&mut self, at: Ver) -> Vec<(Key, Option<Entry>)> {
        let mut undone = Vec::new();
        let mut count = 0;
        self.entries.retain(|key, states| {
            if let Some(state) = as_of(states, at) {
                undone.push((key.clone(), state.cloned()));
                states.retain(|(until, _)| *until <= at);
            }
            count += states.len();
            !states.is_empty()
        });
        self.count = count;
        undone
    }

    /// Forgets what no reader from `horizon` on can ask for.
    pub fn prune(&mut self, horizon: Ver) {
        if self.entries.is_empty() {
            return;
        }
        if horizon >= self.newest {
            self.entries.clear();
            self.count = 0;
        } else if self.count >= self.due.max(FEW) {
            let mut count = 0;
            self.entries.retain(|_, states| {
                states.retain(|(until, _)| *until > horizon);
                count += states.len();
                !states.is_empty()
            });
            self.count = count;
            self.due = count * 2;
        }
    }
}

/// An entry that is newer than the version was not there at that version.
fn as_of(states: &[(Ver, Option<Entry>)], at: Ver) -> Option<Option<&Entry>> {
    let (_, state) = states.iter().find(|(until, _)| *until > at)?;
    Some(state.as_ref().filter(|entry| entry.ver <= at))
}
