//! Trust policies: who may assume a role.

use crate::{document, quota, rows};
use iam_api::fault;
use identity::{Entity, IamKeys, RoleRecord, UserRecord, iam_arn};
use kernel::{Arn, Cx, Result, store::Txn};
use lang::policy::{Kind, Policy, PrincipalId};

/// Refuses what is no trust policy. What it names is checked by [`check_principals`].
pub fn check(text: &str) -> Result<Policy> {
    let policy = document::check("assumeRolePolicyDocument", text, Kind::RoleTrust)?;
    match Policy::size(text) > quota::TRUST_SIZE.1 {
        true => Err(quota::TRUST_SIZE.exceeded()),
        false => Ok(policy),
    }
}

/// Refuses users and roles that do not exist, of this account or another. Accounts, sessions, services and identity
/// providers are taken as they are.
pub async fn check_principals(cx: &Cx, tx: &mut Txn, policy: &Policy) -> Result<()> {
    let principals = policy.statements.iter().filter_map(|statement| statement.principal.as_ref());
    for entry in principals.flat_map(|element| &element.entries) {
        let PrincipalId::Arn(arn) = entry else { continue };
        if !exists(cx, tx, arn).await? {
            return Err(fault::malformed_policy_document_exception(format!(
                "Invalid principal in policy: \"AWS\":\"{arn}\""
            )));
        }
    }
    Ok(())
}

/// Whether an ARN is that of a user or role to the letter, or of something else.
async fn exists(cx: &Cx, tx: &mut Txn, arn: &str) -> Result<bool> {
    let Some(parsed) = Arn::parse(arn).filter(|parsed| parsed.service == "iam") else { return Ok(true) };
    let Some(account) = parsed.account_id() else { return Ok(true) };
    let (kind, rest) = parsed.resource.split_once('/').unwrap_or_default();
    let Some(entity) = Entity::parse(kind) else { return Ok(true) };
    let name = rest.rsplit('/').next().unwrap_or_default();
    let key = IamKeys::of(account).entity(entity, name);
    let found = match entity {
        Entity::User => rows::get::<UserRecord>(tx, &key).await?.map(|user| (user.path, user.name)),
        Entity::Role => rows::get::<RoleRecord>(tx, &key).await?.map(|role| (role.path, role.name)),
        Entity::Group => None,
    };
    Ok(found.is_some_and(|(path, name)| iam_arn(cx, account, &format!("{kind}{path}{name}")) == arn))
}
