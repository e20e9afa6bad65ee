//! What travels between clients and services: shapes, their schemas, and one codec per protocol.
//!
//! Pure: no I/O, no runtime, no store. Generated api crates describe their types by [`Schema`]s and expose values by
//! [`View`] and [`Edit`]; every codec, the constraint checker and the printer is one recursive function over these.

mod body;
pub mod cbor;
mod check;
mod document;
mod events;
mod fault;
mod generated;
pub mod json;
mod operation;
mod protocol;
pub mod query;
mod rest;
mod scalar;
mod schema;
mod shape;
mod style;
mod timestamp;
pub mod xml;

pub use body::{Body, BodyError, ByteStream};
pub use bytes::Bytes;
pub use check::{Constraint, Matches, Violation, check};
pub use document::Json;
pub use events::{ErasedEvents, EventReader, EventSlot, EventSource, Events, Frame, FrameValue};
pub use fault::{DecodeError, ErrorKind, Fault, Malformed, common};
pub use generated::no_member;
pub use operation::{Access, Iam, IamResource, Input, Model, Operation, Unbuilt};
pub use protocol::{Protocol, SMITHY_PROTOCOL, TARGET};
pub use rest::{Route, Router};
pub use schema::{Flags, ListTy, Location, MapTy, Member, Schema, StrTy, TimeFormat, Ty, ty};
pub use shape::{Dict, Edit, EnumValue, Field, List, Map, Shape, View, print};
pub use style::Style;
pub use timestamp::Timestamp;
