//! The lines of a CSV file as it is read, and their fields.

use super::end::Failure;
use flate2::write::MultiGzDecoder;
use std::io::Write;
use wire::Body;

/// Of a line, in bytes. A bucket, a key with every byte escaped and a version are less.
const MAX: usize = 64 * 1024;

pub struct Lines {
    body: Body,
    gzip: Option<MultiGzDecoder<Vec<u8>>>,
    /// Plain bytes that were read, of which those up to `at` are behind us.
    buffer: Vec<u8>,
    at: usize,
    /// Plain bytes to pass over yet.
    skip: u64,
    ended: bool,
}

impl Lines {
    /// Of a body, without its first `skip` bytes; of what is compressed, those of its content.
    pub fn new(body: Body, compressed: bool, skip: u64) -> Lines {
        let gzip = compressed.then(|| MultiGzDecoder::new(Vec::new()));
        Lines { body, gzip, buffer: Vec::new(), at: 0, skip, ended: false }
    }

    /// The next line, and its length in the file.
    pub async fn next(&mut self) -> Result<Option<(String, u64)>, Failure> {
        loop {
            let rest = &self.buffer[self.at..];
            let (line, len) = match memchr::memchr(b'\n', rest) {
                Some(end) => (&rest[..end], end + 1),
                None if self.ended && rest.is_empty() => return Ok(None),
                None if self.ended => (rest, rest.len()),
                None if rest.len() > MAX => return Err(invalid("A line of the manifest is too long.")),
                None => {
                    self.read().await?;
                    continue;
                }
            };
            let text = str::from_utf8(line).map_err(|_| invalid("The manifest is not UTF-8."))?;
            let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
            self.at += len;
            return Ok(Some((text, len as u64)));
        }
    }

    async fn read(&mut self) -> Result<(), Failure> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let broken = |_| invalid("A file of the manifest is not valid gzip.");
        match self.body.next().await {
            Some(Ok(piece)) => match &mut self.gzip {
                None => self.buffer.extend_from_slice(&piece),
                Some(gzip) => {
                    gzip.write_all(&piece).map_err(broken)?;
                    self.buffer.append(gzip.get_mut());
                }
            },
            Some(Err(_)) => return Err(Failure::new("ManifestNotReadable", "The manifest could not be read.")),
            None => {
                self.ended = true;
                if let Some(gzip) = &mut self.gzip {
                    gzip.try_finish().map_err(broken)?;
                    self.buffer.append(gzip.get_mut());
                }
            }
        }
        let skipped = self.buffer.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
        self.buffer.drain(..skipped);
        self.skip -= skipped as u64;
        Ok(())
    }
}

pub fn invalid(reason: &str) -> Failure {
    Failure::new("InvalidManifestContent", reason)
}

/// The fields of a line. Quotes are around a field, doubled within.
pub fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = fields.len() - 1;
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                fields[last].push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields[last].push(letter),
        }
    }
    fields
}

/// A row as a report has it: quoted where it must be.
pub fn row(fields: &[&str]) -> String {
    let field = |text: &&str| match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => (*text).to_owned(),
    };
    fields.iter().map(field).collect::<Vec<_>>().join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    #[test]
    fn fields_read_back() {
        for (line, expected) in [
            ("a,b", vec!["a", "b"]),
            ("a,,", vec!["a", "", ""]),
            ("\"a,b\",\"c\"\"d\"", vec!["a,b", "c\"d"]),
            ("", vec![""]),
        ] {
            assert_eq!(fields(line), expected, "{line}");
        }
        let texts = ["a", "b,c", "d\"e"];
        assert_eq!(fields(row(&texts).trim_end()), texts);
    }

    fn all(mut lines: Lines) -> Vec<(String, u64)> {
        let mut found = Vec::new();
        loop {
            let next = pin!(lines.next()).poll(&mut Context::from_waker(Waker::noop()));
            match next {
                Poll::Ready(Ok(Some(line))) => found.push(line),
                Poll::Ready(Ok(None)) => return found,
                _ => panic!("a line was not read"),
            }
        }
    }

    #[test]
    fn reading_goes_on_where_it_left_off() {
        let text = "a,1\r\nb,2\n\nc,3";
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        let packed = gzip.finish().unwrap();
        let whole = all(Lines::new(Body::from(text.as_bytes().to_vec()), false, 0));
        assert_eq!(whole.iter().map(|(line, _)| line.as_str()).collect::<Vec<_>>(), ["a,1", "b,2", "", "c,3"]);
        let mut at = 0;
        for (index, (_, len)) in whole.iter().enumerate() {
            for (bytes, compressed) in [(text.as_bytes().to_vec(), false), (packed.clone(), true)] {
                assert_eq!(all(Lines::new(Body::from(bytes), compressed, at)), whole[index..], "from {at}");
            }
            at += len;
        }
        assert_eq!(at as usize, text.len());
    }
}
