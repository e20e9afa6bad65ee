//! Members that are streams of events: a handler gives the events of an answer, and takes those of a request.

use super::EventReader;
use crate::{Fault, Shape};
use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};

/// Where the events of an answer come from. An error ends the stream: clients see it as an exception.
pub trait EventSource<T> {
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<Result<T, Fault>>>;
}

/// A stream of values of one union. Its default has no events.
pub struct Events<T>(State<T>);

enum State<T> {
    Empty,
    /// An answer's.
    Source(Pin<Box<dyn EventSource<T>>>),
    /// A request's.
    Reader(Box<EventReader>),
}

impl<T> Default for Events<T> {
    fn default() -> Self {
        Events(State::Empty)
    }
}

impl<T: Shape + Default> Events<T> {
    pub fn new(source: impl EventSource<T> + 'static) -> Events<T> {
        Events(State::Source(Box::pin(source)))
    }

    /// The next event; `None` at the end. After an error there is nothing more.
    pub async fn next(&mut self) -> Option<Result<T, Fault>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    pub fn poll_next(&mut self, cx: &mut Context) -> Poll<Option<Result<T, Fault>>> {
        match &mut self.0 {
            State::Empty => Poll::Ready(None),
            State::Source(source) => source.as_mut().poll_next(cx),
            State::Reader(reader) => reader.poll_next(cx, T::default),
        }
    }
}

/// Events that are there already.
impl<T: Shape + Default + Unpin> From<Vec<T>> for Events<T> {
    fn from(events: Vec<T>) -> Self {
        Events::new(Ready(events.into()))
    }
}

struct Ready<T>(VecDeque<T>);

impl<T: Unpin> EventSource<T> for Ready<T> {
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context) -> Poll<Option<Result<T, Fault>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }
}

/// An [`Events`] without its type, as codecs see it through [`Edit::Events`](crate::Edit::Events).
pub trait EventSlot {
    /// The events of an answer; `None` where there are none.
    fn take(&mut self) -> Option<Box<dyn ErasedEvents>>;
    /// Lets the handler read a request's events.
    fn fill(&mut self, reader: EventReader);
}

/// An [`EventSource`] without its type.
pub trait ErasedEvents {
    fn poll_shape(&mut self, cx: &mut Context) -> Poll<Option<Result<Box<dyn Shape>, Fault>>>;
}

impl<T: Shape + Default> EventSlot for Events<T> {
    fn take(&mut self) -> Option<Box<dyn ErasedEvents>> {
        match std::mem::take(self) {
            Events(State::Empty) => None,
            events => Some(Box::new(events)),
        }
    }

    fn fill(&mut self, reader: EventReader) {
        self.0 = State::Reader(Box::new(reader));
    }
}

impl<T: Shape + Default> ErasedEvents for Events<T> {
    fn poll_shape(&mut self, cx: &mut Context) -> Poll<Option<Result<Box<dyn Shape>, Fault>>> {
        self.poll_next(cx).map(|event| event.map(|event| event.map(|event| Box::new(event) as Box<dyn Shape>)))
    }
}
