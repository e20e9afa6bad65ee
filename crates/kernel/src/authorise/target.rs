//! What an operation acts on.

use crate::{AccountId, Cx};
use lang::policy::{ContextKeys, Policy};
use std::sync::Arc;
use wire::{Operation, Shape, View};

#[derive(Clone, Debug)]
pub struct Target {
    /// ARNs of the resources; `*` where the action has none.
    pub resources: Vec<Arc<str>>,
    /// The action, where it is another than the operation's: of a version that the input names.
    pub action: Option<&'static str>,
    /// Actions that are asked for as well: of what is made with tags, that of tagging it.
    pub also: &'static [&'static str],
    /// The account that owns them.
    pub account: AccountId,
    /// The resource's policy, as JSON.
    pub policy: Option<Arc<str>>,
    pub policy_kind: PolicyKind,
    /// Statements that stand beside the policy: the grants of KMS keys.
    pub beside: Option<Arc<Policy>>,
    /// The resource's tags, for `aws:ResourceTag`.
    pub tags: Vec<(String, String)>,
    /// The service's own condition keys.
    pub keys: ContextKeys,
}

/// What a resource's policy is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyKind {
    /// It grants on its own; without one, identity policies decide.
    #[default]
    Grants,
    /// A role's trust policy: nobody may who is not in it, the root user neither.
    Trust,
    /// As that, of a resource: the policies of KMS keys.
    Required,
}

impl Target {
    /// Of this account, without policy, tags and keys.
    pub fn of(account: AccountId, resources: Vec<Arc<str>>) -> Target {
        Target {
            resources,
            action: None,
            also: &[],
            account,
            policy: None,
            policy_kind: PolicyKind::Grants,
            beside: None,
            tags: Vec::new(),
            keys: ContextKeys::default(),
        }
    }
}

/// Whether the input has tags for something new. Who makes it must be allowed to tag it, too.
pub fn has_tags(input: &dyn Shape) -> bool {
    let schema = input.schema();
    let Some(tags) = schema.index("Tags").or_else(|| schema.index("tags")) else { return false };
    match input.get(tags) {
        View::List(list) => !list.is_empty(),
        View::Map(map) => !map.is_empty(),
        _ => false,
    }
}

/// Fills the operation's generated ARN template from the input's members of the same names.
pub fn templated(cx: &Cx, operation: &Operation, input: &dyn Shape) -> Target {
    let resources = operation.iam.resources.iter().filter_map(|resource| fill(cx, resource.arn, input));
    let mut resources: Vec<Arc<str>> = resources.map(Arc::from).collect();
    if resources.is_empty() {
        resources.push("*".into());
    }
    Target::of(cx.account(), resources)
}

/// `None` where the input has no value for a variable of the template.
fn fill(cx: &Cx, template: &str, input: &dyn Shape) -> Option<String> {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, after) = after.split_once('}')?;
        out.push_str(before);
        match variable {
            "Partition" => out.push_str(cx.region().partition()),
            "Region" => out.push_str(cx.region().as_str()),
            "Account" => out.push_str(&cx.account().to_string()),
            name => {
                let View::Str(value) = input.get(input.schema().index(name)?) else { return None };
                out.push_str(value);
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}
