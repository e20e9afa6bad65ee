//! The roles that Organizations makes in the accounts of an organization.

use identity::{AttachmentRecord, Entity, IamKeys, Kind, RoleRecord, iam_arn, unique_id};
use kernel::{AccountId, Cx, Result, record::Record, store::Txn};

/// The name of the role for the management account, unless the request has another.
pub const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";
const SERVICE: &str = "organizations.amazonaws.com";

/// The role by which the management account's administrators get into an account that it created.
pub async fn access(cx: &Cx, tx: &mut Txn, account: AccountId, management: AccountId, name: &str) -> Result<()> {
    let role = RoleRecord {
        name: name.to_owned(),
        path: "/".to_owned(),
        trust: trust("AWS", &iam_arn(cx, management, "root")),
        max_session: 3_600,
        ..RoleRecord::default()
    };
    put(cx, tx, account, role, "arn:aws:iam::aws:policy/AdministratorAccess").await
}

/// AWSServiceRoleForOrganizations, which every account of an organization with all features has.
pub async fn service_linked(cx: &Cx, tx: &mut Txn, account: AccountId) -> Result<()> {
    let role = RoleRecord {
        name: "AWSServiceRoleForOrganizations".to_owned(),
        path: format!("/aws-service-role/{SERVICE}/"),
        trust: trust("Service", SERVICE),
        description: Some("Service-linked role used by AWS Organizations to enable integration of other AWS services with Organizations.".to_owned()),
        max_session: 3_600,
        service: SERVICE.to_owned(),
        ..RoleRecord::default()
    };
    put(cx, tx, account, role, "arn:aws:iam::aws:policy/aws-service-role/AWSOrganizationsServiceTrustPolicy").await
}

fn trust(family: &str, principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"{family}":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

/// Makes a role with one managed policy; one of the same name that is there already stays as it is.
async fn put(cx: &Cx, tx: &mut Txn, account: AccountId, role: RoleRecord, policy: &str) -> Result<()> {
    let keys = IamKeys::of(account);
    let key = keys.entity(Entity::Role, &role.name);
    if tx.get(&key).await?.is_some() {
        return Ok(());
    }
    let role = RoleRecord { id: unique_id(cx.cloud(), Kind::Role, account), created: cx.now(), ..role };
    let attachment = AttachmentRecord { attached: cx.now() };
    tx.put(keys.attached(Entity::Role, &role.name).text(policy), attachment.encode());
    tx.put(keys.attachment(policy, Entity::Role, &role.name), Vec::new());
    tx.put(key, role.encode());
    identity::changed(tx);
    Ok(())
}
