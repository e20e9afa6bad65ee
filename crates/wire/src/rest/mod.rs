//! The REST protocols: members in paths, query strings, headers, statuses and bodies, and the router.

mod answer;
mod header;
mod request;
mod router;
mod template;

pub(crate) use answer::{encode, fault_headers};
pub(crate) use request::decode;
pub use router::{Route, Router};
