//! What every engine does alike: one suite for Mem and for Local in both durabilities, with and without checkpoints all the time.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod blobs;
mod claims;
mod commits;
mod concurrency;
mod limits;
mod model;
mod reopening;
mod saved;
mod scans;
mod snapshots;
