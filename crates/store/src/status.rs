//! What the engine tells about itself.

use crate::{engine::Local, shared::Shared};
use kernel::store::Ver;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The newest published version.
    pub ver: Ver,
    /// The version up to which the base is complete.
    pub checkpointed: Ver,
    pub epoch: u64,
    /// Memory of the overlay, and of the one that is being checkpointed.
    pub overlay_bytes: u64,
    pub frozen_bytes: u64,
    pub log_bytes: u64,
    pub base_bytes: u64,
    /// Open snapshots keep so many superseded rows.
    pub history: u64,
    /// What is wrong, if commits may be affected.
    pub trouble: Option<String>,
}

/// Gives the engine's status whenever asked.
#[derive(Clone)]
pub struct Gauge(pub(crate) Arc<Shared>);

impl Gauge {
    pub fn status(&self) -> Status {
        let state = self.0.lock();
        let base = state.base.clone();
        let mut status = Status {
            ver: state.published,
            checkpointed: Ver::ABSENT,
            epoch: 0,
            overlay_bytes: state.active.bytes as u64,
            frozen_bytes: state.frozen.as_ref().map_or(0, |frozen| frozen.bytes as u64),
            log_bytes: 0,
            base_bytes: 0,
            history: state.history.count() as u64,
            trouble: state.checkpoint_error.clone(),
        };
        drop(state);
        status.epoch = self.0.epoch.load(std::sync::atomic::Ordering::Acquire);
        // Mem has no log: that is not an error here.
        status.log_bytes = self.0.with_log(|log| Ok(log.bytes())).unwrap_or(0);
        if let Some(base) = base {
            status.base_bytes = base.size();
            status.checkpointed = base.ver().unwrap_or(Ver::ABSENT);
        }
        status
    }
}

impl Local {
    pub fn gauge(&self) -> Gauge {
        Gauge(self.shared.clone())
    }
}
