//! Where lookups read: a snapshot, or the state that a transaction sees.

use bytes::Bytes;
use kernel::{
    Result,
    record::Record,
    store::{Key, Scan, Snapshot, Txn},
};

/// Reads rows. A transaction makes no promise about what it reads so: what it must rely on it gets by itself.
#[expect(async_fn_in_trait, reason = "calls stay on their thread")]
pub trait Rows {
    async fn bytes(&self, key: &Key) -> Result<Option<Bytes>>;

    /// The children of a key, with their values unless `keys_only`.
    async fn children(&self, key: &Key, keys_only: bool) -> Result<Vec<(Key, Bytes)>>;

    async fn record<R: Record>(&self, key: &Key) -> Result<Option<R>> {
        Ok(self.bytes(key).await?.and_then(|bytes| R::decode(&bytes)))
    }

    /// All records right below a key, or deeper.
    async fn records<R: Record>(&self, key: &Key) -> Result<Vec<(Key, R)>> {
        let rows = self.children(key, false).await?;
        Ok(rows.into_iter().filter_map(|(key, bytes)| Some((key, R::decode(&bytes)?))).collect())
    }
}

macro_rules! rows {
    ($reader:ty, $get:expr) => {
        impl Rows for $reader {
            async fn bytes(&self, key: &Key) -> Result<Option<Bytes>> {
                $get(self, key).await
            }

            async fn children(&self, key: &Key, keys_only: bool) -> Result<Vec<(Key, Bytes)>> {
                let mut range = key.children();
                let mut rows = Vec::new();
                loop {
                    let page = self.scan(&range, &Scan { keys_only, ..Scan::default() }).await?;
                    let last = page.rows.last().map(|row| row.key.clone());
                    rows.extend(page.rows.into_iter().map(|row| (row.key, row.value)));
                    match last {
                        Some(last) if page.more => range = range.after(&last),
                        _ => return Ok(rows),
                    }
                }
            }
        }
    };
}

async fn of_snapshot(snapshot: &(dyn Snapshot + '_), key: &Key) -> Result<Option<Bytes>> {
    Ok(snapshot.get(key).await?.map(|row| row.value))
}

async fn of_txn(tx: &Txn, key: &Key) -> Result<Option<Bytes>> {
    Ok(tx.get_weak(key).await?)
}

rows!(dyn Snapshot + '_, of_snapshot);
rows!(Txn, of_txn);
