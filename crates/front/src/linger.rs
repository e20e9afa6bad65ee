//! The end of a connection whose client still sends: what comes is passed over for a while. Closed at once, the connection
//! would be reset, and the client would read of that instead of its answer (RFC 9112, 9.6).

use std::{
    cell::Cell,
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

/// Enough for a client to see that it has been answered, be it after another few hundred megabytes.
const LINGER: Duration = Duration::from_secs(2);
/// What is passed over at once.
const PIECE: usize = 64 * 1024;

/// A stream that lingers where it was asked to.
pub(crate) struct Lingering {
    stream: TcpStream,
    wanted: Rc<Cell<bool>>,
    end: Option<Pin<Box<Sleep>>>,
}

impl Lingering {
    /// `wanted` is looked at when the stream is shut down.
    pub(crate) fn new(stream: TcpStream, wanted: Rc<Cell<bool>>) -> Lingering {
        Lingering { stream, wanted, end: None }
    }
}

impl AsyncRead for Lingering {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context, buffer: &mut ReadBuf) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        let Lingering { stream, wanted, end } = &mut *self;
        let end = match end {
            Some(end) => end,
            None => {
                ready!(Pin::new(&mut *stream).poll_shutdown(cx))?;
                if !wanted.get() {
                    return Poll::Ready(Ok(()));
                }
                end.insert(Box::pin(sleep(LINGER)))
            }
        };
        let mut piece = vec![0; PIECE];
        while end.as_mut().poll(cx).is_pending() {
            let mut buffer = ReadBuf::new(&mut piece);
            match ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                // The client has closed it, one way or the other.
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}
