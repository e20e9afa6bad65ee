//! The text of `operations.rs`: the service's model, its operations, and which input belongs to which.

use super::{
    docs::comment,
    iam::Iam,
    model::{members, required, target, yes},
    names,
    plan::{Plan, doc},
};
use anyhow::{Result, bail};

use serde_json::Value;
use std::fmt::Write;

pub fn text(plan: &Plan, iam: &Iam) -> Result<String> {
    let mut out = String::new();
    model(&mut out, plan)?;
    let _ = write!(out, "\n/// The operations that are built.\npub static OPERATIONS: &[&Operation] = &[");
    for name in &plan.operations {
        let _ = write!(out, "\n    &{},", names::screaming(name));
    }
    out.push_str(if plan.operations.is_empty() { "];\n" } else { "\n];\n" });
    for name in &plan.operations {
        operation(&mut out, plan, iam, name)?;
    }
    let mut head = String::new();
    if !plan.operations.is_empty() {
        let fault = if out.contains("&fault::") { "fault, " } else { "" };
        let _ = writeln!(head, "use super::{{{fault}schemas, shapes}};");
    }
    let names = ["Access", "Iam", "IamResource", "Input", "Model", "Operation", "Protocol", "Style", "Unbuilt"];
    let names: Vec<&str> = names
        .into_iter()
        .filter(|name| [":: ", " {", "::", " for", "]"].iter().any(|after| out.contains(&format!("{name}{after}"))))
        .collect();
    let _ = writeln!(head, "use wire::{{{}}};\n", names.join(", "));
    Ok(head + &out)
}

fn option(value: Option<&str>) -> String {
    value.map_or("None".to_owned(), |value| format!("Some({value:?})"))
}

fn model(out: &mut String, plan: &Plan) -> Result<()> {
    let (config, model) = (plan.config, plan.model);
    let listed = if config.protocols.is_empty() { model.protocols() } else { config.protocols.clone() };
    let mut protocols = Vec::new();
    for protocol in &listed {
        protocols.push(match protocol.as_str() {
            "json-1.0" => "Protocol::Json10",
            "json-1.1" => "Protocol::Json11",
            "query" => "Protocol::Query",
            "ec2" => "Protocol::Ec2",
            "rest-json" => "Protocol::RestJson",
            "rest-xml" => "Protocol::RestXml",
            "cbor" => "Protocol::Cbor",
            other => bail!("`{other}` is not a protocol"),
        });
    }
    let style = match (config.style.as_deref(), protocols.first()) {
        (Some("coral"), _) => "Style::Coral".to_owned(),
        (Some("query"), _) => "Style::Query".to_owned(),
        (Some("rest"), _) => "Style::Rest".to_owned(),
        (None, Some(protocol)) => format!("Style::of({protocol})"),
        (other, _) => bail!("{other:?} is not a style"),
    };
    let text = |key: &str| model.metadata(key);
    let signing = text("signingName").or_else(|| text("endpointPrefix")).unwrap_or_default();
    let _ = writeln!(
        out,
        "/// {}\npub static MODEL: Model = Model {{\n    name: {:?},\n    id: {:?},\n    signing_name: {signing:?},\n    \
         api_version: {:?},\n    protocols: &[{}],\n    target_prefix: {},\n    xml_namespace: {},\n    \
         error_namespace: {},\n    query_compatible: {},\n    style: {style},\n    \
         principal: {:?},\n    unbuilt: &[",
        config.title,
        config.name,
        text("serviceId").unwrap_or_default(),
        text("apiVersion").unwrap_or_default(),
        protocols.join(", "),
        option(text("targetPrefix")),
        option(model.query_metadata("xmlNamespace")),
        option(config.error_namespace.as_deref()),
        model.query_compatible(),
        config.principal,
    );
    for (name, operation) in model.operations().into_iter().filter(|(name, _)| !config.builds(name)) {
        let (method, uri) = (&operation["http"]["method"], unbuilt_uri(plan, operation));
        let refused = option(config.refused.get(name).map(String::as_str));
        let _ =
            writeln!(out, "        Unbuilt {{ name: {name:?}, method: {method}, uri: {uri:?}, refused: {refused} }},");
    }
    out.push_str("    ],\n};\n");
    Ok(())
}

/// The URI with the required query parameters, which a router has to know and finds in no schema.
fn unbuilt_uri(plan: &Plan, operation: &Value) -> String {
    let mut uri = operation["http"]["requestUri"].as_str().unwrap_or_default().to_owned();
    let Ok(shape) = plan.model.shape(target(&operation["input"])) else { return uri };
    for (name, member) in members(shape) {
        if required(shape, name) && member["location"] == "querystring" {
            uri.push(if uri.contains('?') { '&' } else { '?' });
            uri.push_str(member["locationName"].as_str().unwrap_or(name));
        }
    }
    uri
}

fn operation(out: &mut String, plan: &Plan, iam: &Iam, name: &str) -> Result<()> {
    let value = plan.model.operation(name)?;
    let constant = names::screaming(name);
    let http = &value["http"];
    let (method, uri) = (&http["method"], &http["requestUri"]);
    let status = http["responseCode"].as_u64().unwrap_or(200);
    let host_prefix = option(value["endpoint"]["hostPrefix"].as_str());
    let query = plan.model.query_operation(name);
    let wrapper = query.and_then(|query| query["output"]["resultWrapper"].as_str());
    let wrapper = option(wrapper.or_else(|| value["output"]["resultWrapper"].as_str()));
    let mut errors: Vec<String> = value["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| format!("&fault::{}", names::screaming(target(error))))
        .collect();
    errors.sort();
    errors.dedup();
    let auth = |name: &str| value["auth"].as_array().is_some_and(|list| list.iter().any(|auth| auth == name));
    let unsigned = yes(value, "unsignedPayload") || value["authtype"] == "v4-unsigned-body";
    let anonymous = value["authtype"] == "none" || auth("smithy.api#noAuth");
    let missing = option(plan.config.partial.get(name).map(String::as_str));

    out.push('\n');
    out.push_str(&comment(&doc(value), ""));
    let _ = writeln!(
        out,
        "pub static {constant}: Operation = Operation {{\n    model: &MODEL,\n    name: {name:?},\n    \
         method: {method},\n    uri: {uri},\n    status: {status},\n    host_prefix: {host_prefix},\n    \
         input: &schemas::{},\n    output: &schemas::{},\n    result_wrapper: {wrapper},\n    errors: {},\n    \
         unsigned_payload: {unsigned},\n    anonymous: {anonymous},\n    missing: {missing},\n    iam: {},\n}};",
        schema(plan, name, "Input")?,
        schema(plan, name, "Output")?,
        slice(&errors),
        iam.expression(plan.config, name)?,
    );
    let (input, output) = (names::shape(&format!("{name}Input")), names::shape(&format!("{name}Output")));
    let _ = writeln!(
        out,
        "\nimpl Input for shapes::{input} {{\n    const OPERATION: &'static Operation = &{constant};\n    \
         type Output = shapes::{output};\n}}"
    );
    Ok(())
}

fn schema<'a>(plan: &'a Plan, operation: &str, role: &str) -> Result<&'a str> {
    let rust = names::shape(&format!("{operation}{role}"));
    match plan.structures.iter().find(|structure| structure.rust == rust) {
        Some(structure) => Ok(&structure.schema),
        None => bail!("{rust} was not planned"),
    }
}

/// A slice of references, one per line where there are many.
fn slice(items: &[String]) -> String {
    let line = format!("&[{}]", items.join(", "));
    if line.len() < 100 { line } else { format!("&[\n        {},\n    ]", items.join(",\n        ")) }
}
