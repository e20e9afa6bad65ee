//! The clock's history in the store, so that virtual time goes on after a restart and travels with snapshots.

use crate::{
    Cloud, Stretch, record,
    record::Record,
    store::{Key, StoreError, Txn},
    timers::run_due,
};
use std::{sync::Arc, time::Duration};
use wire::{Fault, Timestamp, common};

record! {
    struct History { 1 stretches: Vec<SavedStretch> }
}

record! {
    struct SavedStretch { 1 wall: Timestamp, 2 virtual_at: Timestamp, 3 running: bool }
}

/// What to do to the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockChange {
    Advance(Duration),
    Freeze,
    Resume,
}

fn key() -> Key {
    Key::new().text("sys").text("clock")
}

/// The most that one change advances: 100 years.
const MAX_ADVANCE: Duration = Duration::from_secs(100 * 366 * 86_400);

impl Cloud {
    /// Changes the clock, keeps the change, and runs what became due, in order, until nothing is.
    pub async fn change_clock(self: &Arc<Self>, change: ClockChange) -> Result<(), Fault> {
        let _turn = self.clock_turn.take().await;
        match change {
            ClockChange::Advance(by) if by > MAX_ADVANCE => {
                return Err(common::validation("The clock advances at most 100 years at a time."));
            }
            ClockChange::Advance(by) => return self.advance(by).await,
            ClockChange::Freeze => self.clock().freeze(),
            ClockChange::Resume => self.clock().resume(),
        }
        self.save_clock().await?;
        run_due(self).await.map(drop)
    }

    /// Goes from one due timer to the next, so that each runs at its own time.
    async fn advance(self: &Arc<Self>, by: Duration) -> Result<(), Fault> {
        let Some(target) = self.clock().ahead(by) else {
            return Err(common::validation("The clock ends with the year 9999."));
        };
        let mut further = false;
        loop {
            let next = run_due(self).await?;
            let stop = next.filter(|next| *next < target).unwrap_or(target);
            self.clock().advance_to(stop, further);
            further = true;
            // Before its timers run: what they do at the new time must not be there without it.
            self.save_clock().await?;
            if stop >= target {
                return run_due(self).await.map(drop);
            }
        }
    }

    async fn save_clock(&self) -> Result<(), StoreError> {
        let stretch = |s: Stretch| SavedStretch { wall: s.wall, virtual_at: s.virtual_at, running: s.running };
        let history = History { stretches: self.clock().history().into_iter().map(stretch).collect() };
        let mut txn = Txn::begin(self.engine());
        txn.put(key(), history.encode());
        self.commit(txn).await?;
        self.reserve_sequence(self.clock().now()).await
    }

    /// Takes up the stored history; without one, virtual time is wall time. With it the sequence numbers, which follow
    /// the clock.
    pub async fn load_clock(&self) -> Result<(), StoreError> {
        let row = self.engine().snapshot().get(&key()).await?;
        let history = row.and_then(|row| History::decode(&row.value)).unwrap_or_default();
        let stretch = |s: SavedStretch| Stretch { wall: s.wall, virtual_at: s.virtual_at, running: s.running };
        self.clock().restore(history.stretches.into_iter().map(stretch).collect());
        self.take_up_sequence().await
    }
}
