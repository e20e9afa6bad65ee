//! The decision over all policies of a request. IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic".

use super::{
    Attached, Decision, Effect, Grant, Kind, Outcome, Principal, Reason, Request, ResourcePolicy, Source,
    document::Service, matching::outcome,
};

/// Decides a request. Looks at no condition key and allocates nothing unless a statement asks for it.
pub fn decide<'a>(request: &Request<'a>) -> Decision<'a> {
    let policies = &request.policies;
    let principal = &request.principal;
    let account = principal.account();
    // The root user has no policies of its own; who has no account has none either.
    let has_policies = account.is_some() && !matches!(principal, Principal::Root { .. });

    let rcps = Levels::look(request, Kind::ResourceControl, policies.rcps);
    let scps = Levels::look(request, Kind::ServiceControl, if account.is_some() { policies.scps } else { &[] });
    let resource_kind = policies.resource.map_or(Kind::Resource, |resource| resource.kind);
    let resource = Tally::look(request, resource_kind, policies.resource.into_iter().flat_map(ResourcePolicy::all));
    let identity = Tally::look(request, Kind::Identity, policies.identity.iter().copied().filter(|_| has_policies));
    // The root user of a member account may come with a task policy, which denies all but the task (STS, AssumeRoot).
    let session = Tally::look(request, Kind::Session, policies.session.iter().copied().filter(|_| account.is_some()));
    let boundary = Tally::look(request, Kind::PermissionsBoundary, policies.boundary.filter(|_| has_policies));

    let denied = [rcps.deny, scps.deny, resource.deny, identity.deny, boundary.deny, session.deny];
    if let Some(source) = denied.into_iter().flatten().next() {
        return Decision { reason: Reason::ExplicitDeny(source.kind), source: Some(source) };
    }
    let implicit = |kind| Decision { reason: Reason::ImplicitDeny(kind), source: None };
    let allowed =
        |source: Option<Source<'a>>| Decision { reason: Reason::Allowed(source.map(|source| source.kind)), source };
    if !rcps.allowed {
        return implicit(Kind::ResourceControl);
    }
    if !scps.allowed {
        return implicit(Kind::ServiceControl);
    }

    let granted = resource.allow.map(|(grant, _)| grant);
    let by_resource = resource.allow.map(|(_, source)| source);
    let by_identity = identity.allow.map(|(_, source)| source);
    let Some(account) = account else {
        return if granted.is_some() { allowed(by_resource) } else { implicit(resource_kind) };
    };
    let same_account = account == request.resource_account;
    let required = policies.resource.is_some_and(|resource| resource.required);
    if !has_policies {
        return match same_account && !required {
            true => allowed(None),
            false if granted.is_some() => allowed(by_resource),
            false => implicit(resource_kind),
        };
    }
    if same_account {
        match granted {
            None if required => return implicit(resource_kind),
            Some(Grant::Requester) => return allowed(by_resource),
            _ => {}
        }
    }
    let behind_session = same_account && granted == Some(Grant::BehindSession);
    if by_identity.is_none() && !behind_session {
        return implicit(Kind::Identity);
    }
    if policies.boundary.is_some() && boundary.allow.is_none() {
        return implicit(Kind::PermissionsBoundary);
    }
    // "If you do not pass a policy, the resulting federated user session has no permissions." STS API reference, GetFederationToken.
    let limited = !policies.session.is_empty() || matches!(principal, Principal::FederatedUser { .. });
    if limited && session.allow.is_none() {
        return implicit(Kind::Session);
    }
    if !same_account && granted.is_none() {
        return implicit(resource_kind);
    }
    allowed(if same_account && !behind_session { by_identity } else { by_resource })
}

/// What the policies of one kind say.
#[derive(Default)]
struct Tally<'a> {
    deny: Option<Source<'a>>,
    /// The most direct one.
    allow: Option<(Grant, Source<'a>)>,
}

impl<'a> Tally<'a> {
    fn look(request: &Request<'a>, kind: Kind, policies: impl IntoIterator<Item = Attached<'a>>) -> Tally<'a> {
        let mut tally = Tally::default();
        let service = Service::of(request.action);
        for attached in policies {
            let statements = &attached.policy.statements;
            if !statements.may_be_about(service) {
                continue;
            }
            for (index, statement) in statements.iter().enumerate() {
                if statement.service.is_some() && statement.service != service {
                    continue;
                }
                let known = tally.allow.is_some_and(|(grant, _)| grant == Grant::Requester);
                if known && statement.effect == Effect::Allow {
                    continue;
                }
                let Outcome::Applies(grant) = outcome(statement, request, kind) else { continue };
                let source =
                    Source { kind, name: attached.name, form: attached.form, index, sid: statement.sid.as_deref() };
                match statement.effect {
                    Effect::Deny => return Tally { deny: Some(source), ..tally },
                    Effect::Allow if tally.allow.is_none_or(|(known, _)| known < grant) => {
                        tally.allow = Some((grant, source))
                    }
                    Effect::Allow => {}
                }
            }
        }
        tally
    }
}

/// What the policies on the way from the root of the organization say: each level must allow. Organizations user guide, "SCP
/// evaluation".
struct Levels<'a> {
    deny: Option<Source<'a>>,
    allowed: bool,
}

impl<'a> Levels<'a> {
    fn look(request: &Request<'a>, kind: Kind, levels: &'a [&'a [Attached<'a>]]) -> Levels<'a> {
        let mut found = Levels { deny: None, allowed: true };
        for level in levels {
            let tally = Tally::look(request, kind, level.iter().copied());
            found.deny = found.deny.or(tally.deny);
            found.allowed &= tally.allow.is_some();
        }
        found
    }
}
