//! Reading the store's rows as records.

pub use kernel::store::Rows;
use kernel::{
    Result,
    record::Record,
    store::{Key, Row, Scan, Snapshot, Txn},
};
use wire::Timestamp;

/// The record in these bytes. Only a damaged store has others.
pub fn decode<R: Record>(bytes: &[u8]) -> Result<R> {
    Ok(R::read(bytes)?)
}

/// The record under a key, which then must not change until the commit.
pub async fn get<R: Record>(tx: &mut Txn, key: &Key) -> Result<Option<R>> {
    Ok(tx.read(key).await?)
}

/// The record under a key as of a snapshot.
pub async fn find<R: Record>(snapshot: &dyn Snapshot, key: &Key) -> Result<Option<R>> {
    Ok(snapshot.record(key).await?)
}

/// Every row below a key. For what has few, or is needed whole.
pub async fn below(of: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<Row>> {
    Ok(of.below(prefix).await?)
}

/// The names of the rows below a key: their keys' last elements.
pub async fn names_below(of: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<String>> {
    Ok(of.names(prefix).await?)
}

/// How many rows are below a key.
pub async fn count(of: &(impl Rows + ?Sized), prefix: &Key) -> Result<usize> {
    Ok(of.count(prefix).await?)
}

/// The last element of a key, if it is a text.
pub fn name(key: &Key) -> Option<String> {
    key.name()
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
