//! Requests of the Query and EC2 protocols: dotted parameter names, walked along the schema.

mod form;
mod shapes;

pub use form::find;
pub(crate) use form::{Form, unescape};
pub use shapes::read_shape;
