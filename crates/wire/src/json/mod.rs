//! JSON, both ways: directed by the schema for shapes, free for [`crate::Json`].

mod read;
mod shapes;
mod write;

pub use read::Reader;
pub(crate) use shapes::write_members;
pub use shapes::{read_shape, write_filled, write_shape};
pub use write::Writer;
pub(crate) use write::float_text;
