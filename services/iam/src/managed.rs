//! Managed policies, AWS's and the account's own: finding them by ARN, and how they are shown.

use crate::{names, rows, tags};
use iam_api::{Policy, fault};
use identity::{AwsManagedPolicy, IamKeys, PolicyRecord, aws_managed};
use kernel::{
    AccountId, Arn, Cx, Result,
    store::{Rows, Snapshot, Txn},
};
use wire::{Fault, common};

pub enum Managed {
    Aws(&'static AwsManagedPolicy),
    Customer(Box<PolicyRecord>),
}

impl Managed {
    pub fn name(&self) -> &str {
        match self {
            Managed::Aws(policy) => policy.name,
            Managed::Customer(record) => &record.name,
        }
    }

    pub fn path(&self) -> &str {
        match self {
            Managed::Aws(policy) => policy.path,
            Managed::Customer(record) => &record.path,
        }
    }

    pub fn arn(&self, cx: &Cx) -> String {
        match self {
            Managed::Aws(policy) => policy.arn(cx.region().partition()),
            Managed::Customer(record) => names::arn(cx, "policy", &record.path, &record.name),
        }
    }

    /// The policy, for looking.
    pub async fn seen(cx: &Cx, snapshot: &dyn Snapshot, arn: &str) -> Result<Option<Managed>> {
        let name = match Named::of(cx, arn)? {
            Named::Aws(policy) => return Ok(policy.map(Managed::Aws)),
            Named::Customer(name) => name,
            Named::Other => return Ok(None),
        };
        let record = snapshot.record(&IamKeys::of(cx.account()).policy(name)).await?;
        Ok(customer(cx, arn, record))
    }

    /// The policy, for a commit that fails if a customer's policy changes or is deleted meanwhile.
    pub async fn find(cx: &Cx, tx: &mut Txn, arn: &str) -> Result<Option<Managed>> {
        let name = match Named::of(cx, arn)? {
            Named::Aws(policy) => return Ok(policy.map(Managed::Aws)),
            Named::Customer(name) => name,
            Named::Other => return Ok(None),
        };
        let record = tx.read(&IamKeys::of(cx.account()).policy(name)).await?;
        Ok(customer(cx, arn, record))
    }

    /// Refuses what AWS attaches to service-linked roles, and nobody to anything.
    pub fn check_attachable(&self) -> Result<()> {
        match self {
            Managed::Aws(policy) if policy.path == "/aws-service-role/" => {
                Err(fault::policy_not_attachable_exception("Cannot attach a Service Role Policy to a Customer Role."))
            }
            _ => Ok(()),
        }
    }

    /// As it is listed; descriptions and tags are left out there.
    pub async fn shown(&self, cx: &Cx, snapshot: &dyn Snapshot) -> Result<Policy> {
        let arn = self.arn(cx);
        let keys = IamKeys::of(cx.account());
        let attached = snapshot.count(&keys.attachments(&arn)).await? as i32;
        let bounded = snapshot.count(&keys.bounded(&arn)).await? as i32;
        let (id, version, created, updated) = match self {
            Managed::Aws(policy) => (aws_id(policy.name), policy.version, policy.created, policy.updated),
            Managed::Customer(record) => (record.id.clone(), record.default_version, record.created, record.updated),
        };
        Ok(Policy {
            policy_name: Some(self.name().to_owned()),
            policy_id: Some(id),
            arn: Some(arn),
            path: Some(self.path().to_owned()),
            default_version_id: Some(format!("v{version}")),
            attachment_count: Some(attached),
            permissions_boundary_usage_count: Some(bounded),
            is_attachable: Some(true),
            description: None,
            create_date: Some(rows::seconds(created)),
            update_date: Some(rows::seconds(updated)),
            tags: None,
        })
    }

    /// As GetPolicy shows it.
    pub async fn shown_alone(&self, cx: &Cx, snapshot: &dyn Snapshot) -> Result<Policy> {
        let mut shown = self.shown(cx, snapshot).await?;
        shown.tags = Some(Vec::new());
        if let Managed::Customer(record) = self {
            shown.description = record.description.clone();
            shown.tags = Some(tags::shown(&record.tags).unwrap_or_default());
        }
        Ok(shown)
    }
}

/// What an ARN names, by its form.
enum Named<'a> {
    /// `None` where AWS has no such policy.
    Aws(Option<&'static AwsManagedPolicy>),
    Customer(&'a str),
    /// Of another account.
    Other,
}

impl<'a> Named<'a> {
    fn of(cx: &Cx, arn: &'a str) -> Result<Named<'a>> {
        let invalid = || common::validation_error(format!("ARN {arn} is not valid."));
        let parsed = Arn::parse(arn).ok_or_else(invalid)?;
        // "The partition name must match the partition of the AWS account", says AWS's notice of 2024 on ARNs.
        let of_iam = parsed.partition == cx.region().partition() && parsed.service == "iam" && parsed.region.is_empty();
        if !of_iam || !parsed.resource.starts_with("policy/") {
            return Err(invalid());
        }
        if parsed.account == "aws" {
            return Ok(Named::Aws(aws_managed::find(arn)));
        }
        let owner = AccountId::parse(&parsed.account).ok_or_else(invalid)?;
        match arn.rsplit_once('/') {
            Some((_, name)) if owner == cx.account() => Ok(Named::Customer(name)),
            _ => Ok(Named::Other),
        }
    }
}

/// The record, if it is that of the ARN to the letter: names are folded in keys, and paths are not in them.
fn customer(cx: &Cx, arn: &str, record: Option<PolicyRecord>) -> Option<Managed> {
    let policy = Managed::Customer(Box::new(record?));
    (policy.arn(cx) == arn).then_some(policy)
}

/// AWS's own ids are not in the data: these are as long, and the same everywhere and always.
fn aws_id(name: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    for byte in name.bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
    }
    let letter = |at: u32| char::from(LETTERS[(hash >> (5 * at)) as usize & 31]);
    "ANPA".chars().chain((0..17).map(letter)).collect()
}

pub fn not_found(arn: &str) -> Fault {
    fault::no_such_entity_exception(format!("Policy {arn} was not found."))
}

pub fn not_attachable(arn: &str) -> Fault {
    fault::no_such_entity_exception(format!("Policy {arn} does not exist or is not attachable."))
}

/// AWS refuses changes of its own policies to everybody as if nobody had the permission.
pub fn not_yours(cx: &Cx, action: &str, arn: &str) -> Fault {
    let caller = cx.caller().arn(cx.region());
    common::access_denied(format!(
        "User: {caller} is not authorized to perform: iam:{action} on resource: policy {arn}"
    ))
}
