//! Stretches of the key space of which something is known: merged when they touch, split by a key that breaks the rule.

use kernel::store::{Key, Ver};
use std::collections::BTreeMap;

/// More stretches than this are forgotten, all at once: they are a shortcut, never the truth.
const LIMIT: usize = 4_096;

#[derive(Default)]
pub struct Intervals {
    /// From the first key to the end (excluded), and the version from which on it is known.
    known: BTreeMap<Key, (Key, Ver)>,
}

impl Intervals {
    pub fn insert(&mut self, mut from: Key, mut to: Key, mut ver: Ver) {
        if from >= to {
            return;
        }
        if self.known.len() >= LIMIT {
            self.known.clear();
        }
        if let Some((before, (end, since))) = self.known.range(..=&from).next_back()
            && *end >= from
        {
            to = to.max(end.clone());
            ver = ver.max(*since);
            from = before.clone();
        }
        while let Some((next, (end, since))) = self.known.range(&from..=&to).next() {
            to = to.max(end.clone());
            ver = ver.max(*since);
            let next = next.clone();
            self.known.remove(&next);
        }
        self.known.insert(from, (to, ver));
    }

    /// The end of the stretch that the key is in, as far as it was known at `at`.
    pub fn covering(&self, key: &Key, at: Ver) -> Option<&Key> {
        let (_, (end, since)) = self.known.range(..=key).next_back()?;
        (end > key && *since <= at).then_some(end)
    }

    /// What is known does not hold for this key any more.
    pub fn split(&mut self, key: &Key) {
        if self.known.is_empty() {
            return;
        }
        let Some((from, (end, ver))) = self.known.range(..=key).next_back() else { return };
        if end <= key {
            return;
        }
        let (from, end, ver) = (from.clone(), end.clone(), *ver);
        self.known.remove(&from);
        if from < *key {
            self.known.insert(from, (key.clone(), ver));
        }
        let after = key.successor();
        if after < end {
            self.known.insert(after, (end, ver));
        }
    }

    pub fn clear(&mut self) {
        self.known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> Key {
        Key::new().number(n)
    }

    #[test]
    fn touching_stretches_become_one_and_a_key_splits_it() {
        let mut known = Intervals::default();
        known.insert(key(10), key(20), Ver(1));
        known.insert(key(30), key(40), Ver(2));
        known.insert(key(20), key(30), Ver(3));
        assert_eq!(known.known.len(), 1);
        assert_eq!(known.covering(&key(15), Ver(9)), Some(&key(40)));
        assert_eq!(known.covering(&key(15), Ver(2)), None);
        known.split(&key(25));
        assert_eq!(known.covering(&key(15), Ver(9)), Some(&key(25)));
        assert_eq!(known.covering(&key(25), Ver(9)), None);
        assert_eq!(known.covering(&key(26), Ver(9)), Some(&key(40)));
        assert_eq!(known.covering(&key(40), Ver(9)), None);
        known.insert(key(5), key(50), Ver(4));
        assert_eq!(known.known.len(), 1);
        assert_eq!(known.covering(&key(25), Ver(4)), Some(&key(50)));
    }
}
