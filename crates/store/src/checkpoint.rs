//! From the overlay into the base, in the background, so that the log stays short and memory small.

use crate::{jobs::closed, shared::Shared};
use kernel::store::StoreError;
use std::{io, task::Waker, time::Duration};

impl Shared {
    /// Writes the overlay to the base. Runs on the job thread only.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        let result = self.freeze().and_then(|()| self.write_frozen());
        let mut state = self.lock();
        state.checkpoint_due = false;
        state.checkpoint_error = result.as_ref().err().map(StoreError::to_string);
        if result.is_ok() && self.full(&state) {
            // It filled up while the frozen one was written.
            self.request_checkpoint(&mut state);
        }
        let room = std::mem::take(&mut state.room);
        drop(state);
        room.into_iter().for_each(Waker::wake);
        result
    }

    /// Lets the overlay and the log begin anew. Does nothing if a checkpoint failed and its layer is still here.
    fn freeze(&self) -> Result<(), StoreError> {
        let state = self.lock();
        if state.frozen.is_some() || (state.active.is_empty() && state.log_bytes == 0 && state.pending.is_empty()) {
            return Ok(());
        }
        drop(state);
        let prepare = self.with_log(|log| Ok(log.preparation())).map_err(unwritable)?;
        let next = prepare().map_err(unwritable)?;
        // Most of it now, so that little is left to be synced under the lock.
        let file = self.with_log(|log| Ok(log.file())).map_err(unwritable)?;
        file.sync().map_err(unwritable)?;
        let mut state = self.settled()?;
        self.with_log(|log| log.rotate(next)).map_err(unwritable)?;
        state.freeze();
        state.log_bytes = 0;
        state.dirty = false;
        Ok(())
    }

    fn write_frozen(&self) -> Result<(), StoreError> {
        let mut state = self.lock();
        let (Some(frozen), Some(base)) = (state.frozen.clone(), state.base.clone()) else { return Ok(()) };
        let at = state.frozen_at;
        while state.readers.oldest().is_some_and(|oldest| oldest < at) {
            if state.stop {
                return Err(closed());
            }
            let patience = match state.closed {
                Some(_) => Duration::ZERO,
                None => state.readers.patience(self.options.snapshot_age),
            };
            if patience.is_zero() {
                self.invalidate_before(&mut state, at);
                break;
            }
            state = self.wait_for(state, patience);
        }
        // Readers that were given up on may still be reading: they look at this again when they have read.
        self.invalidate_before(&mut state, at);
        drop(state);
        base.write(&frozen, at)
            .map_err(|error| StoreError::Unavailable(format!("the base cannot be written: {error}")))?;
        let thawed = self.lock().thaw();
        // Freeing many rows takes long.
        drop((thawed, frozen));
        self.retire_sealed().map_err(unwritable)
    }

    /// Takes out of the log what the base covers, oldest first.
    pub fn retire_sealed(&self) -> io::Result<()> {
        let (mut sealed, retire) = self.with_log(|log| Ok(log.take_sealed()))?;
        while let Some(oldest) = sealed.first() {
            if let Err(error) = retire(oldest) {
                self.with_log(|log| {
                    log.put_back(sealed);
                    Ok(())
                })?;
                return Err(error);
            }
            sealed.remove(0);
        }
        Ok(())
    }

    /// Makes everything safe and takes no commits any more.
    pub fn close(&self) -> Result<(), StoreError> {
        self.lock().closed.get_or_insert(crate::shared::CLOSED);
        if self.directory.is_none() {
            return Ok(());
        }
        loop {
            self.checkpoint()?;
            let state = self.lock();
            if state.frozen.is_none() && state.active.is_empty() && state.pending.is_empty() {
                return Ok(());
            }
        }
    }
}

pub fn unwritable(error: io::Error) -> StoreError {
    StoreError::Unavailable(format!("the log cannot be written: {error}"))
}
