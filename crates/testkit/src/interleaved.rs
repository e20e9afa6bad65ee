//! A store that makes its callers wait, so that calls that are going on at once come between each other's reads and commits.

use kernel::store::{
    Answer, Claimant, Commit, Committed, Engine, Key, Page, Range, Row, Scan, Snapshot, Source, StoreError,
};
use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    task::Poll,
};

/// How long each waits, from a seed.
#[derive(Clone)]
struct Pauses(Arc<AtomicU64>);

impl Pauses {
    /// Lets the others go on, up to three times. (splitmix64.)
    async fn pause(&self) {
        let z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, SeqCst);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mut left = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 62;
        poll_fn(|cx| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

pub struct Interleaved {
    engine: Arc<dyn Engine>,
    pauses: Pauses,
}

impl Interleaved {
    pub fn new(engine: Arc<dyn Engine>, seed: u64) -> Interleaved {
        Interleaved { engine, pauses: Pauses(Arc::new(AtomicU64::new(seed))) }
    }
}

struct Paused {
    snapshot: Box<dyn Snapshot>,
    pauses: Pauses,
}

impl Snapshot for Paused {
    fn get(&self, key: &Key) -> Answer<'_, Result<Option<Row>, StoreError>> {
        let key = key.clone();
        Answer::later(async move {
            self.pauses.pause().await;
            self.snapshot.get(&key).await
        })
    }

    fn scan(&self, range: &Range, scan: &Scan) -> Answer<'_, Result<Page, StoreError>> {
        let (range, scan) = (range.clone(), scan.clone());
        Answer::later(async move {
            self.pauses.pause().await;
            self.snapshot.scan(&range, &scan).await
        })
    }
}

impl Engine for Interleaved {
    fn snapshot(&self) -> Box<dyn Snapshot> {
        Box::new(Paused { snapshot: self.engine.snapshot(), pauses: self.pauses.clone() })
    }

    fn latest(&self) -> Box<dyn Snapshot> {
        Box::new(Paused { snapshot: self.engine.latest(), pauses: self.pauses.clone() })
    }

    fn commit(&self, commit: Commit) -> Answer<'_, Result<Committed, StoreError>> {
        Answer::later(async move {
            self.pauses.pause().await;
            self.engine.commit(commit).await
        })
    }

    fn claim_from<'a>(
        &'a self,
        source: Source,
        limit: usize,
        claimant: &mut dyn Claimant,
    ) -> Answer<'a, Result<Vec<Row>, StoreError>> {
        self.engine.claim_from(source, limit, claimant)
    }

    fn epoch(&self) -> u64 {
        self.engine.epoch()
    }

    fn reset(&self) -> Answer<'_, Result<(), StoreError>> {
        self.engine.reset()
    }

    fn close(&self) -> Answer<'_, Result<(), StoreError>> {
        self.engine.close()
    }
}
