//! `ScanRange`: the records that begin within some bytes of an object.

use super::{faults, input::Format, unpack::Compression};
use crate::faults as s3_faults;
use kernel::Result;
use s3_api::ScanRange;

/// A record belongs to the range if its first byte does.
#[derive(Clone, Copy)]
pub struct Range {
    pub from: u64,
    /// Inclusive; `None`: the object's end.
    pub to: Option<u64>,
}

impl Range {
    pub const ALL: Range = Range { from: 0, to: None };

    /// Whether this kind of object has ranges, and whether the range is one.
    pub fn check(range: Option<&ScanRange>, format: &Format, compression: Compression) -> Result<()> {
        let Some(range) = range else { return Ok(()) };
        let scannable = match format {
            Format::Csv(csv) => !csv.quoted_records,
            Format::Lines => true,
            Format::Document => false,
        };
        if !scannable || compression != Compression::None {
            return Err(faults::unsupported_scan_range_input());
        }
        match (range.start, range.end) {
            (None, None) => Err(faults::invalid_parameter("ScanRange", "is empty")),
            (Some(..0), _) | (_, Some(..0)) => Err(faults::invalid_parameter("ScanRange", "is negative")),
            (Some(start), Some(end)) if end < start => {
                Err(faults::invalid_parameter("ScanRange", "ends before it starts"))
            }
            _ => Ok(()),
        }
    }

    /// Of an object of this size. An end alone means the last bytes. What begins behind the object is not satisfiable, as in
    /// RFC 2616, 14.35.1, which the API reference names; AWS's own answer is not documented.
    pub fn of(range: Option<&ScanRange>, size: u64) -> Result<Range> {
        let Some(range) = range else { return Ok(Range::ALL) };
        let number = |value: i64| u64::try_from(value).unwrap_or_default();
        let (from, to) = match (range.start.map(number), range.end.map(number)) {
            (Some(from), to) => (from, to),
            (None, Some(last)) => (size.saturating_sub(last), None),
            (None, None) => (0, None),
        };
        if from >= size && size > 0 && range.start.is_some() {
            return Err(s3_faults::range_not_satisfiable(&format!("bytes={from}-"), size));
        }
        Ok(Range { from, to })
    }
}
