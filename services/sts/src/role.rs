//! The role that is to be assumed, of any account.

use identity::{Entity, IamKeys, RoleRecord};
use kernel::{AccountId, Arn, Cx, Result, record::Record};
use sts_api::AssumedRoleUser;
use wire::common;

/// Where a role is, or would be: its ARN is known whether it exists or not.
#[derive(Clone, Debug)]
pub struct Role {
    pub arn: String,
    pub account: AccountId,
    /// `None`: there is no such role. Who asks learns no more than if it did not trust him.
    pub record: Option<RoleRecord>,
}

impl Role {
    /// By its ARN, with its path.
    pub async fn find(cx: &Cx, arn: &str) -> Result<Role> {
        let parsed = Arn::parse(arn).ok_or_else(|| common::validation_error(format!("{arn} is invalid")))?;
        // Reported of an ARN whose account or service is wrong. What else there may be wrong with it is not known.
        let account = parsed.account_id().filter(|_| parsed.service == "iam" && parsed.region.is_empty());
        let account = account.ok_or_else(|| common::validation_error("Request ARN is invalid"))?;
        let role = |record| Role { arn: arn.to_owned(), account, record };
        let Some(path) = parsed.resource.strip_prefix("role/").filter(|_| parsed.partition == cx.region().partition())
        else {
            return Ok(role(None));
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        let row = cx.cloud().engine().latest().get(&IamKeys::of(account).entity(Entity::Role, name)).await?;
        let record = row.and_then(|row| RoleRecord::decode(&row.value));
        Ok(role(record.filter(|record| format!("/{path}") == format!("{}{}", record.path, record.name))))
    }
}

/// A session of a role, as answers name it.
pub fn assumed(cx: &Cx, account: AccountId, role: &RoleRecord, session: &str) -> AssumedRoleUser {
    AssumedRoleUser {
        assumed_role_id: format!("{}:{session}", role.id),
        arn: format!("arn:{}:sts::{account}:assumed-role/{}/{session}", cx.region().partition(), role.name),
    }
}
