//! What the engine, its snapshots and its threads share.

use crate::{directory::Directory, jobs::Jobs, log::Log, memory::Memory, options::Options, state::State};
use kernel::store::Ver;
use std::{
    io,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub const CLOSED: &str = "it is closed";

/// Commits wait for a checkpoint while there is so many times as much as makes one begin.
const ROOM: usize = 8;

pub type Guard<'a> = MutexGuard<'a, State>;

pub struct Shared {
    pub options: Options,
    state: Mutex<State>,
    /// With `state`: a write to the log ended, a snapshot went, the engine stops.
    pub changed: Condvar,
    /// With `state`: there is something for the log thread to do.
    pub log_work: Condvar,
    /// `None` keeps everything in memory.
    log: Mutex<Option<Log>>,
    /// Snapshots of older versions are too old.
    first_valid: AtomicU64,
    pub epoch: AtomicU64,
    pub jobs: Jobs,
    /// Blobs that must be synced before they count: not behind a checkpoint.
    pub blob_jobs: Jobs,
    /// What a store without a data directory keeps instead of files.
    memory: Mutex<Memory>,
    pub directory: Option<Directory>,
}

impl Shared {
    pub fn new(options: Options, state: State, log: Option<Log>, directory: Option<Directory>) -> Shared {
        Shared {
            options,
            state: Mutex::new(state),
            changed: Condvar::new(),
            log_work: Condvar::new(),
            log: Mutex::new(log),
            first_valid: AtomicU64::new(0),
            epoch: AtomicU64::new(directory.as_ref().map_or(0, Directory::generation)),
            jobs: Jobs::default(),
            blob_jobs: Jobs::default(),
            memory: Mutex::default(),
            directory,
        }
    }

    pub fn lock(&self) -> Guard<'_> {
        // A panic elsewhere costs one request, not the cloud.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uses the log; locked after `state` where both are.
    pub fn with_log<T>(&self, job: impl FnOnce(&mut Log) -> io::Result<T>) -> io::Result<T> {
        match &mut *self.log.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(log) => job(log),
            None => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Goes on in another log and gives back the one that was in use.
    pub fn exchange_log(&self, log: Log) -> Option<Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).replace(log)
    }

    /// Locked after `state` where both are.
    pub fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a thread that publishes, exchanges or stops reading.
    pub fn wait<'a>(&self, mut state: Guard<'a>) -> Guard<'a> {
        state.watchers += 1;
        let mut state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.watchers -= 1;
        state
    }

    /// As `wait`, for at most so long.
    pub fn wait_for<'a>(&self, mut state: Guard<'a>, patience: Duration) -> Guard<'a> {
        state.watchers += 1;
        let (mut state, _) = self.changed.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner);
        state.watchers -= 1;
        state
    }

    /// Lets go of the state and tells those who wait for a change. A condition variable costs a system call even when
    /// nobody waits, and this happens at every call.
    pub fn notify(&self, state: Guard<'_>) {
        let watched = state.watchers > 0;
        drop(state);
        if watched {
            self.changed.notify_all();
        }
    }

    pub fn too_old(&self, at: Ver) -> bool {
        at.0 < self.first_valid.load(Ordering::Acquire)
    }

    /// Gives up on snapshots of versions before `ver`.
    pub fn invalidate_before(&self, state: &mut State, ver: Ver) {
        state.readers.forget_before(ver);
        self.first_valid.fetch_max(ver.0, Ordering::AcqRel);
    }

    /// Forgets what no snapshot can ask for.
    pub fn prune(&self, state: &mut State) {
        if let Some(first) = state.prune(self.options.snapshot_age) {
            self.first_valid.fetch_max(first.0, Ordering::AcqRel);
        }
    }

    /// After a commit was applied: whose turn it is now.
    pub fn applied(&self, state: &mut State) {
        if !state.logged {
            state.published = state.applied;
            self.prune(state);
            return;
        }
        if !state.log_awake {
            state.log_awake = true;
            self.log_work.notify_one();
        }
        if state.frozen.is_none() && self.full(state) {
            self.request_checkpoint(state);
        }
    }

    pub fn full(&self, state: &State) -> bool {
        state.active.bytes >= self.options.overlay_bytes || state.log_bytes >= self.options.log_bytes
    }

    pub fn request_checkpoint(&self, state: &mut State) {
        if !state.checkpoint_due {
            state.checkpoint_due = self.jobs.push(Box::new(|shared| drop(shared.checkpoint())));
        }
    }

    /// Lets the threads come to their end.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stop = true;
        state.closed.get_or_insert(CLOSED);
        drop(state);
        self.log_work.notify_all();
        self.changed.notify_all();
        self.jobs.stop();
        self.blob_jobs.stop();
    }

    /// Whether commits must wait for a checkpoint.
    pub fn stalled(&self, state: &State) -> bool {
        state.logged
            && (state.active.bytes >= ROOM * self.options.overlay_bytes
                || state.log_bytes >= ROOM as u64 * self.options.log_bytes)
    }
}
