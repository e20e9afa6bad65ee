//! The service and resource control policies over an account.

use super::{
    AttachedPolicies, OrganizationKeys, OrganizationPolicyRecord, OrganizationRecord, RESOURCE_CONTROL_POLICY,
    SERVICE_CONTROL_POLICY, account_record, managed, managed_of,
    membership::{organization_of, path},
    policy_arn,
};
use kernel::{
    AccountId, Result,
    store::{Rows, Snapshot},
};

/// A control policy: its ARN and its text.
pub type Document = (String, String);

/// The control policies over an account, level by level from the root down to the account itself; each level must allow.
/// No levels: nothing is limited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Controls {
    /// Over the account's principals. Read by the grammar of `Kind::ServiceControl`.
    pub service: Vec<Vec<Document>>,
    /// Over the account's resources. Read by the grammar of `Kind::Resource`: customers' policies were held to
    /// `Kind::ResourceControl` when they were stored, but RCPFullAWSAccess allows, which that grammar refuses.
    pub resource: Vec<Vec<Document>>,
}

/// The control policies over an account: none over an account without organization, over the management account, and of
/// types that are not enabled. Organizations user guide, "SCP evaluation", "RCP evaluation".
pub async fn controls(snapshot: &dyn Snapshot, account: AccountId) -> Result<Controls> {
    let record = account_record(snapshot, account).await?;
    let Some(organization) = organization_of(snapshot, &record).await? else { return Ok(Controls::default()) };
    if organization.management() == account || !organization.all_features {
        return Ok(Controls::default());
    }
    let mut targets = path(snapshot, &organization, &record.parent).await?;
    targets.push(account.to_string());
    let levels = async |policy_type| levels(snapshot, &organization, &targets, policy_type).await;
    Ok(Controls { service: levels(SERVICE_CONTROL_POLICY).await?, resource: levels(RESOURCE_CONTROL_POLICY).await? })
}

async fn levels(
    snapshot: &dyn Snapshot,
    organization: &OrganizationRecord,
    targets: &[String],
    policy_type: &str,
) -> Result<Vec<Vec<Document>>> {
    if organization.enabling(policy_type).is_none() {
        return Ok(Vec::new());
    }
    let keys = OrganizationKeys::of(&organization.id);
    let mut levels = Vec::with_capacity(targets.len());
    for target in targets {
        let mut level = Vec::new();
        for id in attached(snapshot, organization, target, policy_type).await?.policies {
            let content = match managed(&id) {
                Some(policy) => Some(policy.content.to_owned()),
                None => {
                    let record = snapshot.record::<OrganizationPolicyRecord>(&keys.policy(&id)).await?;
                    record.map(|record| record.content)
                }
            };
            level.extend(content.map(|content| (policy_arn(organization, &id, policy_type), content)));
        }
        levels.push(level);
    }
    Ok(levels)
}

/// The policies of a type on a root, OU or account; none while the type is not enabled.
pub async fn attached<R: Rows + ?Sized>(
    rows: &R,
    organization: &OrganizationRecord,
    target: &str,
    policy_type: &str,
) -> Result<AttachedPolicies> {
    let Some(enabling) = organization.enabling(policy_type) else { return Ok(AttachedPolicies::default()) };
    let key = OrganizationKeys::of(&organization.id).attached(target, policy_type);
    let record = rows.record::<AttachedPolicies>(&key).await?.filter(|record| record.enabling == enabling);
    Ok(record.unwrap_or_else(|| AttachedPolicies {
        enabling,
        policies: managed_of(policy_type).map(|policy| policy.id.to_owned()).into_iter().collect(),
        ..AttachedPolicies::default()
    }))
}
