//! Service-linked roles: made for a service, with the policy that AWS wrote for it, and nobody else's to change.

use crate::{keys, names, role, service_linked_names};
use iam_api::*;
use identity::{AttachmentRecord, Entity, IamKeys, Kind, RoleRecord, aws_managed, changed, unique_id};
use kernel::{Cx, Result, record::Record, store::Rows};
use service_linked_names::Linked;

/// What other operations take as a role's name, in characters.
const MAX_NAME: usize = 64;

fn invalid(message: String) -> wire::Fault {
    fault::invalid_input_exception(message)
}

pub async fn create_service_linked_role(
    cx: Cx,
    input: CreateServiceLinkedRoleInput,
) -> Result<CreateServiceLinkedRoleOutput> {
    let service = input.aws_service_name;
    let linked = Linked::of(&service).ok_or_else(|| {
        // A guess: no report of AWS's sentence was found.
        invalid(format!("Service-linked roles are not supported for {service}."))
    })?;
    let name = match &input.custom_suffix {
        None => linked.role.to_owned(),
        Some(suffix) if linked.suffix => format!("{}_{suffix}", linked.role),
        Some(_) => return Err(invalid(format!("Custom suffix is not allowed for {service}"))),
    };
    role::check_description(input.description.as_deref())?;
    if let Some(suffix) = &input.custom_suffix {
        names::check_name("customSuffix", suffix)?;
    }
    if name.len() > MAX_NAME {
        // A guess at the sentence.
        return Err(invalid(format!("Role name {name} is longer than {MAX_NAME} characters.")));
    }
    let partition = cx.region().partition();
    let policy = aws_managed::find(&format!("arn:{partition}:iam::aws:policy/aws-service-role/{}", linked.policy));
    let record = RoleRecord {
        path: format!("/aws-service-role/{service}/"),
        id: unique_id(cx.cloud(), Kind::Role, cx.account()),
        created: cx.now(),
        trust: format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Action\":[\"sts:AssumeRole\"],\"Effect\":\"Allow\",\
             \"Principal\":{{\"Service\":[\"{service}\"]}}}}]}}"
        ),
        description: input.description,
        max_session: 3_600,
        service: service.clone(),
        name,
        ..RoleRecord::default()
    };
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        if tx.get(&keys.entity(Entity::Role, &record.name)).await?.is_some() {
            return Err(invalid(format!(
                "Service role name {} has been taken in this account, please try a different suffix.",
                record.name
            )));
        }
        role::create(&cx, tx, &record).await?;
        if let Some(policy) = policy {
            let arn = policy.arn(partition);
            let row = AttachmentRecord { attached: record.created }.encode();
            tx.put(keys.attached(Entity::Role, &record.name).text(&arn), row);
            tx.put(keys.attachment(&arn, Entity::Role, &record.name), "");
        }
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(CreateServiceLinkedRoleOutput { role: Some(role::shown(&cx, &record)) })
}

/// Deletes at once: no service of this cloud has resources that use such a role, so no task ever waits or fails.
pub async fn delete_service_linked_role(
    cx: Cx,
    input: DeleteServiceLinkedRoleInput,
) -> Result<DeleteServiceLinkedRoleOutput> {
    let keys = IamKeys::of(cx.account());
    let id = cx.cloud().ids().uuid();
    let deletion_task_id = cx
        .write(async |tx| {
            let record = role::find(&cx, tx, &input.role_name).await?;
            if record.service.is_empty() {
                // A guess: the model names no other error that fits.
                return Err(fault::no_such_entity_exception(format!(
                    "The role with name {} is not a service-linked role.",
                    record.name
                )));
            }
            let attached = keys.attached(Entity::Role, &record.name);
            for arn in tx.names(&attached).await? {
                tx.delete(keys.attachment(&arn, Entity::Role, &record.name));
                tx.delete(attached.clone().text(&arn));
            }
            role::delete(&cx, tx, &record).await?;
            let task = format!("task{}{}/{id}", record.path, record.name);
            tx.put(keys::role_deletion(&keys, &task), "");
            Ok(task)
        })
        .await?;
    Ok(DeleteServiceLinkedRoleOutput { deletion_task_id })
}

pub async fn get_service_linked_role_deletion_status(
    cx: Cx,
    input: GetServiceLinkedRoleDeletionStatusInput,
) -> Result<GetServiceLinkedRoleDeletionStatusOutput> {
    let task = &input.deletion_task_id;
    let row = cx.read().get(&keys::role_deletion(&IamKeys::of(cx.account()), task)).await?;
    if row.is_none() {
        return Err(fault::no_such_entity_exception(format!("Deletion task {task} cannot be found.")));
    }
    Ok(GetServiceLinkedRoleDeletionStatusOutput { status: DeletionTaskStatusType::Succeeded, reason: None })
}
