//! Languages that several services share. Pure: no I/O, no clock, no store.

mod decimal;
pub mod dynamodb;
pub mod policy;
pub mod select;
