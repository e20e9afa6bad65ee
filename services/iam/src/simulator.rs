//! The policy simulator: the same decision as a call's, with the statements that made it and what it lacked.

use crate::{paging::Page, positions};
use iam_api::{PolicyEvaluationDecisionType as Verdict, *};
use kernel::{Arn, Result, identity::Controls};
use lang::policy::{
    Attached, Context, ContextKeys, Effect, Explanation, Form, Kind, Outcome, Policies, Policy, Principal, Reason,
    Request, ResourcePolicy, explain,
};
use std::sync::Arc;
use wire::Dict;

/// A document of the simulation.
pub struct Source {
    /// How results name it: `PolicyInputList.1`.
    pub id: String,
    pub text: String,
    pub policy: Policy,
}

impl Source {
    pub fn parse(id: String, text: String, kind: Kind) -> Result<Source> {
        let policy = Policy::parse(&text, kind).map_err(|error| {
            // A guess: that it is InvalidInput the model says, the frame is ours.
            fault::invalid_input_exception(format!("{id} is not a valid policy: {}", error.sentence()))
        })?;
        Ok(Source { id, text, policy })
    }
}

/// Who is simulated.
pub enum Who {
    User {
        arn: String,
        id: String,
        account: String,
    },
    Role {
        arn: String,
        id: String,
        account: String,
    },
    /// A group, or nobody in particular: policies only.
    Nobody {
        account: String,
    },
}

impl Who {
    fn principal(&self) -> Principal<'_> {
        match self {
            Who::User { arn, id, account } => Principal::User { account, arn, id },
            Who::Role { arn, id, account } => Principal::RoleSession { account, arn, role_arn: arn, role_id: id },
            Who::Nobody { account } => Principal::User { account, arn: "", id: "" },
        }
    }

    pub fn account(&self) -> &str {
        match self {
            Who::User { account, .. } | Who::Role { account, .. } | Who::Nobody { account } => account,
        }
    }
}

pub struct Simulation {
    pub who: Who,
    pub policies: Vec<Source>,
    pub boundary: Option<Source>,
    pub resource_policy: Option<Source>,
    /// The account of resources whose ARNs name none.
    pub owner: Option<String>,
    pub context: ContextKeys,
    /// Of the simulated principal's organization, where it has one.
    pub controls: Option<Arc<Controls>>,
}

const IDENTITY: &str = "IAM Policy";
const RESOURCE: &str = "Resource Policy";
const BOUNDARY: &str = "boundary";
const RESOURCE_NAME: &str = "resource";

impl Simulation {
    /// Each action on each resource.
    pub fn run(&self, actions: &[String], resources: &[String]) -> Vec<EvaluationResult> {
        let missing = self.missing();
        let pairs = actions.iter().flat_map(|action| resources.iter().map(move |resource| (action, resource)));
        pairs.map(|(action, resource)| self.evaluate(action, resource, &missing)).collect()
    }

    /// The keys that the documents ask for and nobody gave.
    fn missing(&self) -> Vec<String> {
        let mut missing: Vec<String> = Vec::new();
        let documents = self.policies.iter().chain(&self.boundary).chain(&self.resource_policy);
        for key in documents.flat_map(|source| context_keys(&source.policy)) {
            if self.context.get(key).is_none() && !missing.iter().any(|known| known.eq_ignore_ascii_case(key)) {
                missing.push(key.to_owned());
            }
        }
        missing
    }

    fn evaluate(&self, action: &str, resource: &str, missing: &[String]) -> EvaluationResult {
        let names: Vec<String> = (0..self.policies.len()).map(|index| index.to_string()).collect();
        let identity: Vec<Attached> =
            names.iter().zip(&self.policies).map(|(name, source)| attached(name, source)).collect();
        let levels: Vec<Vec<Attached>> = self
            .controls
            .iter()
            .flat_map(|controls| &controls.scps)
            .map(|level| level.iter().map(kernel::identity::Named::attached).collect())
            .collect();
        let levels: Vec<&[Attached]> = levels.iter().map(Vec::as_slice).collect();
        let everything = resource == "*";
        let owner = Arn::parse(resource).map(|arn| arn.account).filter(|account| account.len() == 12);
        let owner = owner.or_else(|| self.owner.clone()).unwrap_or_else(|| self.who.account().to_owned());
        let cross_account = owner != self.who.account();
        let resource_policy = self.resource_policy.as_ref();
        let request = Request {
            principal: self.who.principal(),
            action,
            resource: (!everything).then_some(resource),
            resource_account: &owner,
            context: &self.context,
            policies: Policies {
                identity: &identity,
                boundary: self.boundary.as_ref().map(|source| attached(BOUNDARY, source)),
                resource: resource_policy.map(|source| ResourcePolicy::new(attached(RESOURCE_NAME, source))),
                scps: &levels,
                ..Policies::default()
            },
        };
        let explanation = explain(&request);
        let decision = verdict(&explanation);
        let statements = self.statements(&explanation, &decision);
        let boundary = self.boundary.as_ref().map(|_| PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: Some(of_kind(&explanation, Kind::PermissionsBoundary) == Verdict::Allowed),
        });
        let organization = self.controls.as_ref().map(|controls| OrganizationsDecisionDetail {
            allowed_by_organizations: Some(allowed_by(&explanation, controls.scps.len())),
        });
        let details: Dict<Verdict> = match cross_account {
            true => [
                (IDENTITY.to_owned(), of_kind(&explanation, Kind::Identity)),
                (RESOURCE.to_owned(), of_kind(&explanation, Kind::Resource)),
            ]
            .into_iter()
            .collect(),
            false => Dict::default(),
        };
        let missing = Some(missing.to_vec());
        let specific = (!everything).then(|| ResourceSpecificResult {
            eval_resource_name: resource.to_owned(),
            eval_resource_decision: decision.clone(),
            matched_statements: Some(statements.clone()),
            missing_context_values: missing.clone(),
            eval_decision_details: cross_account.then(|| details.clone()),
            permissions_boundary_decision_detail: boundary.clone(),
        });
        EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: Some(resource.to_owned()),
            eval_decision: decision,
            matched_statements: Some(statements),
            missing_context_values: if everything { missing } else { Some(Vec::new()) },
            organizations_decision_detail: organization,
            permissions_boundary_decision_detail: boundary,
            eval_decision_details: (!everything).then_some(details),
            resource_specific_results: specific.map(|result| vec![result]),
        }
    }

    /// "The deny statement is the only entry included in the result"; what is denied by nothing has none.
    fn statements(&self, explanation: &Explanation, decision: &Verdict) -> Vec<Statement> {
        let effect = match decision {
            Verdict::Allowed => Effect::Allow,
            Verdict::ExplicitDeny => Effect::Deny,
            _ => return Vec::new(),
        };
        let mut found = Vec::new();
        for looked in &explanation.looked {
            // A boundary allows nothing by itself.
            let counts = effect == Effect::Deny || looked.source.kind != Kind::PermissionsBoundary;
            if looked.effect != effect || !counts || !matches!(looked.outcome, Outcome::Applies(_)) {
                continue;
            }
            let (source, kind) = match looked.source.kind {
                Kind::Identity => (self.policies.get(looked.source.name.parse().unwrap_or(usize::MAX)), IDENTITY),
                Kind::PermissionsBoundary => (self.boundary.as_ref(), "IAM Permissions Boundary Policy"),
                Kind::Resource => (self.resource_policy.as_ref(), RESOURCE),
                _ => (None, ""),
            };
            let Some(source) = source else { continue };
            let place = positions::statements(&source.text).into_iter().nth(looked.source.index);
            let (begin, end) = place.map_or((None, None), |(begin, end)| (Some(begin), Some(end)));
            found.push(Statement {
                source_policy_id: Some(source.id.clone()),
                // AWS answers these words, which are not among the model's.
                source_policy_type: Some(kind.into()),
                start_position: begin,
                end_position: end,
            });
        }
        found
    }
}

/// The condition keys of a document, in its order.
pub fn context_keys(policy: &Policy) -> impl Iterator<Item = &str> {
    policy.statements.iter().flat_map(lang::policy::Statement::context_keys)
}

fn attached<'a>(name: &'a str, source: &'a Source) -> Attached<'a> {
    Attached { name, form: Form::Inline, policy: &source.policy }
}

fn verdict(explanation: &Explanation) -> Verdict {
    match explanation.decision.reason {
        Reason::Allowed(_) => Verdict::Allowed,
        Reason::ExplicitDeny(_) => Verdict::ExplicitDeny,
        Reason::ImplicitDeny(_) => Verdict::ImplicitDeny,
    }
}

fn applies(explanation: &Explanation, kind: Kind, level: Option<usize>, effect: Effect) -> bool {
    explanation.looked.iter().any(|looked| {
        looked.source.kind == kind
            && looked.effect == effect
            && looked.level == level
            && matches!(looked.outcome, Outcome::Applies(_))
    })
}

/// What the policies of one kind say by themselves.
fn of_kind(explanation: &Explanation, kind: Kind) -> Verdict {
    match () {
        () if applies(explanation, kind, None, Effect::Deny) => Verdict::ExplicitDeny,
        () if applies(explanation, kind, None, Effect::Allow) => Verdict::Allowed,
        () => Verdict::ImplicitDeny,
    }
}

fn allowed_by(explanation: &Explanation, levels: usize) -> bool {
    (0..levels).map(Some).all(|level| {
        applies(explanation, Kind::ServiceControl, level, Effect::Allow)
            && !applies(explanation, Kind::ServiceControl, level, Effect::Deny)
    })
}

/// A page of results, which have no names: by their number.
pub fn page(results: Vec<EvaluationResult>, paging: &crate::paging::Paging) -> Page<EvaluationResult> {
    let numbered = results.into_iter().enumerate().map(|(index, result)| (format!("{index:08}"), result)).collect();
    paging.list(numbered, |(number, _): &(String, EvaluationResult)| number).map(|(_, result)| result)
}
