//! The last decisions, for whoever asks why (`GET /_nephele/explain/{request-id}`).
//!
//! Kept in memory: an explanation is asked for minutes after, not days. The root user within its account is not decided
//! about, so it is not here either.

use crate::Cx;
use lang::policy::{Decision, Explanation, Kind, Reason, Request};
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};
use wire::{Json, TimeFormat, Timestamp};

/// Decisions kept, of each kind.
const KEPT: usize = 1_000;

#[derive(Default)]
pub struct Decisions {
    denied: Mutex<VecDeque<Decided>>,
    allowed: Mutex<VecDeque<Decided>>,
}

/// What was decided about one action on one resource.
#[derive(Clone, Debug)]
pub struct Decided {
    pub request_id: String,
    pub at: Timestamp,
    /// The caller's ARN, or what stands for one.
    pub principal: String,
    pub action: String,
    pub resource: String,
    pub verdict: Verdict,
}

#[derive(Clone, Debug)]
pub enum Verdict {
    /// By this statement; `None`: by being the account's root user.
    Allowed(Option<String>),
    Denied {
        /// As the client was told.
        message: String,
        /// Every statement that was looked at, and what came of it.
        looked: Vec<String>,
        /// What would have to change.
        remedy: String,
    },
}

impl Decided {
    fn new(cx: &Cx, request: &Request, verdict: Verdict) -> Decided {
        Decided {
            request_id: cx.request().id.clone(),
            at: cx.now(),
            principal: request.principal.name().to_owned(),
            action: request.action.to_owned(),
            resource: request.resource.unwrap_or("*").to_owned(),
            verdict,
        }
    }

    pub(super) fn of(cx: &Cx, request: &Request, explanation: &Explanation) -> Decided {
        let verdict = Verdict::Denied {
            message: explanation.message.clone(),
            looked: explanation.looked.iter().map(ToString::to_string).collect(),
            remedy: remedy(request, &explanation.decision),
        };
        Decided::new(cx, request, verdict)
    }

    pub fn to_json(&self) -> Json {
        let mut members: Vec<(String, Json)> = vec![
            ("requestId".into(), self.request_id.as_str().into()),
            ("time".into(), self.at.format(TimeFormat::Iso8601).into()),
            ("principal".into(), self.principal.as_str().into()),
            ("action".into(), self.action.as_str().into()),
            ("resource".into(), self.resource.as_str().into()),
            ("allowed".into(), matches!(self.verdict, Verdict::Allowed(_)).into()),
        ];
        match &self.verdict {
            Verdict::Allowed(by) => {
                members.push(("by".into(), by.as_deref().unwrap_or("being the root user of the account").into()))
            }
            Verdict::Denied { message, looked, remedy } => members.extend([
                ("message".to_owned(), message.as_str().into()),
                ("looked".to_owned(), Json::List(looked.iter().map(|line| line.as_str().into()).collect())),
                ("remedy".to_owned(), remedy.as_str().into()),
            ]),
        }
        Json::Object(members)
    }
}

/// What would have allowed a denied request.
fn remedy(request: &Request, decision: &Decision) -> String {
    let action = request.action;
    let resource = request.resource.unwrap_or("*");
    let statement = format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#);
    let who = request.principal.name();
    match decision.reason {
        Reason::Allowed(_) => String::new(),
        Reason::ExplicitDeny(_) => match decision.source {
            Some(source) => format!("An explicit deny cannot be outweighed: change {source}."),
            None => "An explicit deny cannot be outweighed.".to_owned(),
        },
        Reason::ImplicitDeny(Kind::Identity) => {
            format!("A policy attached to {who}, or to a group of it, with {statement}.")
        }
        Reason::ImplicitDeny(Kind::PermissionsBoundary) => {
            format!("A permissions boundary of {who} that has {statement} too.")
        }
        Reason::ImplicitDeny(Kind::Session) => format!("A session policy of {who} that has {statement} too."),
        Reason::ImplicitDeny(Kind::ServiceControl) => {
            format!(
                "Service control policies with {statement} on every level from the organization's root to the account."
            )
        }
        Reason::ImplicitDeny(Kind::ResourceControl) => {
            format!(
                "Resource control policies with {statement} on every level from the organization's root to the account that owns the resource."
            )
        }
        Reason::ImplicitDeny(Kind::RoleTrust) => {
            format!("A statement in the role's trust policy that allows {action} to {who}.")
        }
        Reason::ImplicitDeny(_) => format!("A statement in the policy of {resource} that allows {action} to {who}."),
    }
}

impl Decisions {
    pub(super) fn allowed(&self, cx: &Cx, request: &Request, decision: &Decision) {
        let by = decision.source.map(|source| source.to_string());
        keep(&self.allowed, Decided::new(cx, request, Verdict::Allowed(by)));
    }

    pub(super) fn denied(&self, decided: Decided) {
        keep(&self.denied, decided);
    }

    /// What was decided for a request, in order; the denials last, as nothing comes after them.
    pub fn of(&self, request_id: &str) -> Vec<Decided> {
        let pick = |ring: &Mutex<VecDeque<Decided>>| {
            let ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
            ring.iter().filter(|decided| decided.request_id == request_id).cloned().collect::<Vec<_>>()
        };
        let mut found = pick(&self.allowed);
        found.extend(pick(&self.denied));
        found
    }
}

fn keep(ring: &Mutex<VecDeque<Decided>>, decided: Decided) {
    let mut ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
    if ring.len() >= KEPT {
        ring.pop_front();
    }
    ring.push_back(decided);
}
