//! Permissions boundaries of users and roles.

use crate::{managed::Managed, owner::Owner};
use iam_api::*;
use identity::{Entity, IamKeys, changed};
use kernel::{Cx, Result, store::Txn};

/// Makes a policy the boundary of an entity, whose record the caller writes; an empty ARN is none.
pub async fn bind(tx: &mut Txn, cx: &Cx, keys: &IamKeys, arn: &str, entity: Entity, name: &str) -> Result<()> {
    if arn.is_empty() {
        return Ok(());
    }
    let policy = Managed::find(cx, tx, arn).await?.ok_or_else(|| {
        fault::no_such_entity_exception(format!("Scope ARN: {arn} does not exist or is not attachable."))
    })?;
    // The models of the operations that put one name this error, those of the operations that create do not: a guess there.
    policy.check_attachable()?;
    tx.put(keys.bounded_entity(arn, entity, name), "");
    Ok(())
}

/// The policy is no longer the boundary of an entity, which may have had none.
pub fn release(tx: &mut Txn, keys: &IamKeys, arn: &str, entity: Entity, name: &str) {
    if !arn.is_empty() {
        tx.delete(keys.bounded_entity(arn, entity, name));
    }
}

/// As a member of a user or role.
pub fn shown(arn: &str) -> Option<AttachedPermissionsBoundary> {
    (!arn.is_empty()).then(|| AttachedPermissionsBoundary {
        // The model's only value is another, `PermissionsBoundaryPolicy`; AWS answers this one.
        permissions_boundary_type: Some("Policy".into()),
        permissions_boundary_arn: Some(arn.to_owned()),
    })
}

async fn put(cx: &Cx, entity: Entity, name: &str, arn: &str) -> Result<()> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let owner = Owner::find(tx, &keys, entity, name).await?;
        release(tx, &keys, &owner.boundary, entity, name);
        bind(tx, cx, &keys, arn, entity, name).await?;
        owner.set_boundary(tx, arn)?;
        changed(tx);
        Ok(())
    })
    .await
}

async fn delete(cx: &Cx, entity: Entity, name: &str) -> Result<()> {
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let owner = Owner::find(tx, &keys, entity, name).await?;
        if owner.boundary.is_empty() {
            // A guess: the model names the error, no page its sentence.
            return Err(fault::no_such_entity_exception(format!(
                "The {} with name {name} has no permissions boundary.",
                entity.text()
            )));
        }
        release(tx, &keys, &owner.boundary, entity, name);
        owner.set_boundary(tx, "")?;
        changed(tx);
        Ok(())
    })
    .await
}

pub async fn put_user_permissions_boundary(
    cx: Cx,
    input: PutUserPermissionsBoundaryInput,
) -> Result<PutUserPermissionsBoundaryOutput> {
    put(&cx, Entity::User, &input.user_name, &input.permissions_boundary).await?;
    Ok(PutUserPermissionsBoundaryOutput {})
}

pub async fn put_role_permissions_boundary(
    cx: Cx,
    input: PutRolePermissionsBoundaryInput,
) -> Result<PutRolePermissionsBoundaryOutput> {
    put(&cx, Entity::Role, &input.role_name, &input.permissions_boundary).await?;
    Ok(PutRolePermissionsBoundaryOutput {})
}

pub async fn delete_user_permissions_boundary(
    cx: Cx,
    input: DeleteUserPermissionsBoundaryInput,
) -> Result<DeleteUserPermissionsBoundaryOutput> {
    delete(&cx, Entity::User, &input.user_name).await?;
    Ok(DeleteUserPermissionsBoundaryOutput {})
}

pub async fn delete_role_permissions_boundary(
    cx: Cx,
    input: DeleteRolePermissionsBoundaryInput,
) -> Result<DeleteRolePermissionsBoundaryOutput> {
    delete(&cx, Entity::Role, &input.role_name).await?;
    Ok(DeleteRolePermissionsBoundaryOutput {})
}
