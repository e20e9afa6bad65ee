//! Versions of managed policies: five at most, one of them in force.

use crate::{
    document,
    managed::{self, Managed},
    names,
    paging::Paging,
    policy::{check_document, own},
    quota, rows,
};
use iam_api::*;
use identity::{IamKeys, PolicyVersionRecord, changed};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Row, Rows, Snapshot},
};
use wire::Fault;

fn no_such_version(arn: &str, id: &str) -> Fault {
    fault::no_such_entity_exception(format!("Policy {arn} version {id} does not exist or is not attachable."))
}

/// The number in `v3`.
fn number(id: &str) -> Result<u64> {
    let digits = id.strip_prefix('v').unwrap_or_default().split('.').next().unwrap_or_default();
    let number = Some(digits).filter(|digits| !digits.starts_with(['0', '+'])).and_then(|digits| digits.parse().ok());
    number.ok_or_else(|| names::no_match("versionId", "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"))
}

pub async fn create_policy_version(cx: Cx, input: CreatePolicyVersionInput) -> Result<CreatePolicyVersionOutput> {
    let arn = &input.policy_arn;
    check_document(&input.policy_document)?;
    let keys = IamKeys::of(cx.account());
    let now = cx.now();
    let row = PolicyVersionRecord { document: input.policy_document.clone(), created: now }.encode();
    let is_default = input.set_as_default == Some(true);
    let version = cx
        .write(async |tx| {
            let mut record = own(&cx, tx, "CreatePolicyVersion", arn).await?;
            let versions = keys.policy_versions(&record.name);
            if tx.count(&versions).await? >= quota::POLICY_VERSIONS {
                return Err(fault::limit_exceeded_exception(
                    "A managed policy can have up to 5 versions. Before you create a new version, you must delete an \
                     existing version.",
                ));
            }
            record.last_version += 1;
            record.updated = now;
            if is_default {
                record.default_version = record.last_version;
                changed(tx);
            }
            tx.put(versions.number(record.last_version), row.clone());
            tx.put(keys.policy(&record.name), record.encode());
            Ok(record.last_version)
        })
        .await?;
    Ok(CreatePolicyVersionOutput {
        policy_version: Some(PolicyVersion {
            document: None,
            version_id: Some(format!("v{version}")),
            is_default_version: Some(is_default),
            create_date: Some(rows::seconds(now)),
        }),
    })
}

pub async fn set_default_policy_version(
    cx: Cx,
    input: SetDefaultPolicyVersionInput,
) -> Result<SetDefaultPolicyVersionOutput> {
    let (arn, id) = (&input.policy_arn, &input.version_id);
    let version = number(id)?;
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let found = Managed::find(&cx, tx, arn).await?.ok_or_else(|| no_such_version(arn, id))?;
        let Managed::Customer(mut record) = found else {
            return Err(managed::not_yours(&cx, "SetDefaultPolicyVersion", arn));
        };
        if tx.get(&keys.policy_versions(&record.name).number(version)).await?.is_none() {
            return Err(no_such_version(arn, id));
        }
        record.default_version = version;
        record.updated = cx.now();
        tx.put(keys.policy(&record.name), record.encode());
        changed(tx);
        Ok(())
    })
    .await?;
    Ok(SetDefaultPolicyVersionOutput {})
}

pub async fn delete_policy_version(cx: Cx, input: DeletePolicyVersionInput) -> Result<DeletePolicyVersionOutput> {
    let (arn, id) = (&input.policy_arn, &input.version_id);
    let version = number(id)?;
    let keys = IamKeys::of(cx.account());
    cx.write(async |tx| {
        let found = Managed::find(&cx, tx, arn).await?.ok_or_else(|| no_such_version(arn, id))?;
        let Managed::Customer(record) = found else {
            return Err(managed::not_yours(&cx, "DeletePolicyVersion", arn));
        };
        if record.default_version == version {
            return Err(fault::delete_conflict_exception("Cannot delete the default version of a policy."));
        }
        let row = keys.policy_versions(&record.name).number(version);
        if tx.get(&row).await?.is_none() {
            return Err(no_such_version(arn, id));
        }
        tx.delete(row);
        Ok(())
    })
    .await?;
    Ok(DeletePolicyVersionOutput {})
}

pub async fn get_policy_version(cx: Cx, input: GetPolicyVersionInput) -> Result<GetPolicyVersionOutput> {
    let (arn, id) = (&input.policy_arn, &input.version_id);
    let wanted = number(id)?;
    let snapshot = cx.read();
    let found = Managed::seen(&cx, &*snapshot, arn).await?.ok_or_else(|| no_such_version(arn, id))?;
    let mut versions = versions(&cx, &*snapshot, &found).await?;
    let at = versions.iter().position(|version| version.number == wanted);
    let version = versions.swap_remove(at.ok_or_else(|| no_such_version(arn, id))?);
    Ok(GetPolicyVersionOutput { policy_version: Some(version.shown(true)) })
}

pub async fn list_policy_versions(cx: Cx, input: ListPolicyVersionsInput) -> Result<ListPolicyVersionsOutput> {
    let snapshot = cx.read();
    let found = Managed::seen(&cx, &*snapshot, &input.policy_arn).await?;
    let found = found.ok_or_else(|| managed::not_found(&input.policy_arn))?;
    let versions = versions(&cx, &*snapshot, &found).await?;
    let page = Paging::of(input.max_items, input.marker.as_deref())?.list(versions, |version| &version.order);
    let page = page.map(|version| version.shown(false));
    Ok(ListPolicyVersionsOutput { is_truncated: page.is_truncated(), versions: Some(page.items), marker: page.marker })
}

/// A version that exists.
pub struct Version {
    number: u64,
    /// The newest comes first.
    order: String,
    pub record: PolicyVersionRecord,
    pub is_default: bool,
}

impl Version {
    fn of(number: u64, record: PolicyVersionRecord, is_default: bool) -> Version {
        Version { number, order: format!("{:020}", u64::MAX - number), record, is_default }
    }

    /// Lists leave the document out.
    pub fn shown(self, with_document: bool) -> PolicyVersion {
        PolicyVersion {
            document: with_document.then(|| document::encoded(&self.record.document)),
            version_id: Some(format!("v{}", self.number)),
            is_default_version: Some(self.is_default),
            create_date: Some(rows::seconds(self.record.created)),
        }
    }
}

/// All versions of a policy; of AWS's own only the one in force is known.
pub async fn versions(cx: &Cx, snapshot: &dyn Snapshot, policy: &Managed) -> Result<Vec<Version>> {
    let record = match policy {
        Managed::Customer(record) => record,
        Managed::Aws(policy) => {
            let record = PolicyVersionRecord { document: policy.document.to_owned(), created: policy.updated };
            return Ok(vec![Version::of(policy.version, record, true)]);
        }
    };
    let version = |row: &Row| {
        let number = row.key.last_number().unwrap_or_default();
        Ok(Version::of(number, PolicyVersionRecord::read(&row.value)?, number == record.default_version))
    };
    snapshot.below(&IamKeys::of(cx.account()).policy_versions(&record.name)).await?.iter().map(version).collect()
}
