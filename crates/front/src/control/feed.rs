//! The live feed as server-sent events.

use http::{HeaderValue, Response, header};
use kernel::{Cloud, feed};
use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use wire::{Body, BodyError, ByteStream, Bytes};

pub(super) fn stream(cloud: &Arc<Cloud>) -> Response<Body> {
    let events = Events { pieces: Box::pin(next(cloud.clone(), cloud.feed().listen(), true)) };
    let mut response = Response::new(Body::Stream { stream: Box::pin(events), len: None });
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

type Step = Pin<Box<dyn Future<Output = (Bytes, Arc<Cloud>, feed::Listener)>>>;

struct Events {
    pieces: Step,
}

/// The next lines, when there are any. The first piece comes at once, so that the client knows it is heard.
async fn next(cloud: Arc<Cloud>, mut listener: feed::Listener, first: bool) -> (Bytes, Arc<Cloud>, feed::Listener) {
    if first {
        return (Bytes::from_static(b": listening\n\n"), cloud, listener);
    }
    let mut text = String::new();
    loop {
        let changed = cloud.wakes().watch(feed::TOPIC);
        let (lines, lost) = listener.take();
        if lost > 0 {
            text.push_str(&format!("event: lost\ndata: {lost}\n\n"));
        }
        for line in lines {
            text.push_str("data: ");
            text.push_str(&line);
            text.push_str("\n\n");
        }
        if !text.is_empty() {
            drop(changed);
            return (text.into(), cloud, listener);
        }
        changed.await;
    }
}

impl ByteStream for Events {
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<Result<Bytes, BodyError>>> {
        let (bytes, cloud, listener) = std::task::ready!(self.pieces.as_mut().poll(cx));
        self.pieces = Box::pin(next(cloud, listener, false));
        Poll::Ready(Some(Ok(bytes)))
    }
}
