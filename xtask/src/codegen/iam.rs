//! The authorisation facts of operations, from the IAM data package.

use super::{config::Config, model::Model, sources::Sources};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{collections::BTreeSet, fmt::Write};

/// The data of one service prefix.
pub struct Iam {
    prefix: String,
    actions: Value,
    resources: Value,
}

impl Iam {
    pub fn load(config: &Config, model: &Model, sources: &Sources) -> Result<Iam> {
        let signing = model.metadata("signingName").or_else(|| model.metadata("endpointPrefix"));
        let prefix = config.iam.prefix.as_deref().or(signing).context("the model has no endpointPrefix")?.to_owned();
        let actions = sources.iam(&format!("actions/{prefix}.json"))?;
        let resources = sources.iam(&format!("resourceTypes/{prefix}.json"))?;
        Ok(Iam { prefix, actions, resources })
    }

    /// Knows no actions; every operation then asks for no permission.
    pub fn none() -> Iam {
        Iam { prefix: String::new(), actions: Value::Null, resources: Value::Null }
    }

    #[cfg(test)]
    pub fn of(prefix: &str, actions: Value, resources: Value) -> Iam {
        Iam { prefix: prefix.to_owned(), actions, resources }
    }

    /// The `wire::Iam` expression of an operation, indented as a field of it.
    pub fn expression(&self, config: &Config, operation: &str) -> Result<String> {
        let none = self.actions.is_null().then_some("");
        let action = match none.or_else(|| config.iam.actions.get(operation).map(String::as_str)) {
            Some("") => {
                return Ok("Iam { action: \"\", access: Access::Read, resources: &[], condition_keys: &[] }".to_owned());
            }
            Some(action) => action.strip_prefix(&format!("{}:", self.prefix)).unwrap_or(action),
            None => operation,
        };
        let Some(data) = self.actions.get(action.to_ascii_lowercase()) else {
            bail!("the IAM data has no {}:{action}: map {operation} to its action in [iam]", self.prefix);
        };
        let name = data["name"].as_str().unwrap_or(action);
        // "Permissions management, Write": the first is the more specific one.
        let access = match data["accessLevel"].as_str().unwrap_or_default().split(',').next() {
            Some("Read") => "Read",
            Some("List") => "List",
            Some("Write") => "Write",
            Some("Tagging") => "Tagging",
            Some("Permissions management") => "PermissionsManagement",
            other => bail!("{name} has the access level {other:?}"),
        };
        let mut out = String::new();
        let _ = write!(out, "Iam {{\n        action: \"{}:{name}\",\n        access: Access::{access},\n", self.prefix);
        out.push_str("        resources: &[");
        let resources = data["resourceTypes"].as_array();
        for resource in resources.into_iter().flatten() {
            let _ = write!(out, "\n            {},", self.resource(resource)?);
        }
        out.push_str(if resources.is_some_and(|list| !list.is_empty()) { "\n        ],\n" } else { "],\n" });
        let _ = writeln!(out, "        condition_keys: {},", keys([&data["conditionKeys"]]));
        out.push_str("    }");
        Ok(out)
    }

    fn resource(&self, reference: &Value) -> Result<String> {
        let name = reference["name"].as_str().context("a resource type without a name")?;
        let data = self.resources.get(name.to_ascii_lowercase()).or_else(|| self.resources.get(name));
        let data = data.with_context(|| format!("the IAM data has no resource type {name}"))?;
        let arn = data["arn"].as_str().unwrap_or_default();
        let required = reference["required"].as_bool().unwrap_or(false);
        let keys = keys([&reference["conditionKeys"], &data["conditionKeys"]]);
        Ok(format!("IamResource {{ name: {name:?}, arn: {arn:?}, required: {required}, condition_keys: {keys} }}"))
    }
}

fn keys<const N: usize>(lists: [&Value; N]) -> String {
    let all = lists.iter().filter_map(|list| list.as_array()).flatten().filter_map(Value::as_str);
    let sorted: BTreeSet<&str> = all.collect();
    let quoted: Vec<String> = sorted.iter().map(|key| format!("{key:?}")).collect();
    format!("&[{}]", quoted.join(", "))
}
