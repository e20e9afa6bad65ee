//! AWS request signatures: finding, verifying and streaming them (SigV4, SigV4a, presigned URLs, aws-chunked bodies, POST policies).
//!
//! Pure: no sockets, no clock, no store. A caller goes three steps:
//! [`parse`] finds the [`Claim`] of a request; the caller looks up the secret of its access key and calls
//! [`Verifier::verify`]; the [`Body`] inside the answer then checks the bytes as they arrive.
//! Browser uploads go the same way through [`Form::claim`], [`Verifier::verify_form`] and [`Policy::check`].
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
mod form;
mod header;
mod hex;
mod instant;
mod json;
mod key;
mod mismatch;
mod parse;
mod policy;
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
pub use form::{Form, FormClaim};
pub use instant::{Stamp, iso8601};
pub use mismatch::Mismatch;
pub use parse::parse;
pub use policy::{Condition, Policy, Upload};
pub use scope::{Expected, Scope, WrongScope};
pub use trailer::Trailers;
pub use verifier::{PayloadCheck, Terms, Verified, Verifier};
