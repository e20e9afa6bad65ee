//! Who is who, and why something is allowed or not.

use super::{Answer, Refusal};
use http::StatusCode;
use kernel::{Cloud, Region, authorise::Decided, credentials, identity::Account, used};
use std::collections::{BTreeMap, BTreeSet};
use wire::{Json, TimeFormat, Timestamp};

/// What was decided for a request, and why.
pub(super) fn explain(cloud: &Cloud, request_id: &str) -> Answer {
    let decided = cloud.decisions(request_id);
    if decided.is_empty() {
        return Err(Refusal(
            StatusCode::NOT_FOUND,
            "No decision about such a request is remembered. The last 1,000 that were allowed and the last 1,000 that \
             were denied are; nothing is decided about root users within their own accounts."
                .to_owned(),
        ));
    }
    let decisions = decided.iter().map(Decided::to_json).collect();
    Ok(Json::Object(vec![("decisions".to_owned(), Json::List(decisions))]))
}

/// Whose an access key is, and the names of the policies over its bearer.
pub(super) async fn whoami(cloud: &Cloud, access_key: &str) -> Answer {
    let bearer = cloud.identity().bearer(cloud, access_key, Region::DEFAULT).await?;
    let Some(bearer) = bearer else {
        return Err(Refusal(StatusCode::NOT_FOUND, format!("The access key '{access_key}' is nobody's.")));
    };
    let caller = &bearer.caller;
    let grants = &caller.grants;
    let names = |policies: &[kernel::identity::Named]| {
        Json::List(policies.iter().map(|policy| Json::from(&*policy.name)).collect())
    };
    let mut members: Vec<(String, Json)> = vec![
        ("arn".into(), caller.arn(Region::DEFAULT).into()),
        ("account".into(), caller.account.to_string().into()),
        ("userId".into(), caller.user_id().into()),
        ("type".into(), caller.kind_name().into()),
        ("policies".into(), names(&grants.identity)),
    ];
    if let Some(boundary) = &grants.boundary {
        members.push(("boundary".into(), Json::from(&*boundary.name)));
    }
    if !grants.session.is_empty() {
        members.push(("sessionPolicies".into(), names(&grants.session)));
    }
    if let Some(organization) = &grants.controls.organization {
        members.push(("organization".into(), organization.as_str().into()));
        let levels = grants.controls.scps.iter().map(|level| names(level)).collect();
        members.push(("serviceControlPolicies".into(), Json::List(levels)));
    }
    if let Some(session) = &caller.session {
        members.push(("expires".into(), session.expires.format(TimeFormat::Iso8601).into()));
        members.push(("expired".into(), (session.expires <= cloud.clock().now()).into()));
        members.push(("mfa".into(), session.mfa_at.is_some().into()));
    }
    Ok(Json::Object(members))
}

/// The accounts that are known by more than their number, with their root keys.
pub(super) async fn accounts(cloud: &Cloud) -> Answer {
    let known = cloud.identity().accounts(cloud).await?;
    let render = |account: Account| {
        Json::Object(vec![
            ("id".into(), account.id.to_string().into()),
            ("name".into(), account.name.into()),
            ("email".into(), account.email.into()),
            ("state".into(), account.state.into()),
            ("organization".into(), account.organization.into()),
            ("accessKeyId".into(), account.id.to_string().into()),
            ("secretAccessKey".into(), credentials::ROOT_SECRET.into()),
        ])
    };
    Ok(Json::Object(vec![("accounts".to_owned(), Json::List(known.into_iter().map(render).collect()))]))
}

/// The smallest policy that allows what a principal really did since an instant.
pub(super) async fn suggest(cloud: &Cloud, query: &str) -> Answer {
    let decoded = |name: &str| wire::query::find(query, name).map(|value| value.into_owned());
    let principal = decoded("principal").ok_or_else(|| Refusal::bad("`principal` is missing: an ARN."))?;
    let since = match decoded("since") {
        None => Timestamp(i64::MIN),
        Some(text) => Timestamp::parse(&text)
            .ok_or_else(|| Refusal::bad(format!("'{text}' is no instant like 2026-01-31T12:00:00Z.")))?,
    };
    let Some(id) = cloud.identity().entity_id(cloud, &principal).await? else {
        return Err(Refusal(StatusCode::NOT_FOUND, format!("There is no user or role '{principal}'.")));
    };
    cloud.flush().await?;
    let mut resources_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for used in used::actions(&*cloud.engine().snapshot(), &id).await?.into_iter().filter(|used| used.last.at >= since)
    {
        resources_of.entry(used.action).or_default().insert(used.resource);
    }
    // Actions on the same resources share a statement.
    let mut actions_on: BTreeMap<BTreeSet<String>, Vec<String>> = BTreeMap::new();
    for (action, resources) in resources_of {
        actions_on.entry(resources).or_default().push(action);
    }
    let list = |texts: Vec<String>| Json::List(texts.into_iter().map(Json::from).collect());
    let statements = actions_on.into_iter().map(|(resources, actions)| {
        Json::Object(vec![
            ("Effect".into(), "Allow".into()),
            ("Action".into(), list(actions)),
            ("Resource".into(), list(resources.into_iter().collect())),
        ])
    });
    Ok(Json::Object(vec![
        ("Version".into(), "2012-10-17".into()),
        ("Statement".into(), Json::List(statements.collect())),
    ]))
}
