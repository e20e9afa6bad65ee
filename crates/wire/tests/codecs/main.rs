//! The codecs as clients meet them: one file per behaviour, over a few shapes made by hand.
#![allow(clippy::unwrap_used)]

mod call;
mod query;
mod query_answers;
mod shapes;
