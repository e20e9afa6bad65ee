//! A cloud in process on a manual clock, and the runner of transcripts: a service's tests as text.
//!
//! The format is described in [`transcript`].
#![allow(clippy::unwrap_used)]

mod aliases;
mod cloud;
mod diff;
mod harness;
mod interleaved;
mod json;
mod patterns;
mod rest;
mod runner;
mod signer;
mod tasks;
pub mod transcript;
mod xml;

pub use cloud::{Cloud, START};
pub use harness::Suite;
pub use patterns::patterns;
pub use signer::{Credentials, sign};
pub use tasks::{Handle, Tasks};
pub use xml::Element;
