//! Bodies between hyper and the codecs, and how much of them is read.

use crate::{answer::slow, refusal::refused};
use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::{
    Request, Response, Version,
    body::Incoming,
    header::{self, HeaderValue},
};
use sign::Dialect;
use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    task::{Context, Poll},
    time::Duration,
};
use wire::{Body, BodyError, ByteStream};

/// What hyper received, as a stream of bytes.
pub(crate) struct Received {
    incoming: Incoming,
    progress: Option<Progress>,
}

impl ByteStream for Received {
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            let polled = Pin::new(&mut self.incoming).poll_frame(cx);
            if let Some(progress) = &self.progress {
                progress.note(matches!(polled, Poll::Ready(None)) || self.incoming.is_end_stream());
            }
            return match polled {
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
    pub(crate) fn body(incoming: Incoming, progress: Option<Progress>) -> Body {
        let len = incoming.size_hint().exact();
        match len {
            Some(0) => Body::Empty,
            _ => Body::Stream { stream: Box::pin(Received { incoming, progress }), len },
        }
    }
}

/// How far a request's body was read: who answers before its end has to end the connection, too. (hyper does that, but does
/// not say so, and a client that is quick loses its next request.)
#[derive(Clone)]
pub(crate) struct Progress {
    at: Rc<Cell<At>>,
    /// The client sends its body when it is told to (`Expect: 100-continue`). hyper tells it when the body is first asked
    /// for.
    expects: bool,
    /// It is not long; hyper passes over it.
    short: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Start,
    Middle,
    End,
}

impl Progress {
    /// `None` where nothing depends on it.
    pub(crate) fn of(request: &Request<Incoming>) -> Option<Progress> {
        let len = request.body().size_hint().exact();
        let expects = request.headers().contains_key(header::EXPECT);
        if request.version() >= Version::HTTP_2 || len == Some(0) && !expects {
            return None;
        }
        let at = Rc::new(Cell::new(At::Start));
        Some(Progress { at, expects, short: len.is_some_and(|len| len <= SHORT) })
    }

    fn note(&self, ended: bool) {
        match ended {
            true => self.at.set(At::End),
            false => self.at.set(At::Middle),
        }
    }

    /// Tells the client of an answer that comes too early that the connection ends, and answers whether it does. So it does
    /// where the client was not told to go on, be it that its body is empty: whether it sends it all the same cannot be
    /// known (RFC 9110, 10.1.1), and botocore, which does not, takes this answer's status for that of the next request on
    /// the connection.
    pub(crate) fn tell<B>(&self, response: &mut Response<B>) -> bool {
        let close = match self.at.get() {
            At::Start => self.expects || !self.short,
            At::Middle => true,
            At::End => false,
        };
        if close {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        close
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

/// What of an unread body comes along with a request's head.
const SHORT: u64 = 4 * 1024;

#[derive(Debug)]
pub(crate) enum ReadError {
    TooLarge,
    /// Nothing came for a while.
    Slow,
    /// Too many large bodies are being read at once.
    Busy,
    Broken(BodyError),
}

/// How long a client may pause within a body.
const PAUSE: Duration = Duration::from_secs(60);
/// Bytes of bodies that are read into memory at the same time; small ones do not count.
const BUDGET: usize = 512 * 1024 * 1024;
const SMALL: usize = 64 * 1024;

static IN_MEMORY: AtomicUsize = AtomicUsize::new(0);

/// A share of the budget, given back when the body was read: what follows takes no time that a client could stretch.
struct Share(usize);

impl Share {
    fn take(&mut self, bytes: usize) -> Result<(), ReadError> {
        let more = bytes.saturating_sub(SMALL).saturating_sub(self.0);
        if more > 0 {
            let before = IN_MEMORY.fetch_add(more, Relaxed);
            self.0 += more;
            if before + more > BUDGET {
                return Err(ReadError::Busy);
            }
        }
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        IN_MEMORY.fetch_sub(self.0, Relaxed);
    }
}

/// The whole body, if it is at most `limit` bytes.
pub(crate) async fn read(mut body: Body, limit: usize) -> Result<Bytes, ReadError> {
    if body.len().is_some_and(|len| len > limit as u64) {
        return Err(ReadError::TooLarge);
    }
    let mut share = Share(0);
    let Some(first) = next(&mut body).await? else { return Ok(Bytes::new()) };
    if first.len() > limit {
        return Err(ReadError::TooLarge);
    }
    let Some(second) = next(&mut body).await? else { return Ok(first) };
    let mut pieces = BytesMut::from(first);
    let mut piece = Some(second);
    while let Some(bytes) = piece {
        pieces.extend_from_slice(&bytes);
        if pieces.len() > limit {
            return Err(ReadError::TooLarge);
        }
        share.take(pieces.len())?;
        piece = next(&mut body).await?;
    }
    Ok(pieces.freeze())
}

/// A body that goes to its operation as it comes: each piece in time, without framing, and in the end as it was signed.
struct Checked {
    body: Body,
    /// Until the end.
    check: Option<sign::Body>,
    /// Received, not decoded yet.
    rest: Bytes,
    trailers: Vec<(String, String)>,
    timer: Option<Pin<Box<tokio::time::Sleep>>>,
    dialect: Dialect,
}

/// See [`Checked`].
pub(crate) fn checked(body: Body, check: sign::Body, dialect: Dialect) -> Body {
    let len = if check.is_chunked() { check.announced_length() } else { body.len() };
    let (rest, trailers) = Default::default();
    let checked = Checked { body, check: Some(check), rest, trailers, timer: None, dialect };
    Body::Stream { stream: Box::pin(checked), len }
}

impl Checked {
    /// The next piece that is there already.
    fn decoded(&mut self) -> Result<Option<Bytes>, BodyError> {
        let Some(check) = &mut self.check else { return Ok(None) };
        check.decode(&mut self.rest).map_err(|fault| BodyError::from(&refused(&fault, self.dialect)))
    }

    fn end(&mut self) -> Result<(), BodyError> {
        if let Some(check) = self.check.take() {
            let trailers = check.finish().map_err(|fault| BodyError::from(&refused(&fault, self.dialect)))?;
            self.trailers = trailers.into_vec();
        }
        Ok(())
    }
}

impl ByteStream for Checked {
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            match self.decoded() {
                Ok(None) => {}
                decoded => return Poll::Ready(decoded.transpose()),
            }
            match self.body.poll_next(cx) {
                Poll::Ready(Some(Ok(bytes))) => {
                    self.timer = None;
                    self.rest = bytes;
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                Poll::Ready(None) => return Poll::Ready(self.end().err().map(Err)),
                Poll::Pending => {
                    let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(PAUSE)));
                    return timer.as_mut().poll(cx).map(|()| Some(Err(BodyError::from(&slow()))));
                }
            }
        }
    }

    fn trailers(&self) -> &[(String, String)] {
        &self.trailers
    }
}

/// The next piece. The timer is only set up when the piece is not there yet.
async fn next(body: &mut Body) -> Result<Option<Bytes>, ReadError> {
    let mut timer = None;
    poll_fn(|cx| match body.poll_next(cx) {
        Poll::Ready(piece) => Poll::Ready(piece.transpose().map_err(ReadError::Broken)),
        Poll::Pending => {
            let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(PAUSE)));
            timer.as_mut().poll(cx).map(|()| Err(ReadError::Slow))
        }
    })
    .await
}
