//! What a call acts on, for authorisation: the resources its ids name, and the organization's resource policy where the
//! management account has delegated.

use crate::{access::Delegated, resource_policy::DELEGABLE, values};
use identity::{
    Tags,
    organization::{
        AccountRecord, DelegationPolicyRecord, HandshakeRecord, OrganizationKeys, OrganizationPolicyRecord,
        OrganizationRecord, UnitRecord, account_record, arn, handshake, managed, organization, policy_arn,
    },
};
use kernel::{
    AccountId, Cx, Local, Result,
    authorise::{Target, has_tags, templated},
    store::{Rows, Snapshot},
};
use lang::policy::{Context, ContextKeys};
use organizations_api::ActionType;
use std::sync::Arc;
use wire::{Operation, Shape, View};

/// The members that name resources; of an operation with several, each must be allowed.
const MEMBERS: [&str; 11] = [
    "PolicyId",
    "TargetId",
    "ResourceId",
    "AccountId",
    "SourceParentId",
    "DestinationParentId",
    "ParentId",
    "ChildId",
    "OrganizationalUnitId",
    "RootId",
    "HandshakeId",
];

const POLICY_TYPE: &str = "organizations:PolicyType";
const SERVICE_PRINCIPAL: &str = "organizations:ServicePrincipal";

/// The members that have the values of condition keys.
const KEYS: [(&str, &str); 4] = [
    (POLICY_TYPE, "PolicyType"),
    (POLICY_TYPE, "Type"),
    (POLICY_TYPE, "Filter"),
    (SERVICE_PRINCIPAL, "ServicePrincipal"),
];

pub fn target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    let checked = values::check(input);
    let member = |name: &&str| text(input, name).map(str::to_owned);
    let ids: Vec<String> = match operation.iam.resources.is_empty() {
        true => Vec::new(),
        false => MEMBERS.iter().filter_map(member).collect(),
    };
    let keys = said(operation, input);
    let has_type = keys.get(POLICY_TYPE).is_some() || !operation.iam.condition_keys.contains(&POLICY_TYPE);
    let mut fallback = Target { keys, ..templated(&cx, operation, input) };
    if operation.name != "TagResource" && has_tags(input) {
        // "If the request includes tags, then the requester must have the organizations:TagResource permission."
        fallback.also = &["organizations:TagResource"];
    }
    Box::pin(async move {
        checked?;
        let rows = cx.cloud().engine().latest();
        let rows: &dyn Snapshot = &*rows;
        let caller = account_record(rows, cx.account()).await?;
        let Some(org) = rows.record::<OrganizationRecord>(&organization(&caller.organization)).await? else {
            return Ok(fallback);
        };
        let own = cx.account().to_string();
        // "You can call this operation from any account in a organization": whatever was delegated to whom.
        let for_itself = match operation.name {
            "DescribeOrganization" | "DescribeHandshake" | "ListHandshakesForAccount" => true,
            "DescribeEffectivePolicy" => ids.iter().all(|id| *id == own),
            _ => false,
        };
        let mut target = Target { resources: Vec::new(), ..fallback };
        for id in ids {
            if !has_type && let Some((policy_type, _)) = policy(rows, &org, &id).await? {
                target.keys.set(POLICY_TYPE, policy_type);
            }
            if let Some((resource, tags)) = find(rows, &org, &id).await? {
                if target.resources.is_empty() {
                    target.tags = tags;
                }
                target.resources.push(resource.into());
            }
        }
        if target.resources.is_empty() {
            target.resources.push("*".into());
        }
        if !for_itself {
            delegate(&cx, rows, &org, operation, &mut target).await?;
        }
        Ok(target)
    })
}

fn text<'a>(input: &'a dyn Shape, member: &str) -> Option<&'a str> {
    match input.get(input.schema().index(member)?) {
        View::Str(text) => Some(text),
        _ => None,
    }
}

/// The condition keys that the operation has and the input says.
fn said(operation: &Operation, input: &dyn Shape) -> ContextKeys {
    let mut keys = ContextKeys::default();
    for (key, member) in KEYS.iter().filter(|(key, _)| operation.iam.condition_keys.contains(key)) {
        if let Some(value) = text(input, member) {
            keys.set(*key, value);
        }
    }
    keys
}

/// Of members that are not administrators by registration, the resource policy has the word, as over any account that
/// calls another.
async fn delegate(
    cx: &Cx,
    rows: &dyn Snapshot,
    org: &OrganizationRecord,
    operation: &Operation,
    target: &mut Target,
) -> Result<()> {
    if org.management() == cx.account() || !DELEGABLE.contains(&operation.name) {
        return Ok(());
    }
    let keys = OrganizationKeys::of(&org.id);
    let reads = operation.name.starts_with("Describe") || operation.name.starts_with("List");
    if reads && rows.count(&keys.delegations_of(cx.account())).await? > 0 {
        return Ok(());
    }
    if let Some(policy) = rows.record::<DelegationPolicyRecord>(&keys.resource_policy()).await? {
        target.account = org.management();
        target.policy = Some(Arc::from(policy.content));
        cx.keep(Delegated(org.id.clone()));
    }
    Ok(())
}

/// The type and the tags of the policy of an id.
async fn policy(rows: &dyn Snapshot, org: &OrganizationRecord, id: &str) -> Result<Option<(String, Tags)>> {
    if let Some(policy) = managed(id) {
        return Ok(Some((policy.policy_type.to_owned(), Tags::new())));
    }
    let record = rows.record::<OrganizationPolicyRecord>(&OrganizationKeys::of(&org.id).policy(id)).await?;
    Ok(record.map(|policy| (policy.policy_type, policy.tags)))
}

/// The ARN and the tags of the resource of an id.
async fn find(rows: &dyn Snapshot, org: &OrganizationRecord, id: &str) -> Result<Option<(String, Tags)>> {
    let keys = OrganizationKeys::of(&org.id);
    let named = |word: &str| arn(org.management(), &format!("{word}/{}/{id}", org.id));
    if let Some(number) = AccountId::parse(id) {
        let AccountRecord { organization, tags, .. } = account_record(rows, number).await?;
        return Ok((organization == org.id).then(|| (named("account"), tags)));
    }
    Ok(match id.split_once('-').map(|(kind, _)| kind) {
        Some("r") => rows.record::<UnitRecord>(&keys.unit(id)).await?.map(|unit| (named("root"), unit.tags)),
        Some("ou") => rows.record::<UnitRecord>(&keys.unit(id)).await?.map(|unit| (named("ou"), unit.tags)),
        Some("p") => {
            let known = policy(rows, org, id).await?;
            known.map(|(policy_type, tags)| (policy_arn(org, id, &policy_type), tags))
        }
        Some("rp") => {
            let policy = rows.record::<DelegationPolicyRecord>(&keys.resource_policy()).await?;
            policy.map(|policy| (named("resourcepolicy"), policy.tags))
        }
        Some("h") => {
            let record = rows.record::<HandshakeRecord>(&handshake(id)).await?;
            record.map(|record| {
                let action = ActionType::from(record.action.as_str()).as_str().to_ascii_lowercase();
                let name = format!("handshake/{}/{action}/{id}", record.organization);
                (arn(AccountId(record.management), &name), Tags::new())
            })
        }
        _ => None,
    })
}
