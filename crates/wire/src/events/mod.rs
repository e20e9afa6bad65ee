//! Event streams: frames of `application/vnd.amazon.eventstream`, and the members whose values are events.

mod encode;
mod frame;
mod read;
mod stream;

pub(crate) use encode::{Encoder, body};
pub use frame::{Frame, FrameValue};
pub use read::EventReader;
pub use stream::{ErasedEvents, EventSlot, EventSource, Events};

pub(crate) const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";
