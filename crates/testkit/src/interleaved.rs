//! A store whose answers come later than they are made, by chance from a seed, so that calls that are made at once overtake
//! each other between any two of their reads and writes.

use kernel::store::{
    Answer, Claimant, Commit, Committed, Engine, Key, Page, Range, Row, Scan, Snapshot, Source, StoreError,
};
use std::{
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::Poll,
};

pub struct Interleaved {
    engine: Arc<dyn Engine>,
    chance: Arc<Chance>,
}

impl Interleaved {
    pub fn new(engine: Arc<dyn Engine>, seed: u64) -> Interleaved {
        Interleaved { engine, chance: Arc::new(Chance(AtomicU64::new(seed))) }
    }
}

/// Random numbers (SplitMix64).
struct Chance(AtomicU64);

impl Chance {
    fn below(&self, most: u64) -> u64 {
        let mut x = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % most
    }

    /// Lets others go on, some number of times, often none.
    async fn pass(&self) {
        for _ in 0..self.below(6).saturating_sub(2) {
            let mut passed = false;
            poll_fn(|cx| match std::mem::replace(&mut passed, true) {
                true => Poll::Ready(()),
                false => {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
            })
            .await;
        }
    }
}

struct View {
    snapshot: Box<dyn Snapshot>,
    chance: Arc<Chance>,
}

impl Snapshot for View {
    fn get(&self, key: &Key) -> Answer<'_, Result<Option<Row>, StoreError>> {
        let row = self.snapshot.get(key);
        Answer::later(async move {
            self.chance.pass().await;
            row.await
        })
    }

    fn scan(&self, range: &Range, scan: &Scan) -> Answer<'_, Result<Page, StoreError>> {
        let page = self.snapshot.scan(range, scan);
        Answer::later(async move {
            self.chance.pass().await;
            page.await
        })
    }
}

impl Engine for Interleaved {
    fn snapshot(&self) -> Box<dyn Snapshot> {
        Box::new(View { snapshot: self.engine.snapshot(), chance: self.chance.clone() })
    }

    fn latest(&self) -> Box<dyn Snapshot> {
        Box::new(View { snapshot: self.engine.latest(), chance: self.chance.clone() })
    }

    fn commit(&self, commit: Commit) -> Answer<'_, Result<Committed, StoreError>> {
        Answer::later(async move {
            self.chance.pass().await;
            let committed = self.engine.commit(commit).await;
            self.chance.pass().await;
            committed
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
