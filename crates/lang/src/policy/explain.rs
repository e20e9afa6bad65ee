//! The same decision, with every statement that was looked at.

use std::fmt;

use super::{Attached, Decision, Effect, Kind, Outcome, Request, Source, decide, matching::outcome};

/// A decision and all it was made of. `Display` tells it line by line.
pub struct Explanation<'a> {
    pub decision: Decision<'a>,
    pub message: String,
    pub looked: Vec<Looked<'a>>,
}

/// One statement and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Looked<'a> {
    pub source: Source<'a>,
    /// Of an SCP or RCP, from 0 at the organization's root.
    pub level: Option<usize>,
    pub effect: Effect,
    pub outcome: Outcome<'a>,
}

/// Decides like [`decide`](super::decide), and looks at every statement even where an earlier one settled the matter.
pub fn explain<'a>(request: &Request<'a>) -> Explanation<'a> {
    let policies = &request.policies;
    let mut looked = Vec::new();
    let mut look = |kind: Kind, level: Option<usize>, attached: &Attached<'a>| {
        for (index, statement) in attached.policy.statements.iter().enumerate() {
            let source =
                Source { kind, name: attached.name, form: attached.form, index, sid: statement.sid.as_deref() };
            looked.push(Looked { source, level, effect: statement.effect, outcome: outcome(statement, request, kind) });
        }
    };
    for (kind, levels) in [(Kind::ResourceControl, policies.rcps), (Kind::ServiceControl, policies.scps)] {
        for (level, attached) in
            levels.iter().enumerate().flat_map(|(level, policies)| policies.iter().map(move |p| (level, p)))
        {
            look(kind, Some(level), attached);
        }
    }
    if let Some(resource) = &policies.resource {
        resource.all().for_each(|attached| look(resource.kind, None, &attached));
    }
    policies.identity.iter().for_each(|attached| look(Kind::Identity, None, attached));
    policies.boundary.iter().for_each(|attached| look(Kind::PermissionsBoundary, None, attached));
    policies.session.iter().for_each(|attached| look(Kind::Session, None, attached));
    let decision = decide(request);
    Explanation { decision, message: decision.message(request), looked }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.decision.is_allowed() {
            f.write_str("Allowed")?;
            match self.decision.source {
                Some(source) => writeln!(f, " by {source}")?,
                None => writeln!(f, ": the root user of the account")?,
            }
        } else {
            writeln!(f, "{}", self.message)?;
        }
        self.looked.iter().try_for_each(|looked| writeln!(f, "  {looked}"))
    }
}

impl fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}, statement {}", self.kind.words(), self.name, self.index)?;
        self.sid.map_or(Ok(()), |sid| write!(f, " ({sid})"))
    }
}

impl fmt::Display for Looked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {} ", self.source, self.effect.text())?;
        match self.outcome {
            Outcome::Applies(_) => f.write_str("applies"),
            Outcome::Action => f.write_str("does not apply: other actions"),
            Outcome::Principal => f.write_str("does not apply: other principals"),
            Outcome::Resource => f.write_str("does not apply: other resources"),
            Outcome::Condition(condition) => {
                write!(f, "does not apply: {} {} does not hold", condition.operator, condition.key)
            }
        }
    }
}
