//! Reading whole ranges and records, from a snapshot or within a transaction.

use super::{Answer, Key, Page, Part, Range, Row, Scan, Snapshot, StoreError, Txn};
use crate::record::Record;
use bytes::Bytes;

/// Where rows are read: a snapshot, or a transaction. A transaction makes no promise about what it reads so (see [`Txn`]),
/// and its own writes are seen by `bytes` and `record` only.
#[expect(async_fn_in_trait, reason = "calls stay on their thread")]
pub trait Rows {
    async fn bytes(&self, key: &Key) -> Result<Option<Bytes>, StoreError>;

    fn page(&self, range: &Range, scan: &Scan) -> Answer<'_, Result<Page, StoreError>>;

    async fn record<R: Record>(&self, key: &Key) -> Result<Option<R>, StoreError> {
        self.bytes(key).await?.map(|bytes| R::read(&bytes)).transpose()
    }

    /// Calls `each` with every row of a range, in order, a page in memory at a time.
    async fn each(&self, mut range: Range, scan: &Scan, mut each: impl FnMut(Row)) -> Result<(), StoreError> {
        loop {
            let page = self.page(&range, scan).await?;
            let rest = page.rows.last().filter(|_| page.more).map(|last| range.beyond(&last.key, scan.reverse));
            page.rows.into_iter().for_each(&mut each);
            match rest {
                Some(rest) => range = rest,
                None => return Ok(()),
            }
        }
    }

    /// Every row of a range. For what has few, or is needed whole.
    async fn all(&self, range: Range, scan: &Scan) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        self.each(range, scan, |row| rows.push(row)).await?;
        Ok(rows)
    }

    /// Every row below a key.
    async fn below(&self, prefix: &Key) -> Result<Vec<Row>, StoreError> {
        self.all(prefix.children(), &Scan::default()).await
    }

    /// Every record below a key.
    async fn records<R: Record>(&self, prefix: &Key) -> Result<Vec<(Key, R)>, StoreError> {
        let rows = self.below(prefix).await?;
        rows.into_iter().map(|row| Ok((row.key, R::read(&row.value)?))).collect()
    }

    /// The names of the rows below a key: their keys' last elements.
    async fn names(&self, prefix: &Key) -> Result<Vec<String>, StoreError> {
        let rows = self.all(prefix.children(), &Scan { keys_only: true, ..Scan::default() }).await?;
        Ok(rows.iter().filter_map(|row| row.key.name()).collect())
    }

    /// How many rows are below a key.
    async fn count(&self, prefix: &Key) -> Result<usize, StoreError> {
        let mut count = 0;
        self.each(prefix.children(), &Scan { keys_only: true, ..Scan::default() }, |_| count += 1).await?;
        Ok(count)
    }
}

impl Rows for dyn Snapshot + '_ {
    async fn bytes(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        Ok(self.get(key).await?.map(|row| row.value))
    }

    fn page(&self, range: &Range, scan: &Scan) -> Answer<'_, Result<Page, StoreError>> {
        self.scan(range, scan)
    }
}

impl Rows for Txn {
    async fn bytes(&self, key: &Key) -> Result<Option<Bytes>, StoreError> {
        self.get_weak(key).await
    }

    fn page(&self, range: &Range, scan: &Scan) -> Answer<'_, Result<Page, StoreError>> {
        self.scan(range, scan)
    }
}

impl Txn {
    /// The record under a key, as [`Txn::get`] reads it: the commit fails if it changes until then.
    pub async fn read<R: Record>(&mut self, key: &Key) -> Result<Option<R>, StoreError> {
        self.get(key).await?.map(|bytes| R::read(&bytes)).transpose()
    }
}

impl Key {
    /// The last element, if it is a text.
    pub fn name(&self) -> Option<String> {
        match self.parts()?.pop()? {
            Part::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// What a counter's row says (see [`super::Op::Add`]).
pub fn counter(value: &[u8]) -> i64 {
    value.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes))
}

impl Range {
    /// What is left of the range when a scan came as far as `key`, which is not part of it any more.
    #[must_use]
    pub fn beyond(&self, key: &Key, reverse: bool) -> Range {
        match reverse {
            true => Range { from: self.from.clone(), to: key.clone() },
            false => self.after(key),
        }
    }
}
