//! Requests of the Query and EC2 protocols: dotted parameter names, walked along the schema.

mod form;
mod shapes;

pub(crate) use form::Form;
pub use form::find;
pub use form::unescape;
pub use shapes::read_shape;
