//! AWS request signatures: finding, verifying and streaming them (SigV4, SigV4a, presigned URLs, aws-chunked bodies, POST policies).
//!
//! Pure: no sockets, no clock, no store. A caller goes three steps:
//! [`parse`] finds the [`Claim`] of a request; the caller looks up the secret of its access key and calls
//! [`Verifier::verify`]; the [`Body`] inside the answer then checks the bytes as they arrive.
//! Every refusal is a [`Fault`], and [`Fault::answer`] says how a service of a given [`Dialect`] words it.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod answer;
mod body;
mod cache;
mod canonical;
mod chunked;
mod claim;
mod clock;
mod fault;
mod header;
mod hex;
mod instant;
mod key;
mod mismatch;
mod parse;
mod presigned;
mod scope;
mod style;
mod trailer;
mod uri;
mod verifier;

pub use answer::{Answer, Dialect};
pub use body::Body;
pub use claim::{Algorithm, Claim, Payload, Place};
pub use clock::Clock;
pub use fault::Fault;
pub use instant::{Stamp, iso8601};
pub use mismatch::Mismatch;
pub use parse::parse;
pub use scope::{Expected, Scope};
pub use trailer::Trailers;
pub use verifier::{PayloadCheck, Terms, Verified, Verifier};
