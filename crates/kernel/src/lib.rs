//! What every service stands on: the call context, the pipeline, the clock, the store's contract.

pub mod store;
