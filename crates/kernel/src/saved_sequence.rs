//! The sequence numbers' high-water mark in the store, so that no number is given twice: not after a restart while the
//! clock stands still, nor after an old state came back.

use crate::{
    Cloud,
    store::{Key, StoreError, Txn},
};
use wire::Timestamp;

fn key() -> Key {
    Key::new().text("sys").text("sequence")
}

fn mark(value: &[u8]) -> i64 {
    value.first_chunk().map_or(0, |bytes| i64::from_le_bytes(*bytes))
}

impl Cloud {
    /// Begins above the stored mark, and reserves the next numbers.
    pub(crate) async fn take_up_sequence(&self) -> Result<(), StoreError> {
        let row = self.engine().snapshot().get(&key()).await?;
        self.ids().begin_after(row.map_or(0, |row| mark(&row.value)));
        self.reserve_sequence(self.clock().now()).await
    }

    /// Reserves more numbers, where few are left.
    pub(crate) async fn extend_sequence(&self) -> Result<(), StoreError> {
        match self.ids().runs_short() {
            true => self.reserve_sequence(self.clock().now()).await,
            false => Ok(()),
        }
    }

    /// Moves the mark beyond the last number and `at`, in the store first.
    pub(crate) async fn reserve_sequence(&self, at: Timestamp) -> Result<(), StoreError> {
        while self.ids().is_bounded() {
            let mut txn = Txn::begin(self.engine());
            let stored = txn.get(&key()).await?.map_or(0, |value| mark(&value));
            let limit = self.ids().to_reserve(at).max(stored);
            txn.put(key(), limit.to_le_bytes().to_vec());
            match self.commit(txn).await {
                Ok(_) => {
                    self.ids().reserve(limit);
                    break;
                }
                // Another flush moved it.
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
