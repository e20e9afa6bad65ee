//! Users, groups and roles as what they have in common: something that policies are put on.

use crate::names;
use bytes::Bytes;
use iam_api::fault;
use identity::{Entity, GroupRecord, IamKeys, RoleRecord, UserRecord};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Key, Snapshot, Txn},
};
use wire::Fault;

/// A user, group or role as it was found.
pub struct Owner {
    pub entity: Entity,
    /// As it was written when it was created.
    pub name: String,
    pub path: String,
    pub id: String,
    /// The ARN of the permissions boundary; empty without one.
    pub boundary: String,
    /// Of a service-linked role; empty otherwise.
    service: String,
    key: Key,
    row: Bytes,
}

impl Owner {
    /// The entity, for a commit that puts something on it or takes something away. Nobody else's change of the entity,
    /// or of what is on it, comes between: such commits write the entity's row, so that its quotas hold, and that it is
    /// not deleted meanwhile.
    pub async fn find(tx: &mut Txn, keys: &IamKeys, entity: Entity, name: &str) -> Result<Owner> {
        let key = keys.entity(entity, name);
        let row = tx.get(&key).await?.ok_or_else(|| names::no_such(entity.text(), name))?;
        let owner = Owner::of(entity, key, row)?;
        owner.check_modifiable()?;
        tx.put(owner.key.clone(), owner.row.clone());
        Ok(owner)
    }

    /// The entity, for looking.
    pub async fn seen(snapshot: &dyn Snapshot, keys: &IamKeys, entity: Entity, name: &str) -> Result<Owner> {
        let key = keys.entity(entity, name);
        let row = snapshot.get(&key).await?.ok_or_else(|| names::no_such(entity.text(), name))?;
        Owner::of(entity, key, row.value)
    }

    /// From its row.
    pub fn of(entity: Entity, key: Key, row: Bytes) -> Result<Owner> {
        let (name, path, id, boundary, service) = match entity {
            Entity::User => {
                let UserRecord { name, path, id, boundary, .. } = UserRecord::read(&row)?;
                (name, path, id, boundary, String::new())
            }
            Entity::Group => {
                let GroupRecord { name, path, id, .. } = GroupRecord::read(&row)?;
                (name, path, id, String::new(), String::new())
            }
            Entity::Role => {
                let RoleRecord { name, path, id, boundary, service, .. } = RoleRecord::read(&row)?;
                (name, path, id, boundary, service)
            }
        };
        Ok(Owner { entity, name, path, id, boundary, service, key, row })
    }

    /// Puts another permissions boundary into the entity's row; groups have none.
    pub fn set_boundary(&self, tx: &mut Txn, arn: &str) -> Result<()> {
        let boundary = arn.to_owned();
        let row = match self.entity {
            Entity::User => UserRecord { boundary, ..UserRecord::read(&self.row)? }.encode(),
            Entity::Role => RoleRecord { boundary, ..RoleRecord::read(&self.row)? }.encode(),
            Entity::Group => return Ok(()),
        };
        tx.put(self.key.clone(), row);
        Ok(())
    }

    /// Of its row.
    pub fn key(&self) -> &Key {
        &self.key
    }

    pub fn is_service_linked(&self) -> bool {
        !self.service.is_empty()
    }

    pub fn arn(&self, cx: &Cx) -> String {
        names::arn(cx, self.entity.text(), &self.path, &self.name)
    }

    fn check_modifiable(&self) -> Result<()> {
        if self.service.is_empty() { Ok(()) } else { Err(protected(&self.name)) }
    }
}

/// Of a service-linked role, which only its service changes.
pub fn protected(role: &str) -> Fault {
    fault::unmodifiable_entity_exception(format!(
        "Cannot perform the operation on the protected role '{role}' - this role is only modifiable by AWS"
    ))
}
