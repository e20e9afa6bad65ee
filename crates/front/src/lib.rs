//! The only room that knows HTTP: sockets, routing of requests to services, control endpoints, what issuers of tokens publish,
//! and the way to the world outside.

mod answer;
mod body;
mod control;
mod driver;
mod issuer;
mod linger;
mod outside;
mod refusal;
mod routing;
mod server;

pub use answer::{Door, Peer};
pub use control::{Facts, Guard, Info};
pub use driver::drive;
pub use outside::Outside;
pub use server::{Server, ServerError, Stop};
