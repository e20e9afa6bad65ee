//! The engines behind `kernel::store`: Local (a log, an overlay, a base) and Mem (the overlay alone).
//!
//! Formats, protocol and invariants: `docs/decisions/0002-store.md`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod apply;
mod arena;
mod base;
mod blobs;
mod checkpoint;
mod directory;
mod engine;
mod error;
mod exchange;
pub mod files;
mod history;
mod intervals;
mod jobs;
mod layer;
mod limits;
mod log;
mod log_thread;
mod memory;
mod open;
mod options;
mod publish;
mod readers;
mod root_key;
mod saved;
mod shared;
mod slice;
mod snapshot;
mod state;
mod status;

pub use error::OpenError;
pub use log::Recovered;
pub use open::{Opened, open};
pub use options::{Durability, Options};
pub use status::{Gauge, Status};
