//! Opening a store: recovery, then the threads.

use crate::{
    base::Base,
    blobs::BlobFiles,
    directory::Directory,
    engine::Local,
    error::OpenError,
    log::{self, Log, Recovered, record::Change},
    options::{Durability, Options},
    saved::SavedStates,
    shared::Shared,
    state::State,
    status::Gauge,
};
use kernel::{
    RootKey,
    store::{Blobs, Engine, Snapshots, StoreError, Ver},
};
use std::{sync::Arc, thread};

/// A store that is ready.
pub struct Opened {
    pub engine: Arc<dyn Engine>,
    pub blobs: Arc<dyn Blobs>,
    pub snapshots: Arc<dyn Snapshots>,
    /// Of the data directory; of a store in memory a new one.
    pub root_key: RootKey,
    pub gauge: Gauge,
    pub recovered: Recovered,
}

pub fn open(options: Options) -> Result<Opened, OpenError> {
    let Some(data) = &options.data else {
        let (root_key, _) = RootKey::random().map_err(|error| OpenError::io("randomness".as_ref(), error))?;
        let state = State::new(None, false);
        return start(Shared::new(options, state, None, None), root_key, Recovered::default());
    };
    let directory = Directory::open(data)?;
    let root_key = directory.root_key().clone();
    let base_dir = directory.base(directory.generation());
    let base = Arc::new(Base::open(&base_dir)?);
    let covered = base.ver().map_err(|error| unreadable(&base_dir, error))?;
    let mut state = State::new(Some(base), true);
    (state.applied, state.frozen_at) = (covered, covered);
    let power = options.durability == Durability::Power;
    let (generation, log_dir) = (directory.generation(), directory.log());
    log::remove_others(&*options.files, &log_dir, generation).map_err(|error| OpenError::io(&log_dir, error))?;
    let (log, recovered) =
        Log::open(options.files.clone(), &log_dir, generation, power, covered, &mut |ver, changes| {
            state.replay(ver, changes);
        })?;
    state.published = state.applied;
    (state.encoded, state.written) = (state.applied, state.applied);
    state.log_bytes = if recovered.commits == 0 { 0 } else { recovered.bytes };
    let shared = Shared::new(options, state, Some(log), Some(directory));
    if recovered.commits == 0 {
        shared.retire_sealed().map_err(|error| OpenError::io(&log_dir, error))?;
    }
    start(shared, root_key, recovered)
}

fn start(shared: Shared, root_key: RootKey, recovered: Recovered) -> Result<Opened, OpenError> {
    let shared = Arc::new(shared);
    let mut engine = Local { shared: shared.clone(), threads: Vec::new() };
    engine.spawn("store-jobs", |shared| shared.jobs.run(shared))?;
    if shared.directory.is_some() {
        engine.spawn("store-log", |shared| shared.run_log())?;
        if shared.options.durability == Durability::Power {
            engine.spawn("store-blobs", |shared| shared.blob_jobs.run(shared))?;
        }
        shared.clear_up();
        let mut state = shared.lock();
        if shared.full(&state) {
            shared.request_checkpoint(&mut state);
        }
    }
    Ok(Opened {
        gauge: engine.gauge(),
        engine: Arc::new(engine),
        blobs: Arc::new(BlobFiles(shared.clone())),
        snapshots: Arc::new(SavedStates(shared)),
        root_key,
        recovered,
    })
}

impl Local {
    fn spawn(&mut self, name: &str, run: impl FnOnce(&Arc<Shared>) + Send + 'static) -> Result<(), OpenError> {
        let shared = self.shared.clone();
        let thread = thread::Builder::new().name(name.into()).spawn(move || run(&shared));
        self.threads.push(thread.map_err(|error| OpenError::io(name.as_ref(), error))?);
        Ok(())
    }
}

fn unreadable(path: &std::path::Path, error: StoreError) -> OpenError {
    OpenError::io(path, std::io::Error::other(error))
}

impl State {
    /// Applies a record of the log again.
    fn replay(&mut self, ver: Ver, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put(key, value) => self.put(key, value, ver),
                Change::Delete(key) => self.delete(key, ver),
                Change::DeleteRange(range) => self.delete_range(&range, ver),
            }
        }
        self.applied = ver;
        self.history.prune(ver);
    }
}
