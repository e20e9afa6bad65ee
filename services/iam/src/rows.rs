//! What IAM does to rows beyond reading them: times as it tells them, and refusing to delete what is not empty.

use kernel::{
    Result,
    store::{Key, Scan, Txn},
};
use wire::Timestamp;

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
