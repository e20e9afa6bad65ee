//! How a store is opened.

use crate::files::{Files, OsFiles};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// When a commit counts as durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The operating system has it: it outlives the process, and, 100 ms later, a power loss.
    #[default]
    Process,
    /// The disk has it.
    Power,
}

#[derive(Clone)]
pub struct Options {
    /// The data directory; `None` keeps everything in memory.
    pub data: Option<PathBuf>,
    pub durability: Durability,
    /// The overlay is checkpointed when it holds about so many bytes: the fewer, the more of it is in the processor's
    /// caches; the more, the more rows die before they reach the base. While it holds eight times as many, commits wait.
    pub overlay_bytes: usize,
    /// It is checkpointed too when the log is that long, and commits wait while it is eight times as long.
    pub log_bytes: u64,
    /// How long a snapshot may keep a checkpoint, or much history, waiting.
    pub snapshot_age: Duration,
    /// How long the log may stay unsynced in `Durability::Process`.
    pub sync_period: Duration,
    pub files: Arc<dyn Files>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            data: None,
            durability: Durability::default(),
            overlay_bytes: 8 * 1024 * 1024,
            log_bytes: 16 * 1024 * 1024,
            snapshot_age: Duration::from_secs(5),
            sync_period: Duration::from_millis(100),
            files: Arc::new(OsFiles),
        }
    }
}
