//! `multipart/form-data`, read as it comes (RFC 7578): fields into memory, within a bound, and the file as a stream.

use memchr::memmem;
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use wire::{Body, BodyError, ByteStream, Bytes};

/// The lines before a part's content.
const MAX_HEAD: usize = 8 * 1024;

#[derive(Debug)]
pub enum FormError {
    Malformed,
    /// The fields are longer than may be.
    TooLong,
    Body(BodyError),
}

/// A field of a form, before its content is read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    /// Of a file, as the browser names it.
    pub filename: Option<String>,
}

pub struct Multipart {
    body: Body,
    /// Received, and not passed over yet.
    buffer: Vec<u8>,
    /// What is before every part but the first: a line break, two hyphens and the boundary.
    delimiter: Vec<u8>,
    /// Bytes that may still be read into memory.
    left: usize,
}

impl Multipart {
    /// Reads a body of this content type; fields may have `limit` bytes altogether.
    pub fn new(content_type: &str, body: Body, limit: usize) -> Option<Multipart> {
        let boundary =
            parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty() && boundary.len() <= 200)?;
        // With a line break of its own, the first delimiter is like all others.
        let (buffer, delimiter) = (b"\r\n".to_vec(), format!("\r\n--{boundary}").into_bytes());
        Some(Multipart { body, buffer, delimiter, left: limit })
    }

    /// The next field; `None` at the end. What of the one before was not read is passed over.
    pub async fn next(&mut self) -> Result<Option<Field>, FormError> {
        self.until(&self.delimiter.clone()).await?;
        while self.buffer.len() < 2 {
            self.more().await?;
        }
        if self.buffer.starts_with(b"--") {
            return Ok(None);
        }
        // The line break after the delimiter is the first of an empty head, too.
        let head = match self.buffer.starts_with(b"\r\n") {
            true => self.until(b"\r\n\r\n").await?,
            false => return Err(FormError::Malformed),
        };
        if head.len() > MAX_HEAD {
            return Err(FormError::TooLong);
        }
        let head = String::from_utf8(head).map_err(|_| FormError::Malformed)?;
        let disposition = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim().eq_ignore_ascii_case("content-disposition").then(|| value.trim())
        });
        let disposition = disposition.ok_or(FormError::Malformed)?;
        let name = parameter(disposition, "name").ok_or(FormError::Malformed)?;
        Ok(Some(Field { name, filename: parameter(disposition, "filename") }))
    }

    /// The content of the field that `next` gave.
    pub async fn text(&mut self) -> Result<String, FormError> {
        let delimiter = self.delimiter.clone();
        let text = self.until(&delimiter).await?;
        // The next field begins with it.
        self.buffer.splice(0..0, delimiter);
        String::from_utf8(text).map_err(|_| FormError::Malformed)
    }

    /// The content of the field that `next` gave, as it comes. What is behind it in the form is passed over.
    pub fn into_content(self) -> Body {
        let Multipart { body, buffer, delimiter, .. } = self;
        let content = Content { body, held: buffer.into(), delimiter, ended: false };
        Body::Stream { stream: Box::pin(content), len: None }
    }

    /// What is before a mark, which is passed over, too.
    async fn until(&mut self, mark: &[u8]) -> Result<Vec<u8>, FormError> {
        let mut searched = 0;
        loop {
            if let Some(at) = memmem::find(&self.buffer[searched..], mark) {
                let rest = self.buffer.split_off(searched + at + mark.len());
                let mut found = std::mem::replace(&mut self.buffer, rest);
                found.truncate(searched + at);
                self.left = self.left.checked_sub(found.len()).ok_or(FormError::TooLong)?;
                return Ok(found);
            }
            if self.buffer.len() > self.left + mark.len() {
                return Err(FormError::TooLong);
            }
            searched = self.buffer.len().saturating_sub(mark.len() - 1);
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Result<(), FormError> {
        match self.body.next().await {
            Some(Ok(piece)) => self.buffer.extend_from_slice(&piece),
            Some(Err(error)) => return Err(FormError::Body(error)),
            None => return Err(FormError::Malformed),
        }
        Ok(())
    }
}

/// A parameter of a header's value: `name="x"` of `form-data; name="x"`. Browsers escape quotes as `%22`, others with a
/// backslash.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim_matches([';', ' ', '\t']);
        let (text, tail) = match after.strip_prefix('"') {
            None => {
                let end = after.find(';').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
            Some(quoted) => {
                let (mut text, mut escaped, mut end) = (String::new(), false, quoted.len());
                for (at, c) in quoted.char_indices() {
                    match c {
                        '\\' if !escaped && quoted[at + 1..].starts_with(['"', '\\']) => escaped = true,
                        '"' if !escaped => {
                            end = at + 1;
                            break;
                        }
                        c => {
                            escaped = false;
                            text.push(c);
                        }
                    }
                }
                (text.replace("%22", "\""), &quoted[end..])
            }
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = tail;
    }
}

/// The bytes up to the delimiter.
struct Content {
    body: Body,
    /// Received; either not looked at, or the beginning of what may be the delimiter.
    held: Bytes,
    delimiter: Vec<u8>,
    ended: bool,
}

impl Content {
    /// What of the held bytes belongs to the content for sure.
    fn take(&mut self) -> Bytes {
        if let Some(at) = memmem::find(&self.held, &self.delimiter) {
            self.ended = true;
            let content = self.held.split_to(at);
            self.held.clear();
            return content;
        }
        let (held, longest) = (&self.held, self.held.len().min(self.delimiter.len() - 1));
        let tail = (1..=longest).rev().find(|len| self.delimiter.starts_with(&held[held.len() - len..]));
        self.held.split_to(held.len() - tail.unwrap_or(0))
    }
}

impl ByteStream for Content {
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            if !self.ended {
                let content = self.take();
                if !content.is_empty() {
                    return Poll::Ready(Some(Ok(content)));
                }
            }
            match self.body.poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error))),
                // Further fields count for nothing; they are read, so that the connection stays in step.
                Poll::Ready(Some(Ok(_))) if self.ended => {}
                Poll::Ready(Some(Ok(piece))) if self.held.is_empty() => self.held = piece,
                Poll::Ready(Some(Ok(piece))) => self.held = [&self.held[..], &piece].concat().into(),
                Poll::Ready(None) if self.ended => return Poll::Ready(None),
                Poll::Ready(None) => return Poll::Ready(Some(Err(BodyError::Incomplete))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use std::collections::VecDeque;

    /// A body in pieces of a size.
    struct Pieces(VecDeque<Bytes>);

    impl ByteStream for Pieces {
        fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context) -> Poll<Option<Result<Bytes, BodyError>>> {
            Poll::Ready(self.0.pop_front().map(Ok))
        }
    }

    fn form(text: &str, size: usize) -> Multipart {
        let pieces = text.as_bytes().chunks(size).map(Bytes::copy_from_slice).collect();
        let body = Body::Stream { stream: Box::pin(Pieces(pieces)), len: None };
        Multipart::new("multipart/form-data; boundary=\"xx\"", body, 1_000).unwrap()
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        match future.as_mut().poll(&mut Context::from_waker(std::task::Waker::noop())) {
            Poll::Ready(result) => result,
            Poll::Pending => unreachable!("everything is there"),
        }
    }

    const FORM: &str = "preamble\r\n--xx\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\na\r\n-b\r\n--xx\r\n\
        content-disposition: form-data; name=\"file\"; filename=\"C:\\dir\\a;b.txt\"\r\nContent-Type: text/plain\r\n\r\n\
        line\r\n--x\r\r\n\r\n--xx\r\nContent-Disposition: form-data; name=\"submit\"\r\n\r\n\r\n--xx--\r\n";

    #[test]
    fn in_pieces_of_any_size() {
        for size in 1..FORM.len() {
            run(async {
                let mut form = form(FORM, size);
                assert_eq!(form.next().await.unwrap().unwrap(), Field { name: "key".into(), filename: None });
                assert_eq!(form.text().await.unwrap(), "a\r\n-b");
                let file = form.next().await.unwrap().unwrap();
                assert_eq!((file.name.as_str(), file.filename.as_deref()), ("file", Some("C:\\dir\\a;b.txt")));
                let (mut content, mut bytes) = (form.into_content(), Vec::new());
                while let Some(piece) = content.next().await {
                    bytes.extend_from_slice(&piece.unwrap());
                }
                assert_eq!(bytes, b"line\r\n--x\r\r\n", "in pieces of {size}");
            });
        }
    }

    #[test]
    fn fields_that_are_not_read_are_passed_over() {
        run(async {
            let mut form = form(FORM, 7);
            let mut names = Vec::new();
            while let Some(field) = form.next().await.unwrap() {
                names.push(field.name);
            }
            assert_eq!(names, ["key", "file", "submit"]);
        });
    }

    #[test]
    fn what_is_no_form() {
        for text in
            ["", "--xx", "--xx\r\n\r\n\r\n--xx--", "--xx\r\nContent-Disposition: form-data\r\n\r\n--xx--", "--yy--"]
        {
            assert!(matches!(run(form(text, 3).next()), Err(FormError::Malformed)), "{text}");
        }
        let long = format!("--xx\r\nContent-Disposition: form-data; name=k\r\n\r\n{}\r\n--xx--", "a".repeat(2_000));
        let mut form = form(&long, 64);
        run(async {
            form.next().await.unwrap();
            assert!(matches!(form.text().await, Err(FormError::TooLong)));
        });
    }
}
