//! XML, both ways, for the Query, EC2 and REST-XML protocols.

mod read;
mod shapes;
mod write;

pub use read::{Reader, Tag};
pub use shapes::read_shape;
pub use write::{Dialect, Names, Writer};
