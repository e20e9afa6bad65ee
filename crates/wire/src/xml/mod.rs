//! XML, both ways, for the Query, EC2 and REST-XML protocols.

mod write;

pub use write::{Dialect, Names, Writer};
