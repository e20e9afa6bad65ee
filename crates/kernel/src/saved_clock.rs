//! The clock's history in the store, so that virtual time goes on after a restart and travels with snapshots.

use crate::{
    Cloud, Stretch, record,
    record::Record,
    store::{Key, StoreError, Txn},
};
use std::{sync::Arc, time::Duration};
use wire::{Fault, Timestamp};

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

impl Cloud {
    /// Changes the clock, keeps the change, and runs what became due, in order, until nothing is.
    pub async fn change_clock(self: &Arc<Self>, change: ClockChange) -> Result<(), Fault> {
        match change {
            ClockChange::Advance(by) => self.advance(by).await?,
            ClockChange::Freeze => self.clock().freeze(),
            ClockChange::Resume => self.clock().resume(),
        }
        let stretch = |s: Stretch| SavedStretch { wall: s.wall, virtual_at: s.virtual_at, running: s.running };
        let history = History { stretches: self.clock().history().into_iter().map(stretch).collect() };
        let mut txn = Txn::begin(self.engine());
        txn.put(key(), history.encode());
        self.commit(txn).await?;
        self.reserve_sequence(self.clock().now()).await?;
        crate::timers::run_due(self).await.map(drop)
    }

    /// Goes from one due timer to the next, so that each runs at its own time.
    async fn advance(self: &Arc<Self>, by: Duration) -> Result<(), Fault> {
        let target =
            Timestamp(self.clock().now().0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX / 4)));
        loop {
            let next = crate::timers::run_due(self).await?;
            let now = self.clock().now();
            let stop = next.filter(|next| *next < target).unwrap_or(target);
            if stop > now {
                self.clock().advance(Duration::from_micros((stop.0 - now.0) as u64));
            }
            if stop >= target {
                return Ok(());
            }
        }
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
