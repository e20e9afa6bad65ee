//! What is generated for a service: the structures, enums and types that its operations reach, with their Rust names.

use super::{
    config::Config,
    docs,
    members::Member,
    model::{Model, kind, members, target, yes},
    names::{self, Unique},
    reach,
};
use anyhow::{Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A structure or union to generate.
pub struct Structure {
    pub rust: String,
    /// The shape's name in the model; empty where an operation has no such shape.
    pub shape: String,
    /// The name of the schema's static.
    pub schema: String,
    pub union: bool,
    pub doc: String,
    pub members: Vec<Member>,
    pub payload: Option<usize>,
    pub xml_name: Option<String>,
    pub xml_namespace: Option<(String, String)>,
}

pub struct Enum {
    pub rust: String,
    pub shape: String,
    pub doc: String,
    /// Variant and value.
    pub values: Vec<(String, String)>,
}

/// A static of a constrained or composed type: its name and the expression.
pub struct Static {
    pub name: String,
    pub value: String,
}

pub struct Plan<'a> {
    pub config: &'a Config,
    pub model: &'a Model,
    /// The operations to generate, sorted.
    pub operations: Vec<&'a str>,
    /// The exceptions to generate, sorted: of the operations, and those that `service.toml` adds.
    pub exceptions: Vec<String>,
    pub structures: Vec<Structure>,
    pub enums: Vec<Enum>,
    pub types: Vec<Static>,
    /// The Rust names of nested shapes.
    pub rust: BTreeMap<String, String>,
    /// The schema statics of nested structures, and the type statics of everything else that has one.
    pub statics: BTreeMap<String, String>,
    /// The structures on a cycle of direct references, with the number of their cycle.
    pub cycles: BTreeMap<String, usize>,
}

impl<'a> Plan<'a> {
    pub fn of(config: &'a Config, model: &'a Model) -> Result<Plan<'a>> {
        let mut operations: Vec<&str> = model.operations().into_keys().filter(|name| config.builds(name)).collect();
        operations.sort_unstable();
        for name in config.operations.iter().flatten().chain(config.partial.keys()).chain(config.refused.keys()) {
            model.operation(name)?;
        }
        let mut plan = Plan {
            exceptions: exceptions(config, model, &operations)?,
            config,
            model,
            operations,
            structures: Vec::new(),
            enums: Vec::new(),
            types: Vec::new(),
            rust: BTreeMap::new(),
            statics: BTreeMap::new(),
            cycles: BTreeMap::new(),
        };
        plan.build()?;
        Ok(plan)
    }

    fn build(&mut self) -> Result<()> {
        let mut roots = Vec::new();
        for operation in self.operations.clone() {
            let value = self.model.operation(operation)?;
            roots.push((format!("{operation}Input"), value.get("input"), operation));
            roots.push((format!("{operation}Output"), value.get("output"), operation));
        }
        let details: Vec<String> = self.exceptions.iter().filter(|name| self.has_detail(name)).cloned().collect();
        let entries = roots.iter().filter_map(|(_, reference, _)| *reference).map(target);
        let reached = reach::nested(self.model, entries.chain(details.iter().map(String::as_str)))?;
        self.cycles = reach::cycles(self.model, &reached)?;

        let mut types = Unique::default();
        let mut statics = Unique::default();
        for (name, ..) in &roots {
            types.take(names::shape(name));
            statics.take(names::screaming(name));
        }
        self.name_shapes(&reached, &details, &mut types, &mut statics)?;
        for (name, reference, operation) in roots {
            let structure = self.root(&name, reference, operation)?;
            self.structures.push(structure);
        }
        let exceptions: BTreeSet<&String> = details.iter().collect();
        for name in reached.iter().chain(details.iter().filter(|name| !reached.contains(*name))) {
            self.nested(name, exceptions.contains(name))?;
        }
        self.structures.sort_by(|a, b| a.rust.cmp(&b.rust));
        self.types.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(())
    }

    fn name_shapes(
        &mut self,
        reached: &BTreeSet<String>,
        details: &[String],
        types: &mut Unique,
        statics: &mut Unique,
    ) -> Result<()> {
        for name in reached.iter().chain(details.iter().filter(|name| !reached.contains(*name))) {
            let shape = self.model.shape(name)?;
            if (kind(shape) == "structure" && !yes(shape, "document")) || is_enum(shape) {
                self.rust.insert(name.clone(), types.take(names::shape(name)));
            }
            if has_static(shape) {
                self.statics.insert(name.clone(), statics.take(names::screaming(name)));
            }
        }
        Ok(())
    }

    /// The structure of an operation's input or output.
    fn root(&self, name: &str, reference: Option<&Value>, operation: &str) -> Result<Structure> {
        let what = if name.ends_with("Input") { "input" } else { "output" };
        let mut structure = match reference {
            Some(reference) => self.structure(target(reference), names::shape(name), names::screaming(name), false)?,
            None => Structure {
                rust: names::shape(name),
                shape: String::new(),
                schema: names::screaming(name),
                union: false,
                doc: String::new(),
                members: Vec::new(),
                payload: None,
                xml_name: None,
                xml_namespace: None,
            },
        };
        if structure.doc.is_empty() {
            structure.doc = format!("The {what} of {operation}.");
        }
        if let Some(reference) = reference {
            let xml_name = self.model.merged(reference, "locationName").and_then(Value::as_str);
            structure.xml_name = xml_name.map(str::to_owned);
            structure.xml_namespace = self.model.merged(reference, "xmlNamespace").and_then(xml_namespace);
        }
        if what == "output" && self.config.xml_root.contains_key(operation) {
            structure.xml_name = self.config.xml_root.get(operation).cloned();
        }
        Ok(structure)
    }

    fn structure(&self, shape: &str, rust: String, schema: String, exception: bool) -> Result<Structure> {
        let value = self.model.shape(shape)?;
        let union = yes(value, "union") || yes(value, "eventstream");
        let mut fields = Unique::default();
        if union {
            fields.take("Unknown".to_owned());
        }
        let mut list = Vec::new();
        for (name, reference) in members(value) {
            if exception && name.eq_ignore_ascii_case("message") {
                continue;
            }
            list.push(self.member(shape, value, name, reference, &mut fields)?);
        }
        let payload = value["payload"].as_str();
        Ok(Structure {
            rust,
            shape: shape.to_owned(),
            schema,
            union,
            doc: doc(value),
            payload: payload.and_then(|name| list.iter().position(|member| member.name == name)),
            members: list,
            xml_name: value["locationName"].as_str().map(str::to_owned),
            xml_namespace: value.get("xmlNamespace").and_then(xml_namespace),
        })
    }

    fn nested(&mut self, name: &str, exception: bool) -> Result<()> {
        let shape = self.model.shape(name)?;
        if let Some(rust) = self.rust.get(name).cloned() {
            if kind(shape) == "structure" {
                let schema = self.statics[name].clone();
                let structure = self.structure(name, rust, schema, exception)?;
                self.structures.push(structure);
                return Ok(());
            }
            let mut variants = Unique::default();
            variants.take("Unknown".to_owned());
            let values = shape["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let values = values.map(|value| (variants.take(names::variant(value)), value.to_owned())).collect();
            self.enums.push(Enum { rust, shape: name.to_owned(), doc: doc(shape), values });
        }
        if let Some(constant) = self.statics.get(name).cloned() {
            let value = self.type_of(name, shape)?;
            self.types.push(Static { name: constant, value });
        }
        Ok(())
    }

    /// Whether an exception has members beside its message.
    pub fn has_detail(&self, exception: &str) -> bool {
        let shape = self.model.shape(exception).ok();
        shape.is_some_and(|shape| members(shape).any(|(name, _)| !name.eq_ignore_ascii_case("message")))
    }
}

fn exceptions(config: &Config, model: &Model, operations: &[&str]) -> Result<Vec<String>> {
    let mut names: BTreeSet<String> = config.errors.keys().cloned().collect();
    for operation in operations {
        let errors = model.operation(operation)?["errors"].as_array();
        names.extend(errors.into_iter().flatten().map(|error| target(error).to_owned()));
    }
    let mut constants = BTreeSet::new();
    for name in &names {
        if !constants.insert(names::screaming(name)) {
            bail!("two exceptions become {}", names::screaming(name));
        }
    }
    Ok(names.into_iter().collect())
}

/// Whether a shape's type needs a static of its own.
fn has_static(shape: &Value) -> bool {
    match kind(shape) {
        "structure" => !yes(shape, "document"),
        "list" | "map" => true,
        "string" => is_enum(shape) || ["min", "max", "pattern"].iter().any(|key| shape.get(*key).is_some()),
        "integer" | "short" | "byte" | "long" | "blob" => shape.get("min").is_some() || shape.get("max").is_some(),
        _ => false,
    }
}

pub fn is_enum(shape: &Value) -> bool {
    kind(shape) == "string" && shape["enum"].as_array().is_some_and(|values| !values.is_empty())
}

pub fn doc(shape: &Value) -> String {
    docs::sentence(shape["documentation"].as_str().unwrap_or_default())
}

/// (prefix or "", URI)
pub fn xml_namespace(value: &Value) -> Option<(String, String)> {
    if let Some(uri) = value.as_str() {
        return Some((String::new(), uri.to_owned()));
    }
    let uri = value["uri"].as_str()?.to_owned();
    Some((value["prefix"].as_str().unwrap_or_default().to_owned(), uri))
}
