//! JSON, both ways: directed by the schema for shapes, free for [`crate::Json`].

mod read;
mod shapes;
mod write;

pub use read::Reader;
pub use shapes::{read_shape, write_shape};
pub use write::Writer;
