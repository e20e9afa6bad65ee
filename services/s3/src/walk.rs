//! Walking over the keys of a bucket in order, those below a delimiter rolled up into one.

use kernel::{
    Result,
    store::{Key, Part, Range, Row, Scan, Snapshot},
};
use std::collections::VecDeque;

/// Rows read at once after something was skipped: the next thing may be skipped, too. Where all of a batch was, one row is
/// enough to see what the next prefix is.
const FEW: usize = 16;
const MANY: usize = 1_000;

/// What a walk comes to.
#[derive(Debug)]
pub enum Item {
    Row {
        key: String,
        row: Row,
    },
    /// All keys that begin so, up to and including the delimiter.
    Prefix(String),
}

pub struct Walk<'a> {
    snapshot: &'a dyn Snapshot,
    base: Key,
    prefix: &'a str,
    delimiter: &'a str,
    /// Not read yet.
    range: Option<Range>,
    rows: VecDeque<(String, Row)>,
    batch: usize,
    /// What came of the rows that were read last.
    found: usize,
    /// Common prefixes up to this are behind us.
    after: String,
}

impl<'a> Walk<'a> {
    /// Over the rows below `base`, whose next element is the key. An empty delimiter rolls nothing up.
    pub fn new(snapshot: &'a dyn Snapshot, base: Key, prefix: &'a str, delimiter: &'a str) -> Walk<'a> {
        let range = Some(base.texts(prefix));
        let batch = if delimiter.is_empty() { MANY } else { FEW };
        Walk { snapshot, base, prefix, delimiter, range, rows: VecDeque::new(), batch, found: 0, after: String::new() }
    }

    /// Passes over everything up to and including a key, its further rows and a common prefix of this name.
    pub fn after(&mut self, key: &str) {
        self.begin(self.base.clone().text(key).children().to);
        key.clone_into(&mut self.after);
    }

    /// Passes over everything before a key.
    pub fn begin_at(&mut self, key: &str) {
        self.begin(self.base.clone().text(key));
    }

    /// Passes over everything before a key and, of this key, everything up to a row.
    pub fn after_row(&mut self, row: &Key) {
        self.begin(row.successor());
    }

    fn begin(&mut self, from: Key) {
        if let Some(range) = &mut self.range
            && range.from < from
        {
            range.from = from;
        }
    }

    pub async fn next(&mut self) -> Result<Option<Item>> {
        loop {
            let Some((key, row)) = self.rows.pop_front() else {
                if !self.read().await? {
                    return Ok(None);
                }
                continue;
            };
            self.found += 1;
            let Some(common) = self.common_prefix(&key) else { return Ok(Some(Item::Row { key, row })) };
            self.skip(&common);
            if common <= self.after {
                continue;
            }
            return Ok(Some(Item::Prefix(common)));
        }
    }

    fn common_prefix(&self, key: &str) -> Option<String> {
        if self.delimiter.is_empty() {
            return None;
        }
        let end = key[self.prefix.len()..].find(self.delimiter)? + self.prefix.len() + self.delimiter.len();
        Some(key[..end].to_owned())
    }

    fn skip(&mut self, common: &str) {
        while self.rows.front().is_some_and(|(key, _)| key.starts_with(common)) {
            self.rows.pop_front();
        }
        if self.rows.is_empty() {
            let beyond = self.base.texts(common).to;
            self.begin(beyond);
            self.batch = if self.found == 1 { 1 } else { FEW };
        }
    }

    /// Whether there was something more to read.
    async fn read(&mut self) -> Result<bool> {
        let Some(range) = self.range.take().filter(|range| range.from < range.to) else { return Ok(false) };
        let page = self.snapshot.scan(&range, &Scan { limit: self.batch, ..Scan::default() }).await?;
        self.batch = (self.batch * 4).min(MANY);
        self.found = 0;
        self.range = page.rows.last().filter(|_| page.more).map(|last| range.after(&last.key));
        let depth = self.base.parts().map_or(0, |parts| parts.len());
        for row in page.rows {
            if let Some(Part::Text(key)) = row.key.parts().and_then(|parts| parts.into_iter().nth(depth)) {
                self.rows.push_back((key, row));
            }
        }
        Ok(!self.rows.is_empty() || self.range.is_some())
    }
}
