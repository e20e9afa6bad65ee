//! A frame: lengths, a checksum of them, headers, payload, and a checksum of all of it.

use crate::{Bytes, DecodeError, Timestamp};

/// Total length, headers' length, and their checksum.
const PRELUDE: usize = 12;
const CHECKSUM: usize = 4;
/// What clients take (botocore's eventstream.py); AWS documents 16 MiB for a whole frame.
const MAX_HEADERS: usize = 128 * 1024;
const MAX_FRAME: usize = 24 * 1024 * 1024;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    pub headers: Vec<(String, FrameValue)>,
    pub payload: Bytes,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FrameValue {
    Bool(bool),
    Byte(i8),
    Short(i16),
    Int(i32),
    Long(i64),
    Bytes(Bytes),
    Str(String),
    /// To the millisecond.
    Time(Timestamp),
    Uuid([u8; 16]),
}

impl Frame {
    pub fn header(&self, name: &str) -> Option<&FrameValue> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// A header's text; `None` also where it is not text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.header(name) {
            Some(FrameValue::Str(text)) => Some(text),
            _ => None,
        }
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<FrameValue>) -> Frame {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Names longer than 255 bytes and values longer than 65,535 are cut: frames can hold no more.
    pub fn encode(&self) -> Vec<u8> {
        let mut headers = Vec::with_capacity(128);
        for (name, value) in &self.headers {
            let name = &name.as_bytes()[..name.floor_char_boundary(255)];
            headers.push(name.len() as u8);
            headers.extend_from_slice(name);
            value.encode(&mut headers);
        }
        let total = PRELUDE + headers.len() + self.payload.len() + CHECKSUM;
        let mut out = Vec::with_capacity(total);
        out.extend_from_slice(&(total as u32).to_be_bytes());
        out.extend_from_slice(&(headers.len() as u32).to_be_bytes());
        out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
        out.extend_from_slice(&headers);
        out.extend_from_slice(&self.payload);
        out.extend_from_slice(&crc32fast::hash(&out).to_be_bytes());
        out
    }

    /// The length of the frame that begins here; `None` while its first bytes are not all there.
    pub fn length(bytes: &[u8]) -> Result<Option<usize>, DecodeError> {
        let Some(prelude) = bytes.get(..PRELUDE) else { return Ok(None) };
        let (total, headers) = (number(prelude, 0), number(prelude, 4));
        if crc32fast::hash(&prelude[..8]) != number(prelude, 8) as u32 {
            return Err(DecodeError::new("The checksum of an event's prelude does not match"));
        }
        if total > MAX_FRAME || headers > MAX_HEADERS {
            return Err(DecodeError::too_large("An event is too long"));
        }
        if total < PRELUDE + headers + CHECKSUM {
            return Err(DecodeError::new("An event's lengths contradict each other"));
        }
        Ok(Some(total))
    }

    /// A whole frame.
    pub fn decode(bytes: &Bytes) -> Result<Frame, DecodeError> {
        if Frame::length(bytes)? != Some(bytes.len()) {
            return Err(DecodeError::new("An event is not as long as it says"));
        }
        let end = bytes.len() - CHECKSUM;
        if crc32fast::hash(&bytes[..end]) != number(bytes, end) as u32 {
            return Err(DecodeError::new("The checksum of an event does not match"));
        }
        let headers_end = PRELUDE + number(bytes, 4);
        let mut rest = &bytes[PRELUDE..headers_end];
        let mut frame = Frame { headers: Vec::new(), payload: bytes.slice(headers_end..end) };
        while !rest.is_empty() {
            frame.headers.push(header(&mut rest).ok_or_else(|| DecodeError::new("An event has a malformed header"))?);
        }
        Ok(frame)
    }
}

fn number(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..at + 4).unwrap_or_default().iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

fn header(rest: &mut &[u8]) -> Option<(String, FrameValue)> {
    let [length] = array(rest)?;
    let name = std::str::from_utf8(take(rest, length.into())?).ok()?.to_owned();
    Some((name, FrameValue::decode(rest)?))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    take(rest, N)?.try_into().ok()
}

impl FrameValue {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut put = |kind: u8, value: &[u8]| {
            out.push(kind);
            out.extend_from_slice(value);
        };
        match self {
            FrameValue::Bool(true) => put(0, &[]),
            FrameValue::Bool(false) => put(1, &[]),
            FrameValue::Byte(value) => put(2, &value.to_be_bytes()),
            FrameValue::Short(value) => put(3, &value.to_be_bytes()),
            FrameValue::Int(value) => put(4, &value.to_be_bytes()),
            FrameValue::Long(value) => put(5, &value.to_be_bytes()),
            FrameValue::Bytes(value) => long(6, value, out),
            FrameValue::Str(value) => {
                long(7, &value.as_bytes()[..value.floor_char_boundary(usize::from(u16::MAX))], out)
            }
            FrameValue::Time(value) => put(8, &value.millis().to_be_bytes()),
            FrameValue::Uuid(value) => put(9, value),
        }
    }

    fn decode(rest: &mut &[u8]) -> Option<FrameValue> {
        let [kind] = array(rest)?;
        Some(match kind {
            0 => FrameValue::Bool(true),
            1 => FrameValue::Bool(false),
            2 => FrameValue::Byte(i8::from_be_bytes(array(rest)?)),
            3 => FrameValue::Short(i16::from_be_bytes(array(rest)?)),
            4 => FrameValue::Int(i32::from_be_bytes(array(rest)?)),
            5 => FrameValue::Long(i64::from_be_bytes(array(rest)?)),
            6 | 7 => {
                let length = u16::from_be_bytes(array(rest)?);
                let value = take(rest, length.into())?;
                match kind {
                    6 => FrameValue::Bytes(Bytes::copy_from_slice(value)),
                    _ => FrameValue::Str(std::str::from_utf8(value).ok()?.to_owned()),
                }
            }
            8 => FrameValue::Time(Timestamp::from_millis(i64::from_be_bytes(array(rest)?))),
            9 => FrameValue::Uuid(array(rest)?),
            _ => return None,
        })
    }
}

fn long(kind: u8, value: &[u8], out: &mut Vec<u8>) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    out.push(kind);
    out.extend_from_slice(&(value.len() as u16).to_be_bytes());
    out.extend_from_slice(value);
}

impl From<&str> for FrameValue {
    fn from(text: &str) -> FrameValue {
        FrameValue::Str(text.to_owned())
    }
}
