//! Whom an operation acts on where its `UserName` may be left out: then on who calls.

use crate::{keys, user};
use identity::{Entity, IamKeys, UserRecord};
use kernel::{
    AccountId, CallerKind, Cx, Result,
    store::{Key, Txn},
};
use wire::{Fault, common};

/// Whose keys, devices and certificates.
pub enum Owner {
    /// The account's root user.
    Root,
    User(String),
}

impl Owner {
    /// The user of this name, or the caller.
    pub fn named_or_caller(cx: &Cx, name: Option<String>) -> Result<Owner> {
        match (name, &cx.caller().kind) {
            (Some(name), _) => Ok(Owner::User(name)),
            (None, CallerKind::Root) => Ok(Owner::Root),
            (None, CallerKind::User(user)) => Ok(Owner::User(user.name.clone())),
            (None, _) => Err(no_name()),
        }
    }

    /// Whose device a name means. AWS gives the root user one in its console only; here the root user gives it to itself under
    /// its account's number, which is what AWS's own sign-in pages call it, unless a user has that name.
    pub async fn of_device(cx: &Cx, tx: &mut Txn, keys: &IamKeys, name: &str) -> Result<Owner> {
        let root = cx.caller().is_root() && AccountId::parse(name) == Some(cx.account());
        match root && tx.get(&keys.entity(Entity::User, name)).await?.is_none() {
            true => Ok(Owner::Root),
            false => Ok(Owner::User(name.to_owned())),
        }
    }

    /// The name their rows are under: empty for the root user.
    pub fn name(&self) -> &str {
        match self {
            Owner::Root => "",
            Owner::User(name) => name,
        }
    }

    /// The row that changes with them.
    pub fn guard(&self, keys: &IamKeys) -> Key {
        match self {
            Owner::Root => keys::root(keys),
            Owner::User(name) => keys.entity(Entity::User, name),
        }
    }

    /// That they are there, and are when the commit is made; the name as it is written.
    pub async fn check(&self, tx: &mut Txn, keys: &IamKeys) -> Result<String> {
        Ok(match self {
            Owner::Root => String::new(),
            Owner::User(name) => user::get(tx, keys, name).await?.name,
        })
    }

    /// As `check`, for reading.
    pub async fn find(&self, cx: &Cx, keys: &IamKeys) -> Result<Option<UserRecord>> {
        match self {
            Owner::Root => Ok(None),
            Owner::User(name) => user::find(&*cx.read(), keys, name).await.map(Some),
        }
    }
}

/// Of who has no name of a user to leave out.
pub fn no_name() -> Fault {
    common::validation_error("Must specify userName when calling with non-User credentials")
}
