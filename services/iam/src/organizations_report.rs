//! When the accounts of an organization last used which service that their control policies allow.

use crate::{
    access_report::{begin, job, tracked_since},
    granting::grants,
    paging::Paging,
    records::AccessReportRecord,
    rows,
};
use iam_api::*;
use identity::{
    Entity, IamKeys, RoleRecord, UserRecord,
    organization::{self, OrganizationKeys, OrganizationPolicyRecord, OrganizationRecord, SERVICE_CONTROL_POLICY},
    services, uses,
};
use kernel::{
    AccountId, Cx, Result,
    store::{Rows, Snapshot},
};
use lang::policy::{Effect, Kind, Policy};
use std::cmp::Reverse;
use wire::{Fault, Timestamp, common};

/// "You must be signed in using your Organizations management account credentials." The model names no error for who is
/// not; the sentences are guesses.
async fn organization_of(cx: &Cx, snapshot: &dyn Snapshot, path: &str) -> Result<OrganizationRecord> {
    let denied =
        || common::access_denied("Only the management account of an organization can ask for its access report.");
    let place =
        organization::membership(snapshot, cx.account()).await?.filter(|place| place.management == cx.account());
    let place = place.ok_or_else(denied)?;
    if path.split('/').next() != Some(&place.organization) {
        return Err(denied());
    }
    let record = snapshot.record::<OrganizationRecord>(&organization::organization(&place.organization)).await?;
    record.ok_or_else(denied)
}

pub async fn generate_organizations_access_report(
    cx: Cx,
    input: GenerateOrganizationsAccessReportInput,
) -> Result<GenerateOrganizationsAccessReportOutput> {
    organization_of(&cx, &*cx.read(), &input.entity_path).await?;
    let record = AccessReportRecord {
        entity_path: input.entity_path,
        policy: input.organizations_policy_id.unwrap_or_default(),
        ..AccessReportRecord::default()
    };
    Ok(GenerateOrganizationsAccessReportOutput { job_id: Some(begin(&cx, record).await?) })
}

/// An account below the entity, with the path to it.
struct Member {
    account: AccountId,
    path: String,
}

async fn members(snapshot: &dyn Snapshot, entity_path: &str) -> Result<Vec<Member>> {
    let mut members = Vec::new();
    for record in organization::accounts(snapshot).await? {
        let account = record.account();
        if let Some(place) = organization::membership(snapshot, account).await? {
            let path = format!("{}{account}", place.path);
            let below = path.strip_prefix(entity_path.trim_end_matches('/'));
            if below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
                members.push(Member { account, path });
            }
        }
    }
    Ok(members)
}

/// The control policies over an entity, level by level, or the one that is asked about. No levels: nothing is limited.
async fn levels(
    snapshot: &dyn Snapshot,
    organization: &OrganizationRecord,
    job: &AccessReportRecord,
) -> Result<Vec<Vec<Policy>>> {
    let keys = OrganizationKeys::of(&organization.id);
    let read = async |id: &str| -> Result<Option<Policy>> {
        let text = match organization::managed(id) {
            Some(policy) => Some(policy.content.to_owned()),
            None => snapshot.record::<OrganizationPolicyRecord>(&keys.policy(id)).await?.map(|record| record.content),
        };
        Ok(text.and_then(|text| Policy::parse(&text, Kind::ServiceControl).ok()))
    };
    if !job.policy.is_empty() {
        let policy = read(&job.policy).await?;
        let missing = || fault::no_such_entity_exception(format!("Policy {} cannot be found.", job.policy));
        return Ok(vec![vec![policy.ok_or_else(missing)?]]);
    }
    if organization.enabling(SERVICE_CONTROL_POLICY).is_none() {
        return Ok(Vec::new());
    }
    let mut levels = Vec::new();
    for target in job.entity_path.split('/').skip(1).filter(|target| !target.is_empty()) {
        let mut level = Vec::new();
        for id in organization::attached(snapshot, organization, target, SERVICE_CONTROL_POLICY).await?.policies {
            level.extend(read(&id).await?);
        }
        levels.push(level);
    }
    Ok(levels)
}

/// Whether every level allows some action of a service and none denies it whole.
fn allowed(levels: &[Vec<Policy>], service: &str) -> bool {
    let whole = |text: &str| text == "*" || text.eq_ignore_ascii_case(&format!("{service}:*"));
    let denies = |policy: &Policy| {
        policy.statements.iter().any(|statement| {
            let resource = statement.resource.as_ref();
            statement.effect == Effect::Deny
                && statement.conditions.is_empty()
                && !statement.action().negated
                && statement.action().entries.iter().any(|action| whole(action.text()))
                && resource.is_none_or(|r| !r.negated && r.entries.iter().any(|entry| entry.text() == "*"))
        })
    };
    levels.iter().all(|level| level.iter().any(|policy| grants(policy, service)) && !level.iter().any(denies))
}

struct Last {
    at: Timestamp,
    region: String,
    path: String,
}

/// The last use of each service by principals of the accounts, and how many accounts used it.
async fn last_uses(cx: &Cx, snapshot: &dyn Snapshot, members: &[Member]) -> Result<Vec<(String, Last, i32)>> {
    let since = tracked_since(cx.now());
    let mut found: Vec<(String, Last, i32)> = Vec::new();
    for Member { account, path } in members {
        let keys = IamKeys::of(*account);
        let mut ids = Vec::new();
        let users = snapshot.records::<UserRecord>(&keys.entities(Entity::User)).await?;
        ids.extend(users.into_iter().map(|(_, user)| user.id));
        let roles = snapshot.records::<RoleRecord>(&keys.entities(Entity::Role)).await?;
        ids.extend(roles.into_iter().map(|(_, role)| role.id));
        let mut seen: Vec<String> = Vec::new();
        for id in ids {
            for used in uses(snapshot, &id).await?.into_iter().filter(|used| used.at >= since) {
                let first = !seen.contains(&used.service);
                if first {
                    seen.push(used.service.clone());
                }
                let last = Last { at: used.at, region: used.region, path: path.clone() };
                match found.iter_mut().find(|(service, ..)| *service == used.service) {
                    None => found.push((used.service, last, 1)),
                    Some((_, known, accounts)) => {
                        *accounts += i32::from(first);
                        if known.at < last.at {
                            *known = last;
                        }
                    }
                }
            }
        }
    }
    Ok(found)
}

fn failed(job: &AccessReportRecord, fault: &Fault) -> GetOrganizationsAccessReportOutput {
    GetOrganizationsAccessReportOutput {
        job_status: JobStatusType::Failed,
        job_creation_date: rows::seconds(job.created),
        job_completion_date: Some(rows::seconds(job.created)),
        error_details: Some(ErrorDetails { message: fault.message().to_owned(), code: fault.kind().code.to_owned() }),
        ..GetOrganizationsAccessReportOutput::default()
    }
}

pub async fn get_organizations_access_report(
    cx: Cx,
    input: GetOrganizationsAccessReportInput,
) -> Result<GetOrganizationsAccessReportOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let job = job(&cx, &input.job_id, true).await?;
    let snapshot = cx.read();
    let organization = match organization_of(&cx, &*snapshot, &job.entity_path).await {
        Ok(organization) => organization,
        Err(fault) => return Ok(failed(&job, &fault)),
    };
    let levels = match levels(&*snapshot, &organization, &job).await {
        Ok(levels) => levels,
        Err(fault) => return Ok(failed(&job, &fault)),
    };
    let uses = last_uses(&cx, &*snapshot, &members(&*snapshot, &job.entity_path).await?).await?;
    let mut details: Vec<AccessDetail> = services::all()
        .filter(|(namespace, _)| allowed(&levels, namespace))
        .map(|(namespace, name)| {
            let used = uses.iter().find(|(service, ..)| service == namespace);
            AccessDetail {
                service_name: name.to_owned(),
                service_namespace: namespace.to_owned(),
                region: used.map(|(_, last, _)| last.region.clone()),
                entity_path: used.map(|(_, last, _)| last.path.clone()),
                last_authenticated_time: used.map(|(_, last, _)| rows::seconds(last.at)),
                total_authenticated_entities: Some(used.map_or(0, |(.., accounts)| *accounts)),
            }
        })
        .collect();
    let accessible = details.len() as i32;
    let idle = details.iter().filter(|detail| detail.last_authenticated_time.is_none()).count() as i32;
    match input.sort_key {
        Some(SortKeyType::ServiceNamespaceDescending) => details.reverse(),
        Some(SortKeyType::LastAuthenticatedTimeAscending) => {
            details.sort_by_key(|detail| detail.last_authenticated_time)
        }
        Some(SortKeyType::LastAuthenticatedTimeDescending) => {
            details.sort_by_key(|detail| Reverse(detail.last_authenticated_time))
        }
        _ => {}
    }
    let numbered = details.into_iter().enumerate().map(|(index, detail)| (format!("{index:06}"), detail)).collect();
    let page = paging.list(numbered, |(number, _): &(String, AccessDetail)| number).map(|(_, detail)| detail);
    Ok(GetOrganizationsAccessReportOutput {
        job_status: JobStatusType::Completed,
        job_creation_date: rows::seconds(job.created),
        job_completion_date: Some(rows::seconds(job.created)),
        number_of_services_accessible: Some(accessible),
        number_of_services_not_accessed: Some(idle),
        is_truncated: page.is_truncated(),
        access_details: Some(page.items),
        marker: page.marker,
        error_details: None,
    })
}
