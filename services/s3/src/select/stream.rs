//! The events of a scan, as an answer has them: each is made when the client has taken the one before.

use super::scan::Scan;
use kernel::Result;
use s3_api::SelectObjectContentEventStream as Event;
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};
use wire::{EventSource, Events, Fault};

type Next = Pin<Box<dyn Future<Output = (Box<Scan>, Result<Option<Event>>)>>>;

struct Stream {
    ready: Option<Event>,
    state: State,
}

enum State {
    Idle(Box<Scan>),
    Scanning(Next),
    Over,
}

/// The first event is made before the answer begins, so that what fails before it is an ordinary error.
pub async fn of(mut scan: Scan) -> Result<Events<Event>> {
    let ready = scan.next().await?;
    Ok(Events::new(Stream { ready, state: State::Idle(Box::new(scan)) }))
}

impl EventSource<Event> for Stream {
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<std::result::Result<Event, Fault>>> {
        if let Some(ready) = self.ready.take() {
            return Poll::Ready(Some(Ok(ready)));
        }
        loop {
            match std::mem::replace(&mut self.state, State::Over) {
                State::Over => return Poll::Ready(None),
                State::Idle(mut scan) => {
                    self.state = State::Scanning(Box::pin(async move {
                        let next = scan.next().await;
                        (scan, next)
                    }));
                }
                State::Scanning(mut scanning) => match scanning.as_mut().poll(cx) {
                    Poll::Pending => {
                        self.state = State::Scanning(scanning);
                        return Poll::Pending;
                    }
                    Poll::Ready((scan, Ok(Some(event)))) => {
                        self.state = State::Idle(scan);
                        return Poll::Ready(Some(Ok(event)));
                    }
                    Poll::Ready((_, Ok(None))) => return Poll::Ready(None),
                    Poll::Ready((_, Err(fault))) => return Poll::Ready(Some(Err(fault))),
                },
            }
        }
    }
}
