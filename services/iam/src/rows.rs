//! Reading the store's rows as records.

use kernel::{
    Result,
    record::Record,
    store::{Key, Part, Row, Scan, Snapshot, Txn},
};
use wire::{Timestamp, common};

/// The record in these bytes. Only a damaged store has others.
pub fn decode<R: Record>(bytes: &[u8]) -> Result<R> {
    R::decode(bytes).ok_or_else(|| common::internal_failure("a stored record cannot be read"))
}

/// The record under a key, which then must not change until the commit.
pub async fn get<R: Record>(tx: &mut Txn, key: &Key) -> Result<Option<R>> {
    tx.get(key).await?.map(|bytes| decode(&bytes)).transpose()
}

/// The record under a key as of a snapshot.
pub async fn find<R: Record>(snapshot: &dyn Snapshot, key: &Key) -> Result<Option<R>> {
    snapshot.get(key).await?.map(|row| decode(&row.value)).transpose()
}

/// Where rows are scanned: a snapshot, or a transaction's (whose own writes are not among them).
pub trait Scanned {
    async fn page(&self, range: &kernel::store::Range, scan: &Scan) -> Result<kernel::store::Page>;
}

impl Scanned for dyn Snapshot + '_ {
    async fn page(&self, range: &kernel::store::Range, scan: &Scan) -> Result<kernel::store::Page> {
        Ok(self.scan(range, scan).await?)
    }
}

impl Scanned for Txn {
    async fn page(&self, range: &kernel::store::Range, scan: &Scan) -> Result<kernel::store::Page> {
        Ok(self.scan(range, scan).await?)
    }
}

/// Every row below a key. For what has few, or is needed whole.
pub async fn below(of: &(impl Scanned + ?Sized), prefix: &Key) -> Result<Vec<Row>> {
    all(of, prefix, false).await
}

/// The names of the rows below a key: their keys' last elements.
pub async fn names_below(of: &(impl Scanned + ?Sized), prefix: &Key) -> Result<Vec<String>> {
    Ok(all(of, prefix, true).await?.iter().filter_map(|row| name(&row.key)).collect())
}

/// How many rows are below a key.
pub async fn count(of: &(impl Scanned + ?Sized), prefix: &Key) -> Result<usize> {
    Ok(all(of, prefix, true).await?.len())
}

async fn all(of: &(impl Scanned + ?Sized), prefix: &Key, keys_only: bool) -> Result<Vec<Row>> {
    let mut range = prefix.children();
    let mut rows = Vec::new();
    loop {
        let page = of.page(&range, &Scan { keys_only, ..Scan::default() }).await?;
        rows.extend(page.rows);
        match rows.last() {
            Some(row) if page.more => range = range.after(&row.key),
            _ => return Ok(rows),
        }
    }
}

/// The last element of a key, if it is a text.
pub fn name(key: &Key) -> Option<String> {
    match key.parts()?.pop()? {
        Part::Text(text) => Some(text),
        _ => None,
    }
}

/// IAM tells whole seconds.
pub fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_secs(at.secs())
}

/// Refuses where there is a row below a key, and lets the commit fail if there is one by then. Every commit that adds one
/// reads `guard`.
pub async fn must_be_empty(tx: &mut Txn, guard: &Key, prefix: &Key, refuse: impl Fn() -> wire::Fault) -> Result<()> {
    let page = tx.scan(&prefix.children(), &Scan { limit: 1, keys_only: true, ..Scan::default() }).await?;
    if !page.rows.is_empty() {
        return Err(refuse());
    }
    tx.check_empty(guard.clone(), prefix.children());
    Ok(())
}
