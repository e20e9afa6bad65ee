//! Events of a request, from the frames of its body.

use super::{Frame, FrameValue};
use crate::{
    Body, BodyError, Bytes, DecodeError, Edit, Fault, Flags, Protocol, Shape, Ty, Violation, cbor, common, json,
    protocol::utf8, xml,
};
use std::task::{Context, Poll, ready};

type Result<T> = std::result::Result<T, DecodeError>;

/// The body of a request whose input has events.
pub struct EventReader {
    protocol: Protocol,
    body: Body,
    /// What came and is not a whole frame yet.
    pending: Vec<u8>,
    /// How much of it frames have used up.
    used: usize,
    done: bool,
}

impl EventReader {
    pub fn new(protocol: Protocol, body: Body) -> EventReader {
        EventReader { protocol, body, pending: Vec::new(), used: 0, done: false }
    }

    /// The next event, filled into a new value.
    pub(super) fn poll_next<T: Shape>(
        &mut self,
        cx: &mut Context,
        new: impl Fn() -> T,
    ) -> Poll<Option<std::result::Result<T, Fault>>> {
        let mut value = new();
        while !self.done {
            let event = match ready!(self.poll_frame(cx)) {
                Ok(Some(frame)) => self.event(frame, &mut value),
                Ok(None) => break,
                Err(fault) => {
                    self.done = true;
                    return Poll::Ready(Some(Err(fault)));
                }
            };
            match event {
                Ok(true) => return Poll::Ready(Some(Ok(value))),
                Ok(false) => {}
                Err(error) => {
                    self.done = true;
                    return Poll::Ready(Some(Err(self.protocol.malformed(&error))));
                }
            }
        }
        self.done = true;
        Poll::Ready(None)
    }

    fn poll_frame(&mut self, cx: &mut Context) -> Poll<std::result::Result<Option<Frame>, Fault>> {
        loop {
            match self.buffered() {
                Ok(None) => {}
                Ok(frame) => return Poll::Ready(Ok(frame)),
                Err(error) => return Poll::Ready(Err(self.protocol.malformed(&error))),
            }
            match ready!(self.body.poll_next(cx)) {
                Some(Ok(bytes)) => {
                    self.pending.drain(..std::mem::take(&mut self.used));
                    self.pending.extend_from_slice(&bytes);
                }
                Some(Err(error)) => return Poll::Ready(Err(common::serialization(error.to_string()))),
                None if self.used == self.pending.len() => return Poll::Ready(Ok(None)),
                None => return Poll::Ready(Err(common::serialization(BodyError::Incomplete.to_string()))),
            }
        }
    }

    /// A frame that is all there.
    fn buffered(&mut self) -> Result<Option<Frame>> {
        let pending = &self.pending[self.used..];
        let Some(frame) = Frame::length(pending)?.and_then(|length| pending.get(..length)) else {
            return Ok(None);
        };
        self.used += frame.len();
        Frame::decode(&Bytes::copy_from_slice(frame)).map(Some)
    }

    /// Whether the frame was an event. An empty signed frame is the end.
    fn event(&mut self, mut frame: Frame, union: &mut dyn Shape) -> Result<bool> {
        if frame.header(":chunk-signature").is_some() {
            if frame.payload.is_empty() {
                self.done = true;
                return Ok(false);
            }
            frame = Frame::decode(&frame.payload)?;
        }
        let Some(name) = frame.text(":event-type").filter(|name| *name != "initial-request") else { return Ok(false) };
        let Some(index) = union.schema().index(name) else {
            union.set_unknown(name);
            return Ok(true);
        };
        if let Edit::Shape(event) = union.edit_member(index) {
            fill(self.protocol, &frame, event)?;
        }
        Ok(true)
    }
}

fn fill(protocol: Protocol, frame: &Frame, event: &mut dyn Shape) -> Result<()> {
    let members = event.schema().members;
    for (index, member) in members.iter().enumerate().filter(|(_, member)| member.has(Flags::EVENT_HEADER)) {
        if let Some(value) = frame.header(member.name) {
            set(value, event.edit_member(index))?;
        }
    }
    match members.iter().position(|member| member.has(Flags::EVENT_PAYLOAD)) {
        Some(index) if frame.payload.is_empty() && matches!(members[index].ty, Ty::Shape(_)) => {}
        Some(index) => match event.edit_member(index) {
            Edit::Blob(value) => *value = frame.payload.clone(),
            Edit::Str(value) => utf8(&frame.payload)?.clone_into(value),
            Edit::Shape(shape) => document(protocol, &frame.payload, shape)?,
            _ => {}
        },
        None if frame.payload.is_empty() => {}
        None => document(protocol, &frame.payload, event)?,
    }
    Ok(())
}

/// Of events, what is missing is for the handler to say: the request was accepted long before.
fn document(protocol: Protocol, payload: &[u8], shape: &mut dyn Shape) -> Result<()> {
    let mut violations: Vec<Violation> = Vec::new();
    match protocol {
        Protocol::Cbor => cbor::read_shape(payload, shape, &mut violations),
        Protocol::RestXml => xml::read_shape(utf8(payload)?, shape, &mut violations),
        _ => json::read_shape(utf8(payload)?, shape, &mut violations),
    }
}

fn set(value: &FrameValue, edit: Edit) -> Result<()> {
    let int = match value {
        FrameValue::Byte(value) => Some(i64::from(*value)),
        FrameValue::Short(value) => Some(i64::from(*value)),
        FrameValue::Int(value) => Some(i64::from(*value)),
        FrameValue::Long(value) => Some(*value),
        _ => None,
    };
    match (edit, value, int) {
        (Edit::Bool(slot), FrameValue::Bool(value), _) => *slot = *value,
        (Edit::I32(slot), _, Some(value)) => {
            *slot = i32::try_from(value).map_err(|_| DecodeError::new("An event's header is out of range"))?;
        }
        (Edit::I64(slot), _, Some(value)) => *slot = value,
        (Edit::Blob(slot), FrameValue::Bytes(value), _) => *slot = value.clone(),
        (Edit::Str(slot), FrameValue::Str(value), _) => slot.clone_from(value),
        (Edit::Enum(slot), FrameValue::Str(value), _) => slot.set(value),
        (Edit::Time(slot), FrameValue::Time(value), _) => *slot = *value,
        _ => return Err(DecodeError::new("An event's header is of another type than the model's")),
    }
    Ok(())
}
