//! Simulating policies: those of a principal, or any.

use crate::{
    managed::Managed,
    owner::Owner,
    paging::Paging,
    policy_version,
    principal_policies::{self, On},
    role, simulation_context,
    simulator::{Simulation, Source, Who, page},
};
use iam_api::*;
use identity::{Entity, IamKeys, UserRecord};
use kernel::{
    AccountId, Arn, Cx, Result,
    store::{Rows, Snapshot},
};
use lang::policy::{ContextKeys, Kind};
use std::sync::Arc;
use wire::Fault;

fn invalid(message: impl Into<String>) -> Fault {
    fault::invalid_input_exception(message)
}

/// What both operations take.
struct Asked {
    policies: Vec<String>,
    boundaries: Vec<String>,
    actions: Vec<String>,
    resources: Vec<String>,
    resource_policy: Option<String>,
    resource_owner: Option<String>,
    caller: Option<String>,
    entries: Vec<ContextEntry>,
    handling: Option<String>,
}

pub async fn simulate_custom_policy(cx: Cx, input: SimulateCustomPolicyInput) -> Result<SimulateCustomPolicyOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let asked = Asked {
        policies: input.policy_input_list,
        boundaries: input.permissions_boundary_policy_input_list.unwrap_or_default(),
        actions: input.action_names,
        resources: input.resource_arns.unwrap_or_default(),
        resource_policy: input.resource_policy,
        resource_owner: input.resource_owner,
        caller: input.caller_arn,
        entries: input.context_entries.unwrap_or_default(),
        handling: input.resource_handling_option,
    };
    let who = match &asked.caller {
        Some(arn) => caller(&cx, &*cx.read(), arn).await?,
        None => Who::Nobody { account: cx.account().to_string() },
    };
    let results = run(&cx, asked, who, Vec::new(), None, None).await?;
    let page = page(results, &paging);
    Ok(SimulateCustomPolicyOutput {
        is_truncated: page.is_truncated(),
        evaluation_results: Some(page.items),
        marker: page.marker,
    })
}

pub async fn simulate_principal_policy(
    cx: Cx,
    input: SimulatePrincipalPolicyInput,
) -> Result<SimulatePrincipalPolicyOutput> {
    let paging = Paging::of(input.max_items, input.marker.as_deref())?;
    let asked = Asked {
        policies: input.policy_input_list.unwrap_or_default(),
        boundaries: input.permissions_boundary_policy_input_list.unwrap_or_default(),
        actions: input.action_names,
        resources: input.resource_arns.unwrap_or_default(),
        resource_policy: input.resource_policy,
        resource_owner: input.resource_owner,
        caller: input.caller_arn,
        entries: input.context_entries.unwrap_or_default(),
        handling: input.resource_handling_option,
    };
    let snapshot = cx.read();
    let owner = principal_policies::owner_of(&cx, &*snapshot, &input.policy_source_arn).await?;
    let sources = principal_policies::of(&cx, &*snapshot, &owner).await?;
    let sources = sources.into_iter().map(source_of).collect::<Result<Vec<_>>>()?;
    let boundary = match owner.boundary.as_str() {
        "" => None,
        arn => boundary_of(&cx, &*snapshot, arn).await?,
    };
    let who = match &asked.caller {
        Some(arn) => caller(&cx, &*snapshot, arn).await?,
        None => who(&cx, &owner),
    };
    // Organizations user guide: service-linked roles are not restricted by SCPs.
    let controls = cx.cloud().identity().controls(cx.cloud(), cx.account()).await?;
    let controls = Some(controls).filter(|controls| controls.organization.is_some() && !owner.is_service_linked());
    let results = run(&cx, asked, who, sources, boundary, controls).await?;
    let page = page(results, &paging);
    Ok(SimulatePrincipalPolicyOutput {
        is_truncated: page.is_truncated(),
        evaluation_results: Some(page.items),
        marker: page.marker,
    })
}

/// Managed policies by name, inline policies with what they are on before it, as AWS's results have them.
fn source_of(on: On) -> Result<Source> {
    let id = match on.arn {
        Some(_) => on.name,
        None => format!("{}_{}_{}", on.entity.text(), on.owner, on.name),
    };
    Source::parse(id, on.document, Kind::Identity)
}

async fn boundary_of(cx: &Cx, snapshot: &dyn Snapshot, arn: &str) -> Result<Option<Source>> {
    let Some(policy) = Managed::seen(cx, snapshot, arn).await? else { return Ok(None) };
    let versions = policy_version::versions(cx, snapshot, &policy).await?;
    let document = versions.into_iter().find(|version| version.is_default).map(|version| version.record.document);
    let name = policy.name().to_owned();
    document.map(|document| Source::parse(name, document, Kind::PermissionsBoundary)).transpose()
}

fn who(cx: &Cx, owner: &Owner) -> Who {
    let (arn, id, account) = (owner.arn(cx), owner.id.clone(), cx.account().to_string());
    match owner.entity {
        Entity::User => Who::User { arn, id, account },
        Entity::Role => Who::Role { arn, id, account },
        Entity::Group => Who::Nobody { account },
    }
}

/// "You can specify only the ARN of an IAM user." One of another account, or that does not exist, is simulated all the same.
async fn caller(cx: &Cx, snapshot: &dyn Snapshot, arn: &str) -> Result<Who> {
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "iam" && arn.resource.starts_with("user/"));
    let account = parsed.as_ref().and_then(Arn::account_id);
    let (Some(parsed), Some(account)) = (parsed, account) else {
        return Err(invalid(format!("CallerArn {arn} is not the ARN of an IAM user.")));
    };
    let name = parsed.resource.rsplit('/').next().unwrap_or_default();
    let key = IamKeys::of(account).entity(Entity::User, name);
    let user: Option<UserRecord> = match account == cx.account() {
        true => snapshot.record(&key).await?,
        false => None,
    };
    let id = user.map(|user| user.id).unwrap_or_default();
    Ok(Who::User { arn: arn.to_owned(), id, account: account.to_string() })
}

async fn run(
    cx: &Cx,
    asked: Asked,
    who: Who,
    mut policies: Vec<Source>,
    boundary: Option<Source>,
    controls: Option<Arc<kernel::identity::Controls>>,
) -> Result<Vec<EvaluationResult>> {
    // The sentences here are guesses; that these are errors the model's text says.
    if let Some(action) = asked.actions.iter().find(|action| !action.contains(':') || action.contains('*')) {
        return Err(invalid(format!("Invalid action name: {action}")));
    }
    if asked.resource_policy.is_some() && !matches!(who, Who::User { .. }) {
        return Err(invalid("CallerArn must be provided with a ResourcePolicy, and name an IAM user."));
    }
    let resources = if asked.resources.is_empty() { vec!["*".to_owned()] } else { asked.resources };
    if let Some(arn) = resources.iter().find(|arn| *arn != "*" && Arn::parse(arn).is_none()) {
        return Err(invalid(format!("ARN {arn} is not valid.")));
    }
    if let Some(option) = &asked.handling {
        check_handling(option, &resources)?;
    }
    for (index, text) in asked.policies.into_iter().enumerate() {
        policies.push(Source::parse(format!("PolicyInputList.{}", index + 1), text, Kind::Identity)?);
    }
    if asked.boundaries.len() > 1 {
        return Err(invalid("Only one permissions boundary policy can be simulated."));
    }
    // One that is passed takes the place of the principal's own.
    let passed = asked.boundaries.into_iter().next();
    let passed = passed
        .map(|text| Source::parse("PermissionsBoundaryPolicyInputList.1".to_owned(), text, Kind::PermissionsBoundary));
    let resource_policy =
        asked.resource_policy.map(|text| Source::parse("ResourcePolicy".to_owned(), text, Kind::Resource));
    let mut context = ContextKeys::default();
    describe(cx, &who, &mut context).await?;
    simulation_context::add(&mut context, asked.entries)?;
    let simulation = Simulation {
        policies,
        boundary: passed.transpose()?.or(boundary),
        resource_policy: resource_policy.transpose()?,
        owner: asked.resource_owner.map(|owner| account_of(&owner)).transpose()?,
        context,
        controls,
        who,
    };
    Ok(simulation.run(&asked.actions, &resources))
}

/// An account's root ARN, or its id.
fn account_of(owner: &str) -> Result<String> {
    let account = match Arn::parse(owner) {
        Some(arn) => arn.account_id(),
        None => AccountId::parse(owner),
    };
    account.map(|account| account.to_string()).ok_or_else(|| invalid(format!("ResourceOwner {owner} is not valid.")))
}

/// What is known of a principal without being told.
async fn describe(cx: &Cx, who: &Who, context: &mut ContextKeys) -> Result<()> {
    context.set("aws:PrincipalAccount", who.account());
    let (arn, id, kind) = match who {
        Who::User { arn, id, .. } => (arn, id, "User"),
        Who::Role { arn, id, .. } => (arn, id, "AssumedRole"),
        Who::Nobody { .. } => return Ok(()),
    };
    let name = arn.rsplit('/').next().unwrap_or_default();
    context.set("aws:PrincipalArn", arn.as_str()).set("aws:PrincipalType", kind);
    let keys = IamKeys::of(cx.account());
    let tags = if kind == "User" {
        context.set("aws:userid", id.as_str()).set("aws:username", name);
        cx.read().record::<UserRecord>(&keys.entity(Entity::User, name)).await?.map(|user| user.tags)
    } else {
        Some(role::seen(cx, &*cx.read(), name).await?.tags)
    };
    for (key, value) in tags.unwrap_or_default() {
        context.set(format!("aws:PrincipalTag/{key}"), value);
    }
    Ok(())
}

/// The resources that each scenario needs (API reference, `ResourceHandlingOption`).
const SCENARIOS: [(&str, &[&str]); 4] = [
    ("EC2-VPC-InstanceStore", &["instance", "image", "security-group", "network-interface"]),
    ("EC2-VPC-InstanceStore-Subnet", &["instance", "image", "security-group", "network-interface", "subnet"]),
    ("EC2-VPC-EBS", &["instance", "image", "security-group", "network-interface", "volume"]),
    ("EC2-VPC-EBS-Subnet", &["instance", "image", "security-group", "network-interface", "subnet", "volume"]),
];

fn check_handling(option: &str, resources: &[String]) -> Result<()> {
    let Some((_, needed)) = SCENARIOS.iter().find(|(name, _)| *name == option) else {
        return Err(invalid(format!("ResourceHandlingOption {option} is not valid.")));
    };
    let has = |kind: &str| resources.iter().any(|arn| arn.contains(":ec2:") && arn.contains(&format!(":{kind}/")));
    match needed.iter().find(|kind| !has(kind)) {
        Some(kind) => Err(invalid(format!("ResourceHandlingOption {option} needs a resource of type {kind}."))),
        None => Ok(()),
    }
}
