//! Reading a segment back: every record up to its end, or up to where it is torn.

use super::record::{self, Change, HEADER};
use super::{MAGIC, SEGMENT_HEADER};
use crate::files::LogFile;
use kernel::store::Ver;
use std::io;

/// What is read at once.
const CHUNK: usize = 1024 * 1024;

/// Where reading a segment ended.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    /// The length of the part that is whole.
    pub good: u64,
    /// What is wrong with the rest, if the rest is not just zeros or the segment's former life.
    pub damage: Option<&'static str>,
    /// Whether a write that a crash interrupted can have left it so.
    pub torn: bool,
}

impl End {
    /// Whether the segment has records, readable or not, that came after all in the segments before.
    pub fn goes_on(&self) -> bool {
        self.good > SEGMENT_HEADER as u64 || self.damage.is_some()
    }
}

/// Gives every record of the segment to `each`, in order. What is older than `known` need not be there.
pub fn segment(
    file: &dyn LogFile,
    known: Ver,
    newest: &mut Ver,
    each: &mut dyn FnMut(Ver, Vec<Change>),
) -> io::Result<End> {
    let size = file.size()?;
    let mut window = Window { file, size, at: 0, buffer: Vec::new(), taken: 0 };
    match window.take(SEGMENT_HEADER)? {
        Some(magic) if magic == MAGIC => {}
        Some(_) => return Ok(End { good: 0, damage: Some("the segment's header is broken"), torn: false }),
        // It was hardly begun: if records are missing, the next segment tells.
        None => return Ok(End { good: 0, damage: None, torn: false }),
    }
    loop {
        let good = window.at;
        let clean = Ok(End { good, damage: None, torn: false });
        let torn = |damage| Ok(End { good, damage: Some(damage), torn: true });
        if good == size {
            return clean;
        }
        let Some(head) = window.take(HEADER)?.and_then(|head| head.first_chunk::<HEADER>()).copied() else {
            return torn("a record's header is cut off");
        };
        if head == [0; HEADER] {
            return clean;
        }
        let Some((length, checksum)) = record::header(&head) else {
            return torn("a record's length is impossible");
        };
        let Some(payload) = window.take(length)? else {
            return torn("a record is cut off");
        };
        if crc32fast::hash(payload) != checksum {
            return torn("a record's checksum does not match");
        }
        let Some(record) = record::decode(payload) else {
            return torn("a record's operations cannot be read");
        };
        if record.ver <= *newest {
            // Of the segment's former life: the base covered it before this one began.
            return clean;
        }
        if record.before > known.max(*newest) {
            return Ok(End { good, damage: Some("records before this one are missing"), torn: false });
        }
        *newest = record.ver;
        each(record.ver, record.changes);
    }
}

/// A file read front to back, a chunk at a time.
struct Window<'a> {
    file: &'a dyn LogFile,
    size: u64,
    /// The file offset of what `take` gives next.
    at: u64,
    buffer: Vec<u8>,
    /// How much of the buffer was taken.
    taken: usize,
}

impl Window<'_> {
    /// The next `length` bytes; `None` where the file ends before.
    fn take(&mut self, length: usize) -> io::Result<Option<&[u8]>> {
        if self.size - self.at < length as u64 {
            return Ok(None);
        }
        if self.buffer.len() - self.taken < length {
            self.fill(length)?;
        }
        let start = self.taken;
        self.taken += length;
        self.at += length as u64;
        Ok(self.buffer.get(start..start + length))
    }

    fn fill(&mut self, length: usize) -> io::Result<()> {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        let mut have = self.buffer.len();
        let left = (self.size - self.at) as usize;
        self.buffer.resize(left.min(length.max(CHUNK)), 0);
        while have < self.buffer.len() {
            match self.file.read_at(self.at + have as u64, &mut self.buffer[have..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => have += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
