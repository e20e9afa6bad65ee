//! A result that a local engine has at once and a remote one gives later, without boxing the first kind.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

/// Awaiting a `Ready` answer costs nothing: no allocation, no suspension.
pub enum Answer<'a, T> {
    Ready(Option<T>),
    Later(Pin<Box<dyn Future<Output = T> + 'a>>),
}

impl<'a, T> Answer<'a, T> {
    pub fn ready(value: T) -> Self {
        Answer::Ready(Some(value))
    }

    pub fn later(future: impl Future<Output = T> + 'a) -> Self {
        Answer::Later(Box::pin(future))
    }
}

impl<T: Unpin> Future for Answer<'_, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context) -> Poll<T> {
        match self.get_mut() {
            // A future is not polled again after it was ready, so the value is there.
            Answer::Ready(value) => value.take().map_or(Poll::Pending, Poll::Ready),
            Answer::Later(future) => future.as_mut().poll(cx),
        }
    }
}
