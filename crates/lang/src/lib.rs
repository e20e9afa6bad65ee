//! Languages that several services share. Pure: no I/O, no clock, no store.

pub mod policy;
pub mod select;
