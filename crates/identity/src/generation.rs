//! A counter that grows with every change of what a principal may do: what was found out under a number is true while
//! the number stands.

use kernel::store::{Key, Snapshot, StoreError, Txn};

fn key() -> Key {
    Key::new().text("sys").text("identity").text("generation")
}

/// To be part of every commit that changes principals, policies, attachments, group memberships or an organization.
/// Commits do not conflict over it.
pub fn changed(tx: &mut Txn) {
    tx.add(key(), 1);
}

/// The current number.
pub async fn generation(snapshot: &dyn Snapshot) -> Result<i64, StoreError> {
    let row = snapshot.get(&key()).await?;
    Ok(row.and_then(|row| row.value.first_chunk().copied()).map_or(0, i64::from_le_bytes))
}
