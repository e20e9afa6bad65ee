//! Restore and reset: another state takes the place of the live one, as a whole.

use crate::{
    base::Base,
    blobs,
    directory::{Directory, make},
    layer::Layer,
    log::{self, Log},
    options::Durability,
    saved::{failed, link, place, remove_all, remove_unfinished, unknown},
    shared::{Guard, Shared},
    state::State,
};
use kernel::store::{BlobId, StoreError, Ver};
use std::{
    fs, io,
    path::Path,
    sync::{Arc, atomic::Ordering},
    task::Waker,
};

/// Blobs of a state that was reset, on their way out.
const OLD_BLOBS: &str = "blobs.old";

impl Shared {
    pub fn restore(&self, name: &str) -> Result<(), StoreError> {
        let Some(directory) = &self.directory else {
            let mut state = self.lock();
            let mut memory = self.memory();
            let saved = memory.saved.get(name).ok_or_else(|| unknown(name))?;
            let (rows, blobs) = (saved.rows.clone(), saved.blobs.clone());
            memory.blobs = blobs;
            drop(memory);
            self.exchange(&mut state, rows, None);
            return Ok(());
        };
        let place = place(directory, name)?;
        self.exchange_files(directory, |base_dir| {
            fs::copy(place.join("base").join("data.mdb"), base_dir.join("data.mdb"))?;
            fs::File::open(base_dir.join("data.mdb"))?.sync_all()?;
            link_all(&place.join("blobs"), &directory.blobs())?;
            Ok(())
        })?;
        // What the old state alone had is orphaned now.
        self.sweep_blobs(0);
        Ok(())
    }

    pub fn reset(&self) -> Result<(), StoreError> {
        let Some(directory) = &self.directory else {
            let mut state = self.lock();
            self.memory().blobs.clear();
            self.exchange(&mut state, Layer::default(), None);
            return Ok(());
        };
        self.exchange_files(directory, |_| Ok(()))?;
        let (blobs, old) = (directory.blobs(), directory.beside(OLD_BLOBS));
        remove_all(&old)
            .and_then(|()| fs::rename(&blobs, &old))
            .and_then(|()| make(&blobs))
            .and_then(|()| remove_all(&old))
            .map_err(failed)
    }

    /// Removes what a crash left behind; blobs without a row in the background.
    pub fn clear_up(&self) {
        if let Some(directory) = &self.directory {
            // Nothing depends on it: what cannot be removed now is removed another time.
            let _ = remove_unfinished(&directory.snapshots());
            let _ = remove_all(&directory.beside(OLD_BLOBS));
            self.sweep_blobs(0);
        }
    }

    /// Builds the next generation, then makes it the live one. Until then the old one is untouched.
    fn exchange_files(
        &self,
        directory: &Directory,
        fill: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let old = directory.generation();
        let new = old + 1;
        let base_dir = directory.base(new);
        let files = &*self.options.files;
        log::remove_others(files, &directory.log(), old).map_err(failed)?;
        remove_all(&base_dir).and_then(|()| make(&base_dir)).and_then(|()| fill(&base_dir)).map_err(failed)?;
        let unopened = |error| StoreError::Unavailable(format!("the saved state cannot be opened: {error}"));
        let base = Arc::new(Base::open(&base_dir).map_err(unopened)?);
        let power = self.options.durability == Durability::Power;
        let log = Log::open(self.options.files.clone(), &directory.log(), new, power, Ver::ABSENT, &mut |_, _| {});
        let (log, _) = log.map_err(unopened)?;

        let mut state = self.settled()?;
        if state.closed.is_some() {
            return Err(crate::jobs::closed());
        }
        // Versions go on where they were, so that one that was read before never means another row after.
        let ver = Ver(state.applied.0 + 1);
        let saved_ver = base.ver()?;
        base.set_ver(ver.max(saved_ver)).map_err(|error| failed(io::Error::other(error)))?;
        if let Err(error) = directory.set_generation(new) {
            // It may name the new generation nevertheless.
            if directory.set_generation(old).is_err() {
                state.closed = Some("a restore failed half-way, and the data directory cannot be written");
            }
            return Err(failed(error));
        }
        state.applied = ver.max(saved_ver);
        let gone = self.exchange_log(log);
        let old_base = state.base.take();
        self.exchange(&mut state, Layer::default(), Some(base));
        drop(state);
        drop((gone, old_base));
        // Left-overs are removed at the next start if not now.
        let _ = directory.remove_bases_but(new);
        let _ = log::remove_others(files, &directory.log(), new);
        Ok(())
    }

    /// Everything must be published.
    fn exchange(&self, state: &mut Guard, rows: Layer, base: Option<Arc<Base>>) {
        let room = std::mem::take(&mut state.room);
        let ver = Ver(state.applied.0 + 1);
        state.begin_anew(rows, base, ver);
        self.invalidate_before(state, ver);
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_all();
        room.into_iter().for_each(Waker::wake);
    }
}

impl State {
    fn begin_anew(&mut self, rows: Layer, base: Option<Arc<Base>>, ver: Ver) {
        self.thaw();
        self.active = rows;
        self.base = base;
        self.history = Default::default();
        self.empty.clear();
        (self.applied, self.published, self.frozen_at) = (ver, ver, ver);
        // The base has a version at least as new as the one before this, so that no record is missed.
        (self.encoded, self.written) = (Ver(ver.0 - 1), Ver(ver.0 - 1));
        self.log_bytes = 0;
        self.dirty = false;
    }
}

fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    for outer in fs::read_dir(from)? {
        for inner in fs::read_dir(outer?.path())? {
            for file in fs::read_dir(inner?.path())? {
                let file = file?;
                let id = file.file_name().to_str().and_then(|name| u128::from_str_radix(name, 16).ok());
                if let Some(id) = id {
                    link(&file.path(), &blobs::path(to, BlobId(id)))?;
                }
            }
        }
    }
    rustix::fs::syncfs(fs::File::open(to)?)?;
    Ok(())
}
