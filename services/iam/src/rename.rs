//! Giving a user or a group another name: everything that is kept under it moves, in the commit that renames.

use crate::{keys, names::already_exists};
use identity::{AccessKeyRecord, Entity, IamKeys, MfaDeviceRecord, access_key, folded};
use kernel::{
    Result,
    record::Record,
    store::{Key, Range, Row, Rows, Txn},
};

pub struct Rename<'a> {
    pub keys: &'a IamKeys,
    /// A user or a group; roles keep their names.
    pub entity: Entity,
    pub from: &'a str,
    pub to: &'a str,
}

impl Rename<'_> {
    /// Moves all but the entity's own new row, which the caller writes. `boundary` is the entity's, or empty.
    pub async fn run(&self, tx: &mut Txn, boundary: &str) -> Result<()> {
        if self.from == self.to {
            return Ok(());
        }
        self.tell(tx).await?;
        if folded(self.from) == folded(self.to) {
            return Ok(());
        }
        let Rename { keys, entity, from, to } = *self;
        if tx.get(&keys.entity(entity, to)).await?.is_some() {
            let kind = if entity == Entity::Group { "Group" } else { "User" };
            return Err(already_exists(kind, to));
        }
        tx.delete(keys.entity(entity, from));
        self.children(tx, keys.inline(entity, from), keys.inline(entity, to)).await?;
        for row in self.children(tx, keys.attached(entity, from), keys.attached(entity, to)).await? {
            if let Some(policy) = row.key.name() {
                self.row(tx, keys.attachment(&policy, entity, from), keys.attachment(&policy, entity, to)).await?;
            }
        }
        if !boundary.is_empty() {
            let bounded = |name| keys.bounded_entity(boundary, entity, name);
            self.row(tx, bounded(from), bounded(to)).await?;
        }
        match entity {
            Entity::Group => self.members(tx, IamKeys::users_of, IamKeys::groups_of).await?,
            Entity::User => {
                self.members(tx, IamKeys::groups_of, IamKeys::users_of).await?;
                self.row(tx, keys::login_profile(keys, from), keys::login_profile(keys, to)).await?;
                for of in [keys::ssh_keys_of, keys::signing_certificates_of, keys::service_credentials_of] {
                    self.children(tx, of(keys, from), of(keys, to)).await?;
                }
                self.children(tx, keys.access_keys_of(from), keys.access_keys_of(to)).await?;
                self.children(tx, keys.mfa_devices_of(from), keys.mfa_devices_of(to)).await?;
            }
            Entity::Role => {}
        }
        Ok(())
    }

    /// Writes the new name into the records that have it.
    async fn tell(&self, tx: &mut Txn) -> Result<()> {
        if self.entity != Entity::User {
            return Ok(());
        }
        for id in tx.names(&self.keys.access_keys_of(self.from)).await? {
            if let Some(mut key) = tx.read::<AccessKeyRecord>(&access_key(&id)).await? {
                key.user = self.to.to_owned();
                tx.put(access_key(&id), key.encode());
            }
        }
        for serial in tx.names(&self.keys.mfa_devices_of(self.from)).await? {
            let Some(row) = self.keys.mfa_device_of(&serial) else { continue };
            if let Some(mut device) = tx.read::<MfaDeviceRecord>(&row).await? {
                device.user = self.to.to_owned();
                tx.put(row, device.encode());
            }
        }
        Ok(())
    }

    /// Memberships are kept in both directions.
    async fn members(
        &self,
        tx: &mut Txn,
        of: fn(&IamKeys, &str) -> Key,
        back: fn(&IamKeys, &str) -> Key,
    ) -> Result<()> {
        for row in self.children(tx, of(self.keys, self.from), of(self.keys, self.to)).await? {
            if let Some(other) = row.key.name() {
                let back = |name: &str| back(self.keys, &other).text(&folded(name));
                self.row(tx, back(self.from), back(self.to)).await?;
            }
        }
        Ok(())
    }

    /// Moves all rows below a key, and lets the commit fail if meanwhile one was added.
    async fn children(&self, tx: &mut Txn, from: Key, to: Key) -> Result<Vec<Row>> {
        let guard = self.keys.entity(self.entity, self.from);
        let rows = tx.below(&from).await?;
        let Range { from: mut start, to: end } = from.children();
        for row in &rows {
            let moved = Key::from_encoded([to.as_bytes(), &row.key.as_bytes()[from.len()..]].concat());
            tx.check_empty(guard.clone(), Range { from: start, to: row.key.clone() });
            start = row.key.successor();
            self.row(tx, row.key.clone(), moved).await?;
        }
        tx.check_empty(guard, Range { from: start, to: end });
        Ok(rows)
    }

    async fn row(&self, tx: &mut Txn, from: Key, to: Key) -> Result<()> {
        if let Some(value) = tx.get(&from).await? {
            tx.put(to, value);
            tx.delete(from);
        }
        Ok(())
    }
}
