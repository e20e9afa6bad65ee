//! Organizational units.

use crate::{access::Org, attachment, faults, ids, limits, page::page, tags};
use identity::organization::{UnitRecord, path};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Txn},
};
use organizations_api::*;

async fn shape(org: &Org, tx: &Txn, unit: UnitRecord) -> Result<OrganizationalUnit> {
    Ok(OrganizationalUnit {
        path: Some(org.path(tx, &unit.id).await?),
        arn: Some(org.arn(&format!("ou/{}/{}", org.id, unit.id))),
        id: Some(unit.id),
        name: Some(unit.name),
    })
}

/// Names are unique below a parent (user guide, "Managing OUs"); that case counts is a guess.
async fn check_name(org: &Org, tx: &Txn, parent: &str, name: &str) -> Result<()> {
    match tx.bytes(&org.keys.name(parent, name)).await? {
        Some(_) => Err(fault::duplicate_organizational_unit_exception("An OU with the same name already exists.")),
        None => Ok(()),
    }
}

async fn find(org: &Org, tx: &Txn, id: &str) -> Result<UnitRecord> {
    let unit = org.unit(tx, id).await?.filter(|unit| !unit.parent.is_empty());
    unit.ok_or_else(faults::no_such_unit)
}

pub async fn create_organizational_unit(
    cx: Cx,
    input: CreateOrganizationalUnitInput,
) -> Result<CreateOrganizationalUnitOutput> {
    use ConstraintViolationExceptionReason as Reason;
    let tags = tags::checked(input.tags.unwrap_or_default())?;
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        let parent = org.parent(tx, &input.parent_id).await?;
        // The root is level 0.
        if path(tx, &org, &parent.id).await?.len() > limits::DEPTH {
            return Err(faults::constraint(
                Reason::OuDepthLimitExceeded,
                "You have exceeded the allowed depth of OUs.",
            ));
        }
        if tx.count(&org.keys.units()).await? > limits::UNITS {
            return Err(faults::constraint(
                Reason::OuNumberLimitExceeded,
                "You have exceeded the allowed number of OUs.",
            ));
        }
        check_name(&org, tx, &parent.id, &input.name).await?;
        let unit = UnitRecord {
            id: ids::unit(&cx, &org.root),
            name: input.name.clone(),
            parent: parent.id,
            tags: tags.clone(),
        };
        tx.put(org.keys.unit(&unit.id), unit.encode());
        tx.put(org.keys.name(&unit.parent, &unit.name), unit.id.clone());
        tx.put(org.keys.child_units(&unit.parent).text(&unit.id), Vec::new());
        org.changed(tx);
        Ok(CreateOrganizationalUnitOutput { organizational_unit: Some(shape(&org, tx, unit).await?) })
    })
    .await
}

pub async fn update_organizational_unit(
    cx: Cx,
    input: UpdateOrganizationalUnitInput,
) -> Result<UpdateOrganizationalUnitOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        let mut unit = find(&org, tx, &input.organizational_unit_id).await?;
        if let Some(name) = input.name.as_ref().filter(|name| **name != unit.name) {
            check_name(&org, tx, &unit.parent, name).await?;
            tx.delete(org.keys.name(&unit.parent, &unit.name));
            unit.name.clone_from(name);
            tx.put(org.keys.name(&unit.parent, &unit.name), unit.id.clone());
            tx.put(org.keys.unit(&unit.id), unit.encode());
            org.changed(tx);
        }
        Ok(UpdateOrganizationalUnitOutput { organizational_unit: Some(shape(&org, tx, unit).await?) })
    })
    .await
}

pub async fn delete_organizational_unit(
    cx: Cx,
    input: DeleteOrganizationalUnitInput,
) -> Result<DeleteOrganizationalUnitOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_management(&cx, tx).await?;
        let unit = find(&org, tx, &input.organizational_unit_id).await?;
        let (units, accounts) = (org.units_of(tx, &unit.id).await?, org.accounts_of(tx, &unit.id).await?);
        if !units.is_empty() || !accounts.is_empty() {
            return Err(fault::organizational_unit_not_empty_exception(
                "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, \
                 and try the operation again.",
            ));
        }
        attachment::remove_all(&org, tx, &unit.id).await?;
        tx.delete(org.keys.unit(&unit.id));
        tx.delete(org.keys.name(&unit.parent, &unit.name));
        tx.delete(org.keys.child_units(&unit.parent).text(&unit.id));
        org.changed(tx);
        Ok(DeleteOrganizationalUnitOutput {})
    })
    .await
}

pub async fn describe_organizational_unit(
    cx: Cx,
    input: DescribeOrganizationalUnitInput,
) -> Result<DescribeOrganizationalUnitOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let unit = find(&org, tx, &input.organizational_unit_id).await?;
        Ok(DescribeOrganizationalUnitOutput { organizational_unit: Some(shape(&org, tx, unit).await?) })
    })
    .await
}

pub async fn list_organizational_units_for_parent(
    cx: Cx,
    input: ListOrganizationalUnitsForParentInput,
) -> Result<ListOrganizationalUnitsForParentOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let parent = org.parent(tx, &input.parent_id).await?;
        let ids = org.units_of(tx, &parent.id).await?;
        let (ids, next_token) = page(ids, input.next_token.as_deref(), input.max_results, |id| id)?;
        let mut units = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(unit) = org.unit(tx, &id).await? {
                units.push(shape(&org, tx, unit).await?);
            }
        }
        Ok(ListOrganizationalUnitsForParentOutput { organizational_units: Some(units), next_token })
    })
    .await
}
