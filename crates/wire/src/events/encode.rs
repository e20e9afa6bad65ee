//! Events of an answer, as frames of its body.

use super::{ErasedEvents, Frame, FrameValue};
use crate::{
    Body, BodyError, ByteStream, Bytes, Fault, Flags, Location, Member, Model, Protocol, Schema, Shape, Ty, View, cbor,
    json, protocol::fault_document, xml,
};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// Makes frames of the values of one union. Events and their headers have the model's names (botocore's parsers.py).
pub(crate) struct Encoder {
    pub protocol: Protocol,
    pub model: &'static Model,
    pub union: &'static Schema,
}

/// A body of frames. `first` is the initial response of the protocols that have one.
pub(crate) fn body(encoder: Encoder, first: Option<Frame>, events: Option<Box<dyn ErasedEvents>>) -> Body {
    Body::Stream { stream: Box::pin(Frames { encoder, first, events }), len: None }
}

struct Frames {
    encoder: Encoder,
    first: Option<Frame>,
    events: Option<Box<dyn ErasedEvents>>,
}

impl ByteStream for Frames {
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<Result<Bytes, BodyError>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first.encode().into())));
        }
        let Some(events) = &mut self.events else { return Poll::Ready(None) };
        let frame = match events.poll_shape(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(Ok(event))) => self.encoder.event(&*event),
            Poll::Ready(Some(Err(fault))) => {
                self.events = None;
                Some(self.encoder.exception(&fault))
            }
            Poll::Ready(None) => None,
        };
        if frame.is_none() {
            self.events = None;
        }
        Poll::Ready(frame.map(|frame| Ok(frame.encode().into())))
    }
}

impl Encoder {
    /// The members beside the events, which come first in protocols without headers for them.
    pub(crate) fn initial_response(&self, output: &dyn Shape) -> Frame {
        let payload = self.document(output, "InitialResponse", &|_| true);
        frame("event", ":event-type", "initial-response", self.content_type(), payload)
    }

    /// `None` for a union without a value, which ends the stream.
    fn event(&self, union: &dyn Shape) -> Option<Frame> {
        let members = union.schema().members.iter().enumerate();
        let (member, view) =
            members.map(|(index, member)| (member, union.get(index))).find(|(_, view)| !matches!(view, View::Unset))?;
        let View::Shape(event) = view else { return None };
        let (content_type, payload) = self.payload(event);
        let mut frame = frame("event", ":event-type", member.name, content_type, payload);
        for (index, member) in event.schema().members.iter().enumerate() {
            if member.has(Flags::EVENT_HEADER)
                && let Some(value) = header(&event.get(index))
            {
                frame = frame.with(member.name, value);
            }
        }
        Some(frame)
    }

    fn payload(&self, event: &dyn Shape) -> (&'static str, Vec<u8>) {
        let members = event.schema().members;
        if let Some(index) = members.iter().position(|member| member.has(Flags::EVENT_PAYLOAD)) {
            return match event.get(index) {
                View::Blob(bytes) => ("application/octet-stream", bytes.to_vec()),
                View::Str(text) => ("text/plain", text.as_bytes().to_vec()),
                View::Shape(shape) => (self.content_type(), self.document(shape, shape.schema().name, &|_| true)),
                _ => ("", Vec::new()),
            };
        }
        let in_body = |member: &Member| !member.has(Flags::EVENT_HEADER);
        match members.iter().any(in_body) {
            true => (self.content_type(), self.document(event, event.schema().name, &in_body)),
            // S3 Select's `Cont` and `End`.
            false => ("", Vec::new()),
        }
    }

    /// A fault that the union names is an exception of its shape; any other is an error that clients do not know.
    fn exception(&self, fault: &Fault) -> Frame {
        let kind = fault.kind();
        let named = |member: &&Member| matches!(member.ty, Ty::Shape(schema) if schema.name == kind.name);
        match self.union.members.iter().find(named) {
            Some(member) => {
                let payload = fault_document(self.protocol, self.model, None, fault, "");
                frame("exception", ":exception-type", member.name, self.content_type(), payload)
            }
            None => frame("error", ":error-code", kind.name, "", Vec::new()).with(":error-message", fault.message()),
        }
    }

    fn document(&self, shape: &dyn Shape, name: &str, which: &dyn Fn(&Member) -> bool) -> Vec<u8> {
        let which = |member: &Member| which(member) && member.location == Location::Body;
        match self.protocol {
            Protocol::Cbor => {
                let mut writer = cbor::Writer::default();
                writer.open_map();
                cbor::write_members(&mut writer, shape, which);
                writer.end();
                writer.into_bytes()
            }
            Protocol::RestXml | Protocol::Query | Protocol::Ec2 => {
                let mut writer = xml::Writer::new(self.protocol.dialect(self.model));
                writer.open(name, None);
                writer.members_except(shape, |member| !which(member));
                writer.close(name);
                writer.into_bytes()
            }
            Protocol::Json10 | Protocol::Json11 | Protocol::RestJson => {
                let mut writer = json::Writer::with_capacity(256);
                writer.byte(b'{');
                json::write_members(&mut writer, shape, true, which);
                writer.byte(b'}');
                writer.into_bytes()
            }
        }
    }

    fn content_type(&self) -> &'static str {
        match self.protocol {
            // S3 Select says `text/xml`.
            Protocol::RestXml => "text/xml",
            protocol => protocol.content_type(),
        }
    }
}

fn frame(kind: &str, header: &str, name: &str, content_type: &str, payload: Vec<u8>) -> Frame {
    let mut frame = Frame { headers: Vec::with_capacity(4), payload: payload.into() }.with(header, name);
    if !content_type.is_empty() {
        frame = frame.with(":content-type", content_type);
    }
    frame.with(":message-type", kind)
}

fn header(view: &View) -> Option<FrameValue> {
    Some(match view {
        View::Bool(value) => FrameValue::Bool(*value),
        // The schema does not tell a long from an integer; clients take either where the number fits.
        View::Int(value) => i32::try_from(*value).map_or(FrameValue::Long(*value), FrameValue::Int),
        View::Str(value) => (*value).into(),
        View::Blob(value) => FrameValue::Bytes((*value).clone()),
        View::Time(value) => FrameValue::Time(*value),
        _ => return None,
    })
}
