//! The engine: commits, claims and snapshots over the shared state.

use crate::{
    limits,
    publish::{Publication, wait},
    shared::{Guard, Shared},
    snapshot::View,
    state::NEWEST,
};
use kernel::store::{
    Answer, Claim, Claimant, Commit, Committed, Engine, Op, Range, Row, Snapshot, Source, StoreError, Ver,
};
use std::{
    future::poll_fn,
    sync::{Arc, atomic::Ordering},
    task::Poll,
    thread::JoinHandle,
};

/// A claim ends early when its commit has come to so many operations or bytes.
const CLAIM_OPS: usize = 1_000;
const CLAIM_BYTES: usize = 512 * 1024;
/// The most rows a claim looks at in one walk.
const CLAIM_ROWS: usize = 128;

/// The engine, with a data directory (Local) or without (Mem).
pub struct Local {
    pub(crate) shared: Arc<Shared>,
    pub(crate) threads: Vec<JoinHandle<()>>,
}

impl Local {
    /// Answers once everything applied so far is published.
    fn after_publication<'a, T: Unpin + 'a>(
        &self,
        state: Guard<'_>,
        answer: Result<T, StoreError>,
    ) -> Answer<'a, Result<T, StoreError>> {
        let Some(batch) = state.unpublished() else { return Answer::ready(answer) };
        drop(state);
        let publication = Publication::new(&self.shared, batch);
        Answer::later(async move {
            match (publication.await, answer) {
                // A conflict is one, whether what it conflicted with came to be or not.
                (_, Err(error)) => Err(error),
                (outcome, Ok(answer)) => outcome.map(|()| answer),
            }
        })
    }

    fn attempt<'a>(&self, mut state: Guard<'_>, commit: Commit) -> Answer<'a, Result<Committed, StoreError>> {
        if let Some(why) = state.closed {
            return Answer::ready(Err(StoreError::Unavailable(why.into())));
        }
        match state.holds(&commit.checks) {
            Err(error) => return Answer::ready(Err(error)),
            Ok(false) => return self.after_publication(state, Err(StoreError::Conflict)),
            Ok(true) => {}
        }
        if commit.ops.is_empty() {
            let ver = state.applied;
            return self.after_publication(state, Ok(Committed { ver, numbers: Vec::new() }));
        }
        match state.apply(commit.ops) {
            Err(error) => Answer::ready(Err(error)),
            Ok(committed) => {
                self.shared.applied(&mut state);
                self.after_publication(state, Ok(committed))
            }
        }
    }

    /// Waits for a checkpoint to make room, then commits.
    async fn commit_when_room(&self, commit: Commit) -> Result<Committed, StoreError> {
        let mut waited = false;
        let state = poll_fn(|context| {
            let mut state = self.shared.lock();
            if state.closed.is_some() || !self.shared.stalled(&state) {
                return Poll::Ready(Ok(state));
            }
            if waited && let Some(why) = &state.checkpoint_error {
                return Poll::Ready(Err(StoreError::Unavailable(why.clone())));
            }
            waited = true;
            self.shared.request_checkpoint(&mut state);
            wait(&mut state.room, context.waker());
            Poll::Pending
        })
        .await?;
        let answer = self.attempt(state, commit);
        answer.await
    }
}

impl Engine for Local {
    fn snapshot(&self) -> Box<dyn Snapshot> {
        Box::new(View::open(&self.shared))
    }

    fn latest(&self) -> Box<dyn Snapshot> {
        Box::new(View::open_latest(&self.shared))
    }

    fn commit(&self, commit: Commit) -> Answer<'_, Result<Committed, StoreError>> {
        if let Err(error) = limits::commit(&commit) {
            return Answer::ready(Err(error));
        }
        let state = self.shared.lock();
        if self.shared.stalled(&state) {
            drop(state);
            return Answer::later(self.commit_when_room(commit));
        }
        self.attempt(state, commit)
    }

    fn claim_from<'a>(
        &'a self,
        source: Source,
        limit: usize,
        claimant: &mut dyn Claimant,
    ) -> Answer<'a, Result<Vec<Row>, StoreError>> {
        let mut state = self.shared.lock();
        if let Some(why) = state.closed {
            return Answer::ready(Err(StoreError::Unavailable(why.into())));
        }
        let range = match source {
            Source::Range(range) => range.clone(),
            Source::Stream { stream, cursor } => match state.counter(cursor) {
                Ok(last) => {
                    let from = stream.clone().number(last as u64 + 1);
                    Range { from, to: stream.clone().number(1 << 63) }
                }
                Err(error) => return Answer::ready(Err(error)),
            },
        };
        let mut claimed = false;
        let mut taken = Vec::new();
        let mut ops: Vec<Op> = Vec::new();
        let mut bytes = 0;
        let mut rest = Some(range.clone());
        // Whether every row up to `last` is deleted by this claim, as those at the head of a queue are.
        let mut all_gone = true;
        let mut last = None;
        'claim: while taken.len() < limit
            && let Some(range) = rest.take()
        {
            let want = (limit - taken.len()).min(CLAIM_ROWS);
            let Some(slice) = state.slice(NEWEST, range, want, false, false) else { break };
            let walked = match slice.walk(want, usize::MAX) {
                Ok(walked) => walked,
                Err(error) => return Answer::ready(Err(error)),
            };
            let applied = state.applied;
            state.remember(walked.dead, applied);
            rest = walked.rest;
            for row in walked.rows {
                let (more, taken_row) = match claimant.decide(&row) {
                    Claim::Pass => {
                        all_gone = false;
                        continue;
                    }
                    Claim::Stop => break 'claim,
                    Claim::Take(more) => (more, true),
                    Claim::Drop(more) => (more, false),
                };
                claimed = true;
                all_gone &= matches!(more.first(), Some(Op::Delete(key)) if *key == row.key);
                if all_gone {
                    last = Some(row.key.successor());
                }
                if taken_row {
                    taken.push(row);
                }
                bytes += more.iter().map(limits::size).sum::<usize>();
                ops.extend(more);
                if ops.len() >= CLAIM_OPS || bytes >= CLAIM_BYTES {
                    break 'claim;
                }
            }
        }
        if claimed {
            ops.extend(claimant.end());
        }
        if ops.is_empty() {
            return match taken.is_empty() {
                true => Answer::ready(Ok(taken)),
                false => self.after_publication(state, Ok(taken)),
            };
        }
        if let Err(error) = limits::ops(&ops) {
            return Answer::ready(Err(error));
        }
        if let Some(gone) = last {
            // The next claim begins behind them. What the operations put there splits the stretch again, and a
            // roll-back forgets it.
            let ver = Ver(state.applied.0 + 1);
            state.empty.insert(range.from.clone(), gone, ver);
        }
        if let Err(error) = state.apply(ops) {
            return Answer::ready(Err(error));
        }
        self.shared.applied(&mut state);
        self.after_publication(state, Ok(taken))
    }

    fn epoch(&self) -> u64 {
        self.shared.epoch.load(Ordering::Acquire)
    }

    fn reset(&self) -> Answer<'_, Result<(), StoreError>> {
        self.shared.jobs.answer(|shared| shared.reset())
    }

    fn close(&self) -> Answer<'_, Result<(), StoreError>> {
        self.shared.jobs.answer(|shared| shared.close())
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.shared.stop();
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to do.
            let _ = thread.join();
        }
    }
}
