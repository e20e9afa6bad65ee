//! From applied to published: writing what is pending to the log, and telling those who wait for it.

use crate::{
    options::Durability,
    shared::{Guard, Shared},
    state::State,
};
use kernel::store::{StoreError, Ver};
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, Waker},
};

/// The outcome of one write to the log, shared by the commits in it.
#[derive(Default)]
pub struct Batch {
    outcome: OnceLock<Result<(), String>>,
}

impl Batch {
    pub fn end(&self, outcome: Result<(), String>) {
        // The first outcome counts; nobody gives a second one.
        let _ = self.outcome.set(outcome);
    }

    pub fn outcome(&self) -> Option<Result<(), StoreError>> {
        Some(self.outcome.get()?.clone().map_err(StoreError::Unavailable))
    }
}

/// Waits for a batch. In `process` mode whoever waits may have to write it; nobody relies on this one doing so.
pub struct Publication {
    shared: Arc<Shared>,
    batch: Arc<Batch>,
    yielded: bool,
}

impl Publication {
    pub fn new(shared: &Arc<Shared>, batch: Arc<Batch>) -> Publication {
        Publication { shared: shared.clone(), batch, yielded: false }
    }
}

impl Future for Publication {
    type Output = Result<(), StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context) -> Poll<Self::Output> {
        loop {
            if let Some(outcome) = self.batch.outcome() {
                return Poll::Ready(outcome);
            }
            let process = self.shared.options.durability == Durability::Process;
            if process && !self.yielded {
                // Other requests of this tick of the executor join the same write.
                self.yielded = true;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            let mut state = self.shared.lock();
            if self.batch.outcome().is_some() {
                continue;
            }
            if !process || state.writing {
                wait(&mut state.waiters, context.waker());
                return Poll::Pending;
            }
            self.shared.write_pending(state);
        }
    }
}

impl State {
    /// What to wait for so that all that is applied now is published; `None` where it is.
    pub fn unpublished(&self) -> Option<Arc<Batch>> {
        if self.pending.is_empty() { self.in_flight.clone() } else { Some(self.batch.clone()) }
    }
}

/// Remembers whom to wake; one that is polled again in vain is remembered once.
pub fn wait(waiters: &mut Vec<Waker>, waker: &Waker) {
    if !waiters.last().is_some_and(|last| last.will_wake(waker)) {
        waiters.push(waker.clone());
    }
}

impl Shared {
    /// Writes all pending records and publishes their commits, or rolls them back. Nobody else may be writing.
    pub fn write_pending<'a>(&'a self, mut state: Guard<'a>) {
        if let Some(mut write) = Write::take(&mut state) {
            drop(state);
            let written = self.with_log(|log| log.append(&mut write.records));
            state = self.lock();
            let waiters = write.end(self, &mut state, written);
            self.notify(state);
            waiters.into_iter().for_each(Waker::wake);
        }
    }

    /// Waits until nobody writes, and gives the lock with everything published.
    pub fn settled(&self) -> Result<Guard<'_>, StoreError> {
        let mut state = self.lock();
        while state.writing {
            state = self.wait(state);
        }
        // With the lock held: under load, others would for ever apply more while it was let go.
        if let Some(mut write) = Write::take(&mut state) {
            let batch = write.batch.clone();
            let written = self.with_log(|log| log.append(&mut write.records));
            let waiters = write.end(self, &mut state, written);
            waiters.into_iter().for_each(Waker::wake);
            batch.outcome().unwrap_or(Ok(()))?;
        }
        Ok(state)
    }
}

/// Records on their way to the log.
struct Write {
    records: Vec<u8>,
    batch: Arc<Batch>,
    last: Ver,
}

impl Write {
    fn take(state: &mut State) -> Option<Write> {
        if state.pending.is_empty() {
            return None;
        }
        let spare = std::mem::take(&mut state.spare);
        let records = std::mem::replace(&mut state.pending, spare);
        let batch = std::mem::take(&mut state.batch);
        state.in_flight = Some(batch.clone());
        state.writing = true;
        Some(Write { records, batch, last: state.applied })
    }

    /// Gives whom to wake.
    fn end(mut self, shared: &Shared, state: &mut State, written: io::Result<()>) -> Vec<Waker> {
        state.writing = false;
        state.in_flight = None;
        match written {
            Ok(()) => {
                state.published = self.last;
                state.written = self.last;
                state.dirty = true;
                state.log_bytes += self.records.len() as u64;
                shared.prune(state);
                self.batch.end(Ok(()));
            }
            Err(error) => {
                let why = format!("the log cannot be written: {error}");
                // What was applied meanwhile was checked against what now never happened.
                let published = state.published;
                state.roll_back(published);
                // Their versions are not used again.
                state.published = state.applied;
                state.encoded = state.written;
                state.pending.clear();
                self.batch.end(Err(why.clone()));
                std::mem::take(&mut state.batch).end(Err(why));
            }
        }
        self.records.clear();
        if self.records.capacity() <= KEEP {
            state.spare = self.records;
        }
        std::mem::take(&mut state.waiters)
    }
}

/// The largest write buffer to keep.
const KEEP: usize = 1024 * 1024;
