//! The codecs as clients meet them: one file per behaviour, over a few shapes made by hand.
#![allow(clippy::unwrap_used)]

mod call;
mod cbor;
mod entries;
mod events;
mod hostile;
mod protocol;
mod query;
mod query_answers;
mod rest;
mod router;
mod shapes;
mod violations;
