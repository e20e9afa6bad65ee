//! The live feed: what happens, as JSON lines, to whoever is listening.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};
use wire::Json;

/// Lines kept for listeners that are slower than the cloud.
const KEPT: usize = 1_000;
/// Woken when there is a new line.
pub const TOPIC: &str = "sys/feed";

#[derive(Default)]
pub struct Feed {
    listeners: AtomicUsize,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    /// The number of the first line kept.
    first: u64,
    kept: VecDeque<Arc<str>>,
}

impl Feed {
    /// Whether it is worth making a line.
    pub fn is_heard(&self) -> bool {
        self.listeners.load(Relaxed) > 0
    }

    pub fn send(&self, line: String) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.kept.len() == KEPT {
            lines.kept.pop_front();
            lines.first += 1;
        }
        lines.kept.push_back(line.into());
    }

    /// A remark of the cloud itself; kept even when nobody listens yet.
    pub fn note(&self, text: &str) {
        self.send(Json::from([("note", text)]).to_string());
    }

    /// Listens from now on.
    pub fn listen(self: &Arc<Self>) -> Listener {
        Listener::new(self.clone())
    }
}

/// A place in the feed.
pub struct Listener {
    feed: Arc<Feed>,
    next: u64,
}

impl Listener {
    fn new(feed: Arc<Feed>) -> Listener {
        feed.listeners.fetch_add(1, Relaxed);
        let lines = feed.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let next = lines.first + lines.kept.len() as u64;
        drop(lines);
        Listener { feed, next }
    }

    /// The lines since last time, and how many were lost because they came too fast.
    pub fn take(&mut self) -> (Vec<Arc<str>>, u64) {
        let lines = self.feed.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = lines.first.saturating_sub(self.next);
        let skip = (self.next + lost - lines.first) as usize;
        let taken: Vec<_> = lines.kept.iter().skip(skip).cloned().collect();
        self.next += lost + taken.len() as u64;
        (taken, lost)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.feed.listeners.fetch_sub(1, Relaxed);
    }
}
