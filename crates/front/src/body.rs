//! Bodies between hyper and the codecs, and how much of them is read.

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use wire::{Body, BodyError, ByteStream};

/// What hyper received, as a stream of bytes.
pub(crate) struct Received(pub Incoming);

impl ByteStream for Received {
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            return match Pin::new(&mut self.0).poll_frame(cx) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Ready(Some(Err(error))) if error.is_incomplete_message() => {
                    Poll::Ready(Some(Err(BodyError::Incomplete)))
                }
                Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(BodyError::Io(error.to_string())))),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => Poll::Ready(Some(Ok(data))),
                    // HTTP trailers mean nothing in AWS's protocols.
                    Err(_) => continue,
                },
            };
        }
    }
}

impl Received {
    pub(crate) fn into_body(self) -> Body {
        let len = self.0.size_hint().exact();
        match len {
            Some(0) => Body::Empty,
            _ => Body::Stream { stream: Box::pin(self), len },
        }
    }
}

/// What hyper is given to send.
pub(crate) struct Sent(pub Body);

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.0.poll_next(cx).map(|piece| piece.map(|result| result.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.len().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

#[derive(Debug)]
pub(crate) enum ReadError {
    TooLarge,
    Broken(BodyError),
}

/// The whole body, if it is at most `limit` bytes.
pub(crate) async fn read(mut body: Body, limit: usize) -> Result<Bytes, ReadError> {
    if body.len().is_some_and(|len| len > limit as u64) {
        return Err(ReadError::TooLarge);
    }
    let Some(first) = body.next().await else { return Ok(Bytes::new()) };
    let first = first.map_err(ReadError::Broken)?;
    let mut pieces = match body.next().await {
        None if first.len() <= limit => return Ok(first),
        None => return Err(ReadError::TooLarge),
        Some(second) => {
            let mut pieces = BytesMut::from(first);
            pieces.extend_from_slice(&second.map_err(ReadError::Broken)?);
            pieces
        }
    };
    while let Some(piece) = body.next().await {
        pieces.extend_from_slice(&piece.map_err(ReadError::Broken)?);
        if pieces.len() > limit {
            return Err(ReadError::TooLarge);
        }
    }
    if pieces.len() > limit { Err(ReadError::TooLarge) } else { Ok(pieces.freeze()) }
}
