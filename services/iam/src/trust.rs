//! Trust policies: who may assume a role.

use crate::{document, quota};
use iam_api::fault;
use identity::{Entity, IamKeys, RoleRecord, UserRecord, iam_arn, put_ids};
use kernel::{AccountId, Cx, Result, store::Txn};
use lang::policy::{Kind, Policy, PrincipalId};

/// Refuses what is no trust policy. What it names is checked by [`principals`].
pub fn check(text: &str) -> Result<Policy> {
    let policy = document::check("assumeRolePolicyDocument", text, Kind::RoleTrust)?;
    match Policy::size(text) > quota::TRUST_SIZE.1 {
        true => Err(quota::TRUST_SIZE.exceeded()),
        false => Ok(policy),
    }
}

/// The users and roles that a policy names, of this account or another, with their ids. Refuses those that do not exist.
/// Accounts, sessions, services and identity providers are taken as they are.
pub async fn principals(cx: &Cx, tx: &mut Txn, policy: &Policy) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let named = policy.statements.iter().filter_map(|statement| statement.principal.as_ref());
    for entry in named.flat_map(|element| &element.entries) {
        let PrincipalId::Arn(arn) = entry else { continue };
        let Some((account, entity, name)) = entity_of(arn) else { continue };
        let id = id_of(cx, tx, account, entity, name, arn).await?.ok_or_else(|| {
            fault::malformed_policy_document_exception(format!("Invalid principal in policy: \"AWS\":\"{arn}\""))
        })?;
        found.push((arn.clone(), id));
    }
    Ok(found)
}

/// The account, kind and name in the ARN of a user or role; `None` of anything else.
fn entity_of(arn: &str) -> Option<(AccountId, Entity, &str)> {
    let (account, resource) = arn.split_once(":iam::")?.1.split_once(':')?;
    let (kind, path) = resource.split_once('/')?;
    Some((AccountId::parse(account)?, Entity::parse(kind)?, path.rsplit('/').next()?))
}

/// The id of the user or role that has this ARN to the letter.
async fn id_of(
    cx: &Cx,
    tx: &mut Txn,
    account: AccountId,
    entity: Entity,
    name: &str,
    arn: &str,
) -> Result<Option<String>> {
    let key = IamKeys::of(account).entity(entity, name);
    let found = match entity {
        Entity::User => tx.read::<UserRecord>(&key).await?.map(|user| (user.path, user.name, user.id)),
        Entity::Role => tx.read::<RoleRecord>(&key).await?.map(|role| (role.path, role.name, role.id)),
        Entity::Group => None,
    };
    let has_arn = |path: &str, name: &str| iam_arn(cx, account, &format!("{}{path}{name}", entity.text())) == arn;
    Ok(found.filter(|(path, name, _)| has_arn(path, name)).map(|(.., id)| id))
}

/// The policy as GetRole shows it: who is gone, or another by the same name, is an id.
pub async fn shown(cx: &Cx, record: &RoleRecord) -> Result<String> {
    let mut gone = Vec::new();
    for (arn, id) in &record.principals {
        if cx.cloud().identity().entity_id(cx.cloud(), arn).await?.as_ref() != Some(id) {
            gone.push((arn.clone(), id.clone()));
        }
    }
    Ok(document::encoded(&put_ids(&record.trust, &gone)))
}
