//! One record of the log: a version and the physical operations that made it.

use bytes::Bytes;
use kernel::store::{Key, Range, Ver};

/// Length and checksum.
pub const HEADER: usize = 8;
/// More than the largest commit can come to; a greater length in a file is damage.
pub const MAX_PAYLOAD: usize = 8 * 1024 * 1024;

const PUT: u8 = 1;
const DELETE: u8 = 2;
const DELETE_RANGE: u8 = 3;

#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    Put(Key, Bytes),
    Delete(Key),
    DeleteRange(Range),
}

/// Appends one record to a buffer.
pub struct Encoder<'a> {
    buffer: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Encoder<'a> {
    /// `before` is the version of the record before this one.
    pub fn begin(buffer: &'a mut Vec<u8>, ver: Ver, before: Ver) -> Encoder<'a> {
        let start = buffer.len();
        buffer.extend_from_slice(&[0; HEADER]);
        buffer.extend_from_slice(&ver.0.to_le_bytes());
        buffer.extend_from_slice(&before.0.to_le_bytes());
        Encoder { buffer, start }
    }

    pub fn put(&mut self, key: &Key, value: &[u8]) {
        self.buffer.push(PUT);
        self.bytes(key.as_bytes());
        self.bytes(value);
    }

    pub fn delete(&mut self, key: &Key) {
        self.buffer.push(DELETE);
        self.bytes(key.as_bytes());
    }

    pub fn delete_range(&mut self, range: &Range) {
        self.buffer.push(DELETE_RANGE);
        self.bytes(range.from.as_bytes());
        self.bytes(range.to.as_bytes());
    }

    pub fn finish(self) {
        let payload = self.start + HEADER;
        let length = (self.buffer.len() - payload) as u32;
        let checksum = crc32fast::hash(&self.buffer[payload..]);
        self.buffer[self.start..self.start + 4].copy_from_slice(&length.to_le_bytes());
        self.buffer[self.start + 4..payload].copy_from_slice(&checksum.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        self.buffer.extend_from_slice(bytes);
    }
}

/// The payload's length and checksum, or `None` where the bytes cannot be a header.
pub fn header(bytes: &[u8; HEADER]) -> Option<(usize, u32)> {
    let (length, checksum) = bytes.split_at(4);
    let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
    let checksum = u32::from_le_bytes(checksum.try_into().ok()?);
    // A hole in a file reads as zeros, and the checksum of nothing is zero.
    (16..=MAX_PAYLOAD).contains(&length).then_some((length, checksum))
}

#[derive(Debug, PartialEq, Eq)]
pub struct Record {
    pub ver: Ver,
    pub before: Ver,
    pub changes: Vec<Change>,
}

/// Reads a payload whose checksum was right.
pub fn decode(payload: &[u8]) -> Option<Record> {
    let (ver, rest) = payload.split_first_chunk::<8>()?;
    let (before, mut rest) = rest.split_first_chunk::<8>()?;
    let mut changes = Vec::new();
    while let Some((&tag, tail)) = rest.split_first() {
        let (key, tail) = take(tail)?;
        let key = Key::from_encoded(key);
        rest = match tag {
            PUT => {
                let (value, tail) = take(tail)?;
                changes.push(Change::Put(key, Bytes::copy_from_slice(value)));
                tail
            }
            DELETE => {
                changes.push(Change::Delete(key));
                tail
            }
            DELETE_RANGE => {
                let (to, tail) = take(tail)?;
                changes.push(Change::DeleteRange(Range { from: key, to: Key::from_encoded(to) }));
                tail
            }
            _ => return None,
        };
    }
    Some(Record { ver: Ver(u64::from_le_bytes(*ver)), before: Ver(u64::from_le_bytes(*before)), changes })
}

fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_decoded() {
        let key = Key::new().text("k");
        let range = key.children();
        let mut buffer = vec![7; 3];
        let mut record = Encoder::begin(&mut buffer, Ver(9), Ver(7));
        record.put(&key, b"value");
        record.delete(&key);
        record.delete_range(&range);
        record.finish();
        let (head, payload) = buffer[3..].split_first_chunk::<HEADER>().unwrap();
        assert_eq!(header(head), Some((payload.len(), crc32fast::hash(payload))));
        let changes = vec![
            Change::Put(key.clone(), Bytes::from_static(b"value")),
            Change::Delete(key),
            Change::DeleteRange(range),
        ];
        assert_eq!(decode(payload), Some(Record { ver: Ver(9), before: Ver(7), changes }));
    }

    #[test]
    fn lengths_that_point_outside_are_refused() {
        let mut payload = vec![1; 16];
        payload.push(PUT);
        payload.extend_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(decode(&payload), None);
        assert_eq!(header(&[0; 8]), None);
        assert_eq!(header(&[0xff; 8]), None);
    }
}
