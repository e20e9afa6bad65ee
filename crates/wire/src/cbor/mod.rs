//! CBOR, both ways, for the RPC v2 protocol.

mod read;
mod shapes;
mod write;

pub use read::Reader;
pub(crate) use shapes::write_members;
pub use shapes::{read_shape, write_shape};
pub use write::Writer;
