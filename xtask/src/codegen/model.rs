//! A botocore service model, as far as generation reads it.

use super::config::Config;
use super::sources::Sources;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// The model and, for a service that left the Query protocol, the old model that still has its names.
pub struct Model {
    value: Value,
    query: Option<Value>,
}

impl Model {
    pub fn load(config: &Config, sources: &Sources) -> Result<Model> {
        let query = match &config.query_model {
            Some(query) => Some(sources.model(&query.botocore, &query.model)?),
            None => None,
        };
        let mut value = sources.model(&sources.botocore, &config.model)?;
        for name in &config.unions {
            let shape = value["shapes"].get_mut(name).with_context(|| format!("the model has no shape {name}"))?;
            shape["union"] = Value::Bool(true);
        }
        for path in &config.optional {
            make_optional(&mut value, path).with_context(|| format!("the model does not require {path}"))?;
        }
        Ok(Model { value, query })
    }

    #[cfg(test)]
    pub fn of(value: Value, query: Option<Value>) -> Model {
        Model { value, query }
    }

    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.value["metadata"][key].as_str()
    }

    /// A metadatum of the old Query model, or else of the model.
    pub fn query_metadata(&self, key: &str) -> Option<&str> {
        self.query.as_ref().and_then(|query| query["metadata"][key].as_str()).or_else(|| self.metadata(key))
    }

    pub fn query_compatible(&self) -> bool {
        self.value["metadata"].get("awsQueryCompatible").is_some()
    }

    /// The names of the protocols as `service.toml` writes them.
    pub fn protocols(&self) -> Vec<String> {
        let metadata = &self.value["metadata"];
        let listed = metadata["protocols"].as_array().cloned().unwrap_or_else(|| vec![metadata["protocol"].clone()]);
        let name = |protocol: &Value| match protocol.as_str().unwrap_or_default() {
            "json" => format!("json-{}", metadata["jsonVersion"].as_str().unwrap_or("1.0")),
            "smithy-rpc-v2-cbor" => "cbor".to_owned(),
            other => other.to_owned(),
        };
        listed.iter().map(name).collect()
    }

    /// All operations by name.
    pub fn operations(&self) -> BTreeMap<&str, &Value> {
        let operations = self.value["operations"].as_object();
        operations.into_iter().flatten().map(|(name, operation)| (name.as_str(), operation)).collect()
    }

    pub fn operation(&self, name: &str) -> Result<&Value> {
        self.value["operations"].get(name).with_context(|| format!("the model has no operation {name}"))
    }

    pub fn query_operation(&self, name: &str) -> Option<&Value> {
        self.query.as_ref().unwrap_or(&self.value)["operations"].get(name)
    }

    pub fn shape(&self, name: &str) -> Result<&Value> {
        self.value["shapes"].get(name).with_context(|| format!("the model has no shape {name}"))
    }

    /// The shape of the old Query model, where there is one that knows it.
    pub fn old_shape(&self, name: &str) -> Option<&Value> {
        self.query.as_ref()?["shapes"].get(name)
    }

    /// The shape that the Query protocol's names come from.
    pub fn query_shape(&self, name: &str) -> Option<&Value> {
        self.old_shape(name).or_else(|| self.value["shapes"].get(name))
    }

    /// A trait of a reference, or else of the shape it refers to: botocore merges the two in this order.
    pub fn merged<'a>(&'a self, reference: &'a Value, key: &str) -> Option<&'a Value> {
        reference.get(key).or_else(|| self.value["shapes"].get(reference["shape"].as_str()?)?.get(key))
    }

    /// As [`Model::merged`], in the old Query model for a reference of it.
    pub fn query_merged<'a>(&'a self, reference: &'a Value, key: &str) -> Option<&'a Value> {
        reference.get(key).or_else(|| self.query_shape(reference["shape"].as_str()?)?.get(key))
    }
}

/// The name of the shape that a reference refers to.
pub fn target(reference: &Value) -> &str {
    reference["shape"].as_str().unwrap_or_default()
}

pub fn kind(shape: &Value) -> &str {
    shape["type"].as_str().unwrap_or_default()
}

/// The members of a structure in the model's order.
pub fn members(shape: &Value) -> impl Iterator<Item = (&str, &Value)> {
    shape["members"].as_object().into_iter().flatten().map(|(name, member)| (name.as_str(), member))
}

pub fn yes(shape: &Value, key: &str) -> bool {
    shape.get(key).and_then(Value::as_bool).unwrap_or(false)
}

pub fn required(shape: &Value, member: &str) -> bool {
    shape["required"].as_array().is_some_and(|names| names.iter().any(|name| name == member))
}

/// `Shape.Member` is no longer required.
fn make_optional(model: &mut Value, path: &str) -> Option<()> {
    let (shape, member) = path.split_once('.')?;
    let required = model["shapes"].get_mut(shape)?["required"].as_array_mut()?;
    let at = required.iter().position(|name| name == member)?;
    required.remove(at);
    Some(())
}
