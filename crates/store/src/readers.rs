//! The versions that open snapshots read at.

use kernel::store::Ver;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

struct Version {
    ver: Ver,
    readers: u32,
    /// When its first reader came.
    since: Instant,
}

/// Versions come in ascending order.
#[derive(Default)]
pub struct Readers {
    versions: VecDeque<Version>,
}

impl Readers {
    pub fn enter(&mut self, ver: Ver) {
        // Transactions read what is not published yet, so a reader of an older version may come behind one of a newer.
        let newer = self.versions.iter().rev().take_while(|version| version.ver > ver).count();
        let at = self.versions.len() - newer;
        match at.checked_sub(1).and_then(|last| self.versions.get_mut(last)) {
            Some(last) if last.ver == ver => last.readers += 1,
            // An interval only, never a time of day: how long a snapshot keeps history and checkpoints waiting.
            _ => self.versions.insert(at, Version { ver, readers: 1, since: Instant::now() }),
        }
    }

    /// Whether this changed which version is the oldest.
    pub fn leave(&mut self, ver: Ver) -> bool {
        // A version that was given up on is not here any more.
        if let Ok(at) = self.versions.binary_search_by_key(&ver, |version| version.ver) {
            self.versions[at].readers -= 1;
        }
        let before = self.versions.len();
        while self.versions.front().is_some_and(|version| version.readers == 0) {
            self.versions.pop_front();
        }
        self.versions.len() != before
    }

    pub fn oldest(&self) -> Option<Ver> {
        self.versions.front().map(|version| version.ver)
    }

    /// How long until the oldest reader has had `age`.
    pub fn patience(&self, age: Duration) -> Duration {
        self.versions.front().map_or(Duration::ZERO, |version| age.saturating_sub(version.since.elapsed()))
    }

    /// Gives up on readers of versions before `ver`.
    pub fn forget_before(&mut self, ver: Ver) {
        while self.versions.front().is_some_and(|version| version.ver < ver) {
            self.versions.pop_front();
        }
    }

    /// The first version whose readers are younger than `age`, if older ones are there.
    pub fn overdue(&self, age: Duration, published: Ver) -> Option<Ver> {
        let young = self.versions.iter().find(|version| version.since.elapsed() < age);
        let first = young.map_or(Ver(published.0 + 1), |version| version.ver);
        self.oldest().filter(|oldest| *oldest < first).map(|_| first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_of_published_and_of_newer_versions_take_turns() {
        let mut readers = Readers::default();
        for ver in [10, 8, 10, 9, 8] {
            readers.enter(Ver(ver));
        }
        assert_eq!(readers.oldest(), Some(Ver(8)));
        assert!(!readers.leave(Ver(10)));
        assert!(!readers.leave(Ver(8)));
        assert!(!readers.leave(Ver(10)));
        assert!(readers.leave(Ver(8)));
        assert_eq!(readers.oldest(), Some(Ver(9)));
        assert!(readers.leave(Ver(9)));
        assert_eq!(readers.oldest(), None);
    }
}
