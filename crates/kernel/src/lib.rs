//! What every service stands on: the call context, the pipeline, the clock, the store's contract.

pub mod audit;
pub mod authorise;
mod caller_principal;
mod clock;
mod cloud;
pub mod credentials;
mod cx;
mod either;
pub mod feed;
mod guarded;
pub mod identity;
mod ids;
pub mod meter;
pub mod pipeline;
mod place;
mod principal;
pub mod record;
mod saved_clock;
mod saved_sequence;
mod service;
pub mod store;
pub mod timers;
mod turn;
pub mod used;
mod wake;
pub mod web;

pub use clock::{Clock, Deadline, Stretch};
pub use cloud::{Cloud, Parts};
pub use cx::{Cx, Extras, Request, Signed, SignedIn};
pub use either::either;
pub use ids::{Ids, uuid_text};
pub use place::{AccountId, Arn, Region};
pub use principal::{Caller, CallerKind, Identified, Session};
pub use saved_clock::ClockChange;
pub use service::{Edge, FindTarget, Local, Result, Route, Service, Way, route, templated_target};
pub use wake::{Wakes, Watch};
