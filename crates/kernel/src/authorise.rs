//! The stage that asks the policy language whether a call may go on.

use crate::{AccountId, CallerKind, Cx, service::Result};
use wire::{Operation, Shape, View, common};

/// What an operation acts on.
#[derive(Clone, Debug)]
pub struct Target {
    /// ARNs of the resources; `*` where the action has none.
    pub resources: Vec<String>,
    /// The account that owns them.
    pub account: AccountId,
}

/// Fills the operation's generated ARN template from the input's members of the same names.
pub fn templated(cx: &Cx, operation: &Operation, input: &dyn Shape) -> Target {
    let resources = operation.iam.resources.iter().filter_map(|resource| fill(cx, resource.arn, input));
    let mut resources: Vec<String> = resources.collect();
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    Target { resources, account: cx.account() }
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

pub(crate) async fn authorise(cx: &Cx, operation: &'static Operation, input: &dyn Shape) -> Result<()> {
    if operation.iam.action.is_empty() || matches!(cx.caller().kind, CallerKind::Root) {
        return Ok(());
    }
    let _ = input;
    Err(common::access_denied("User is not authorized"))
}
