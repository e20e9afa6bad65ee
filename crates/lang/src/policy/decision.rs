//! What was decided and why, and AWS's sentence about it.

use std::fmt::Write;

use super::{Form, Kind, Request, wording};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<'a> {
    pub reason: Reason,
    /// The statement that decided. Implicit denies have none, nor has what the root user may anyway.
    pub source: Option<Source<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// `None`: the root user of the account.
    Allowed(Option<Kind>),
    ExplicitDeny(Kind),
    /// No policy of this kind allows.
    ImplicitDeny(Kind),
}

/// A statement in its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<'a> {
    pub kind: Kind,
    pub name: &'a str,
    pub form: Form,
    /// Of the statement, from 0.
    pub index: usize,
    pub sid: Option<&'a str>,
}

impl Decision<'_> {
    pub fn is_allowed(&self) -> bool {
        matches!(self.reason, Reason::Allowed(_))
    }

    /// The message of AccessDenied, for the request that was decided. Services put it into their own error; EC2 and a few others say
    /// less. IAM user guide, "Troubleshoot access denied error messages".
    pub fn message(&self, request: &Request) -> String {
        let action = wording::action(request.action);
        let mut message = format!("User: {} is not authorized to perform: {action}", request.principal.name());
        if let Some(resource) = request.resource {
            let _ = write!(message, " on resource: {}", wording::resource(request.action, resource));
        }
        let trust = request.policies.resource.is_some_and(|resource| resource.kind == Kind::RoleTrust);
        let _ = match self.reason {
            Reason::Allowed(_) => Ok(()),
            // As STS answers, whatever that page shows: whether there is such a role is nobody's business.
            Reason::ImplicitDeny(_) if trust => Ok(()),
            Reason::ExplicitDeny(kind) => {
                write!(message, " with an explicit deny in {} {}", kind.article(), kind.words())
            }
            Reason::ImplicitDeny(kind) => write!(message, " because no {} allows the {action} action", kind.words()),
        };
        message
    }
}
