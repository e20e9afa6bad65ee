//! All policies of a user, group or role: its own and, of a user, those of its groups.

use crate::{names, owner::Owner};
use identity::{Entity, IamKeys, managed_document};
use kernel::{
    Cx, Result,
    store::{Rows, Snapshot},
};

/// A policy and what it is on.
pub struct On {
    pub entity: Entity,
    /// The entity's name.
    pub owner: String,
    pub name: String,
    /// Of a managed policy.
    pub arn: Option<String>,
    pub document: String,
}

/// The user, group or role of an ARN.
pub async fn owner_of(cx: &Cx, snapshot: &dyn Snapshot, arn: &str) -> Result<Owner> {
    let kind = [Entity::User, Entity::Group, Entity::Role]
        .into_iter()
        .find(|entity| arn.contains(&format!(":{}/", entity.text())))
        .unwrap_or(Entity::User);
    let missing = |name: &str| names::no_such(kind.text(), name);
    let path = names::of_arn(cx, arn, &format!("{}/", kind.text()))?.ok_or_else(|| missing(arn))?;
    let name = path.rsplit('/').next().unwrap_or_default();
    let owner = Owner::seen(snapshot, &IamKeys::of(cx.account()), kind, name).await?;
    if owner.arn(cx) == arn { Ok(owner) } else { Err(missing(name)) }
}

/// Each managed policy once, on whatever of them it is first.
pub async fn of(cx: &Cx, snapshot: &dyn Snapshot, owner: &Owner) -> Result<Vec<On>> {
    let mut policies = Vec::new();
    collect(cx, snapshot, owner.entity, &owner.name, &mut policies).await?;
    if owner.entity == Entity::User {
        let keys = IamKeys::of(cx.account());
        for group in snapshot.names(&keys.groups_of(&owner.name)).await? {
            let group = Owner::seen(snapshot, &keys, Entity::Group, &group).await?;
            collect(cx, snapshot, Entity::Group, &group.name, &mut policies).await?;
        }
    }
    Ok(policies)
}

async fn collect(cx: &Cx, snapshot: &dyn Snapshot, entity: Entity, owner: &str, into: &mut Vec<On>) -> Result<()> {
    let keys = IamKeys::of(cx.account());
    for row in snapshot.below(&keys.inline(entity, owner)).await? {
        let name = row.key.name().unwrap_or_default();
        let document = String::from_utf8_lossy(&row.value).into_owned();
        into.push(On { entity, owner: owner.to_owned(), name, arn: None, document });
    }
    for arn in snapshot.names(&keys.attached(entity, owner)).await? {
        if into.iter().any(|known| known.arn.as_deref() == Some(&arn)) {
            continue;
        }
        if let Some(document) = managed_document(snapshot, cx.account(), &arn).await? {
            let name = arn.rsplit('/').next().unwrap_or_default().to_owned();
            into.push(On { entity, owner: owner.to_owned(), name, arn: Some(arn), document });
        }
    }
    Ok(())
}
