//! From the bytes of an object to its records, with no more in memory than one record and what came with it.

use super::{
    faults,
    input::Format,
    json::{Values, is_space},
    unpack::{Compression, Unpack, Unpacked},
};
use kernel::Result;
use lang::select::MAX_RECORD;
use std::{ops::Range, rc::Rc};
use wire::{Body, BodyError, Bytes, Fault, common};

/// What is unpacked at once.
const UNPACKED: usize = 64 * 1024;

pub struct Reader {
    body: Body,
    unpack: Option<Unpack>,
    format: Rc<Format>,
    values: Values,
    pending: Vec<u8>,
    /// Where in it the next record begins.
    at: usize,
    /// Where in the uncompressed object that is.
    offset: u64,
    ended: bool,
    /// Bytes that the object had, as they are stored.
    read: u64,
    /// Why nothing more can be unpacked.
    broken: Option<Fault>,
}

pub enum Next {
    Record(Found),
    /// There is none before more is read.
    Hungry,
    End,
}

/// Where a record is.
pub struct Found {
    range: Range<usize>,
    /// Where in the uncompressed object it begins.
    pub from: u64,
    /// By a delimiter, not by the object's end.
    pub ended: bool,
}

impl Reader {
    /// `offset`: of the body's first byte in the object.
    pub fn new(body: Body, format: Rc<Format>, compression: Compression, offset: u64) -> Reader {
        Reader {
            body,
            unpack: Unpack::new(compression),
            format,
            values: Values::default(),
            pending: Vec::new(),
            at: 0,
            offset,
            ended: false,
            read: 0,
            broken: None,
        }
    }

    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What was read of the object: of an uncompressed one, up to the end of its last record.
    pub fn read(&self) -> Option<u64> {
        self.unpack.is_some().then_some(self.read)
    }

    /// Until the next call of `fill`.
    pub fn bytes(&self, found: &Found) -> &[u8] {
        &self.pending[found.range.clone()]
    }

    /// How much there is that is no record yet.
    pub fn waiting(&self) -> usize {
        self.pending.len() - self.at
    }

    fn skip(&mut self, length: usize) {
        self.at += length;
        self.offset += length as u64;
    }

    /// The next record of what was read.
    pub fn next(&mut self) -> Result<Next> {
        if self.offset == 0 && !self.ended && self.pending.len() - self.at < 3 {
            return Ok(Next::Hungry);
        }
        // The mark that some put before UTF-8.
        if self.offset == 0 && self.pending[self.at..].starts_with(b"\xef\xbb\xbf") {
            self.skip(3);
        }
        if matches!(*self.format, Format::Document) {
            let space = self.pending[self.at..].iter().take_while(|byte| is_space(**byte)).count();
            // Space within a value that was not found yet is none before it.
            self.skip(space);
        }
        let bytes = &self.pending[self.at..];
        if bytes.is_empty() {
            return Ok(if self.ended { Next::End } else { Next::Hungry });
        }
        let end = match &*self.format {
            Format::Csv(csv) => csv.end(bytes, self.ended),
            Format::Lines => memchr::memchr(b'\n', bytes).map(|end| (end, end + 1)),
            Format::Document => self.values.end(bytes).map(|end| (end, end)),
        };
        let ended = end.is_some();
        let (end, next) = match end {
            Some(end) => end,
            None if self.ended => (bytes.len(), bytes.len()),
            None if bytes.len() > MAX_RECORD => return Err(faults::over_max_record_size()),
            None => return Ok(Next::Hungry),
        };
        if end > MAX_RECORD {
            return Err(faults::over_max_record_size());
        }
        let found = Found { range: self.at..self.at + end, from: self.offset, ended };
        self.skip(next);
        Ok(Next::Record(found))
    }

    /// Reads more.
    pub async fn fill(&mut self) -> Result<()> {
        self.pending.drain(..std::mem::take(&mut self.at));
        let Some(unpack) = &mut self.unpack else {
            match self.body.next().await.transpose().map_err(unreadable)? {
                Some(bytes) => self.pending.extend_from_slice(&bytes),
                None => self.ended = true,
            }
            return Ok(());
        };
        if let Some(fault) = self.broken.take() {
            return Err(fault);
        }
        let filled = self.pending.len();
        self.pending.resize(filled + UNPACKED, 0);
        let mut length = 0;
        // However little comes out at once, it is looked at when there is much of it: what is no record yet is looked at
        // again each time.
        while length < UNPACKED {
            match unpack.read(&mut self.pending[filled + length..]) {
                Ok(Unpacked::Bytes(more)) => length += more,
                Ok(Unpacked::Hungry) if length > 0 => break,
                Ok(Unpacked::Hungry) => {
                    let bytes = self.body.next().await.transpose().map_err(unreadable)?;
                    self.read += bytes.as_ref().map_or(0, Bytes::len) as u64;
                    unpack.feed(bytes);
                }
                Ok(Unpacked::End) => {
                    self.ended = true;
                    break;
                }
                Err(fault) if length == 0 => return Err(fault),
                Err(fault) => {
                    self.broken = Some(fault);
                    break;
                }
            }
        }
        self.pending.truncate(filled + length);
        Ok(())
    }

    /// The next record, however much has to be read for it.
    pub async fn wait(&mut self) -> Result<Option<Found>> {
        loop {
            match self.next()? {
                Next::Record(found) => return Ok(Some(found)),
                Next::End => return Ok(None),
                Next::Hungry => self.fill().await?,
            }
        }
    }
}

fn unreadable(error: BodyError) -> Fault {
    match error {
        BodyError::Refused(kind, message) => kind.fault(message),
        error => common::internal_failure(error.to_string()),
    }
}
