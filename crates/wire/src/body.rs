//! A message body that may be longer than memory: in one piece, or a stream of pieces.

use crate::{ErrorKind, Fault};
use bytes::Bytes;
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the connection ended before the body did")]
    Incomplete,
    #[error("{0}")]
    Io(String),
    /// The body broke a rule of its signature or framing; a fault of this code answers it.
    #[error("{1}")]
    Refused(ErrorKind, String),
}

impl From<&Fault> for BodyError {
    fn from(fault: &Fault) -> BodyError {
        BodyError::Refused(*fault.kind(), fault.message().to_owned())
    }
}

/// A source of bytes, pulled by whoever consumes the body.
pub trait ByteStream {
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<Result<Bytes, BodyError>>>;

    /// What followed the bytes, by its names in lower case; known at the end.
    fn trailers(&self) -> &[(String, String)] {
        &[]
    }
}

#[derive(Default)]
pub enum Body {
    #[default]
    Empty,
    Full(Bytes),
    Stream {
        stream: Pin<Box<dyn ByteStream>>,
        /// In bytes, where it is known beforehand.
        len: Option<u64>,
    },
}

impl Body {
    pub fn len(&self) -> Option<u64> {
        match self {
            Body::Empty => Some(0),
            Body::Full(bytes) => Some(bytes.len() as u64),
            Body::Stream { len, .. } => *len,
        }
    }

    /// What followed the bytes, by its names in lower case: trailing checksums. Known at the end.
    pub fn trailers(&self) -> &[(String, String)] {
        match self {
            Body::Stream { stream, .. } => stream.trailers(),
            _ => &[],
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    pub fn poll_next(&mut self, cx: &mut Context) -> Poll<Option<Result<Bytes, BodyError>>> {
        match self {
            Body::Empty => Poll::Ready(None),
            Body::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Body::Empty;
                Poll::Ready((!bytes.is_empty()).then_some(Ok(bytes)))
            }
            Body::Stream { stream, .. } => stream.as_mut().poll_next(cx),
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Body {
        Body::Full(bytes)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Body {
        Body::Full(bytes.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Body {
        Body::Full(text.into())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.len() {
            Some(len) => write!(f, "<body of {len} bytes>"),
            None => f.write_str("<body>"),
        }
    }
}
