//! When a principal, or who has a policy, last used which service.

use crate::{
    access_report::{begin, job, tracked_since},
    granting::{entity_type, grants},
    managed::{self, Managed},
    owner::Owner,
    paging::Paging,
    policy_list, policy_version, principal_policies,
    records::AccessReportRecord,
    rows,
};
use iam_api::*;
use identity::{Entity, IamKeys, Use, services, uses};
use kernel::{
    Cx, Result,
    store::{Rows, Snapshot},
};
use lang::policy::{Kind, Policy};
use std::collections::BTreeMap;

pub async fn generate_service_last_accessed_details(
    cx: Cx,
    input: GenerateServiceLastAccessedDetailsInput,
) -> Result<GenerateServiceLastAccessedDetailsOutput> {
    // Found now, so that nothing is reported about what is not there.
    Subject::find(&cx, &*cx.read(), &input.arn).await?;
    let actions = input.granularity == Some(AccessAdvisorUsageGranularityType::ActionLevel);
    let record = AccessReportRecord { arn: input.arn, actions, ..AccessReportRecord::default() };
    Ok(GenerateServiceLastAccessedDetailsOutput { job_id: Some(begin(&cx, record).await?) })
}

/// What a report is about: the services that its policies allow, and whose uses count.
struct Subject {
    policies: Vec<Policy>,
    principals: Vec<Principal>,
}

struct Principal {
    owner: Owner,
    arn: String,
    uses: Vec<Use>,
}

impl Subject {
    async fn find(cx: &Cx, snapshot: &dyn Snapshot, arn: &str) -> Result<Subject> {
        let keys = IamKeys::of(cx.account());
        let (texts, owners) = if arn.contains(":policy/") {
            let policy = Managed::seen(cx, snapshot, arn).await?.ok_or_else(|| managed::not_found(arn))?;
            let versions = policy_version::versions(cx, snapshot, &policy).await?;
            let default = versions.into_iter().find(|version| version.is_default);
            let mut owners = Vec::new();
            for (kind, name) in policy_list::entities(snapshot, &keys.attachments(arn)).await? {
                let Some(entity) = Entity::parse(&kind) else { continue };
                let owner = Owner::seen(snapshot, &keys, entity, &name).await?;
                owners.extend(principals_of(snapshot, &keys, owner).await?);
            }
            (default.map(|version| version.record.document).into_iter().collect::<Vec<_>>(), owners)
        } else {
            let owner = principal_policies::owner_of(cx, snapshot, arn).await?;
            let policies = principal_policies::of(cx, snapshot, &owner).await?;
            (policies.into_iter().map(|on| on.document).collect(), principals_of(snapshot, &keys, owner).await?)
        };
        let since = tracked_since(cx.now());
        let mut principals: Vec<Principal> = Vec::new();
        for owner in owners {
            let arn = owner.arn(cx);
            // A user may have a policy by several ways.
            if principals.iter().all(|known| known.arn != arn) {
                let uses = uses(snapshot, &owner.id).await?.into_iter().filter(|used| used.at >= since).collect();
                principals.push(Principal { owner, arn, uses });
            }
        }
        let policies = texts.iter().filter_map(|text| Policy::parse(text, Kind::Identity).ok()).collect();
        Ok(Subject { policies, principals })
    }

    fn allows(&self, service: &str) -> bool {
        self.policies.iter().any(|policy| grants(policy, service))
    }

    /// A service's part of the report.
    fn service(&self, namespace: &str, name: &str, actions: bool) -> ServiceLastAccessed {
        let mut last: Option<(&Principal, &Use)> = None;
        let mut users = 0;
        let mut by_action: BTreeMap<&str, (&Principal, &Use)> = BTreeMap::new();
        for principal in &self.principals {
            let used: Vec<&Use> = principal.uses.iter().filter(|used| used.service == namespace).collect();
            users += i32::from(!used.is_empty());
            for used in used {
                let newer = |known: Option<&(&Principal, &Use)>| known.is_none_or(|(_, known)| known.at < used.at);
                if newer(last.as_ref()) {
                    last = Some((principal, used));
                }
                if newer(by_action.get(used.action.as_str())) {
                    by_action.insert(&used.action, (principal, used));
                }
            }
        }
        let tracked = by_action.into_iter().map(|(action, (principal, used))| TrackedActionLastAccessed {
            action_name: Some(action.to_owned()),
            last_accessed_entity: Some(principal.arn.clone()),
            last_accessed_time: Some(rows::seconds(used.at)),
            last_accessed_region: Some(used.region.clone()),
        });
        ServiceLastAccessed {
            service_name: name.to_owned(),
            service_namespace: namespace.to_owned(),
            last_authenticated: last.map(|(_, used)| rows::seconds(used.at)),
            last_authenticated_entity: last.map(|(principal, _)| principal.arn.clone()),
            last_authenticated_region: last.map(|(_, used)| used.region.clone()),
            total_authenticated_entities: Some(users),
            tracked_actions_last_accessed: actions.then(|| tracked.collect()).filter(|list: &Vec<_>| !list.is_empty()),
        }
    }
}

/// Who acts: users and roles themselves, a group by its users.
async fn principals_of(snapshot: &dyn Snapshot, keys: &IamKeys, owner: Owner) -> Result<Vec<Owner>> {
    if owner.entity != Entity::Group {
        return Ok(vec![owner]);
    }
    let mut users = Vec::new();
    for user in snapshot.names(&keys.users_of(&owner.name)).await? {
        users.push(Owner::seen(snapshot, keys, Entity::User, &user).await?);
    }
    Ok(users)
}

pub async fn get_service_last_accessed_details(
    cx: Cx,
    input: GetServiceLastAccessedDetailsInput,
) -> Result<GetServiceLastAccessedDetailsOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let job = job(&cx, &input.job_id, false).await?;
    let subject = Subject::find(&cx, &*cx.read(), &job.arn).await?;
    let services = services::all().filter(|(namespace, _)| subject.allows(namespace));
    let services = services.map(|(namespace, name)| subject.service(namespace, name, job.actions)).collect();
    let page = paging.list(services, |service: &ServiceLastAccessed| &service.service_namespace);
    Ok(GetServiceLastAccessedDetailsOutput {
        job_status: JobStatusType::Completed,
        job_type: Some(match job.actions {
            true => AccessAdvisorUsageGranularityType::ActionLevel,
            false => AccessAdvisorUsageGranularityType::ServiceLevel,
        }),
        job_creation_date: rows::seconds(job.created),
        job_completion_date: rows::seconds(job.created),
        is_truncated: page.is_truncated(),
        services_last_accessed: page.items,
        marker: page.marker,
        error: None,
    })
}

pub async fn get_service_last_accessed_details_with_entities(
    cx: Cx,
    input: GetServiceLastAccessedDetailsWithEntitiesInput,
) -> Result<GetServiceLastAccessedDetailsWithEntitiesOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let job = job(&cx, &input.job_id, false).await?;
    let subject = Subject::find(&cx, &*cx.read(), &job.arn).await?;
    let namespace = &input.service_namespace;
    let could = subject.allows(namespace);
    let mut details = Vec::new();
    for Principal { owner, arn, uses } in subject.principals.into_iter().filter(|_| could) {
        let last = uses.iter().filter(|used| used.service == *namespace).map(|used| used.at).max();
        // "With the most recent access listed first"; then by name.
        let at = u64::MAX - last.map_or(0, |at| at.0.max(0) as u64);
        // A user and a role may have one name.
        let order = format!("{at:020}{} {}", owner.name, owner.entity.text());
        let entity_info = EntityInfo {
            arn,
            name: owner.name,
            r#type: entity_type(owner.entity),
            id: owner.id,
            path: Some(owner.path),
        };
        details.push((order, EntityDetails { entity_info, last_authenticated: last.map(rows::seconds) }));
    }
    let page = paging.list(details, |(order, _)| order).map(|(_, detail)| detail);
    Ok(GetServiceLastAccessedDetailsWithEntitiesOutput {
        job_status: JobStatusType::Completed,
        job_creation_date: rows::seconds(job.created),
        job_completion_date: rows::seconds(job.created),
        is_truncated: page.is_truncated(),
        entity_details_list: page.items,
        marker: page.marker,
        error: None,
    })
}
