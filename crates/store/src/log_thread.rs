//! The thread behind the log: it syncs, and writes what no commit future wrote.

use crate::{options::Durability, shared::Shared};
use std::{
    sync::PoisonError,
    time::{Duration, Instant},
};

impl Shared {
    pub fn run_log(&self) {
        match self.options.durability {
            Durability::Process => self.sync_now_and_then(),
            Durability::Power => self.write_and_sync(),
        }
    }

    /// Every commit of a group waits for one sync; what arrives meanwhile is the next group.
    fn write_and_sync(&self) {
        let mut state = self.lock();
        loop {
            if state.writing {
                state = self.wait(state);
            } else if !state.pending.is_empty() {
                self.write_pending(state);
                state = self.lock();
            } else if state.stop {
                return;
            } else {
                state.log_awake = false;
                state = self.log_work.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    /// While there are commits, one sync a period; otherwise asleep.
    fn sync_now_and_then(&self) {
        let mut state = self.lock();
        loop {
            while !state.log_awake && !state.stop {
                state = self.log_work.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let due = Instant::now() + self.options.sync_period;
            while !state.stop {
                let left = due.saturating_duration_since(Instant::now());
                if left == Duration::ZERO {
                    break;
                }
                (state, _) = self.log_work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner);
            }
            while state.writing {
                state = self.wait(state);
            }
            if !state.pending.is_empty() {
                // Its futures were dropped, or their executor is busy.
                self.write_pending(state);
                state = self.lock();
            }
            if std::mem::take(&mut state.dirty) {
                drop(state);
                let synced = self.with_log(|log| Ok(log.file())).and_then(|file| file.sync());
                state = self.lock();
                if let Err(error) = synced {
                    // What the file holds is uncertain now; a checkpoint makes it irrelevant.
                    state.checkpoint_error = Some(format!("the log cannot be synced: {error}"));
                    self.request_checkpoint(&mut state);
                }
            }
            if state.pending.is_empty() && !state.writing && !state.dirty {
                state.log_awake = false;
            }
            if state.stop && !state.log_awake {
                return;
            }
        }
    }
}
