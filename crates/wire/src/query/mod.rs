//! Requests of the Query and EC2 protocols: dotted parameter names, walked along the schema.

mod form;
mod shapes;

pub(crate) use form::{Form, find, unescape};
pub use shapes::read_shape;
