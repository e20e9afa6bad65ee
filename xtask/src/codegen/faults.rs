//! The text of `fault.rs`: the exceptions and their constructors.

use super::{
    docs::comment,
    model::members,
    names,
    plan::{Plan, doc},
};
use anyhow::Result;
use serde_json::Value;
use std::fmt::Write;

pub fn text(plan: &Plan) -> Result<String> {
    let mut out = String::new();
    if !plan.exceptions.is_empty() {
        out.push_str("use wire::{ErrorKind, Fault};\n");
    }
    for name in &plan.exceptions {
        exception(&mut out, plan, name);
    }
    Ok(out)
}

fn exception(out: &mut String, plan: &Plan, name: &str) {
    let shape = plan.model.shape(name).unwrap_or(&Value::Null);
    let error = &shape["error"];
    let query = plan.model.query_shape(name).map_or(&Value::Null, |shape| &shape["error"]);
    let config = plan.config.errors.get(name);
    let code = config.and_then(|config| config.code.as_deref());
    let code = code.or_else(|| query["code"].as_str()).or_else(|| error["code"].as_str()).unwrap_or(name);
    let fault = shape["fault"].as_bool().or_else(|| shape["error"]["fault"].as_bool()).unwrap_or(false);
    let status = config.and_then(|config| config.status.map(u64::from));
    let status = status.or_else(|| error["httpStatusCode"].as_u64()).or_else(|| query["httpStatusCode"].as_u64());
    let status = status.unwrap_or(if fault { 500 } else { 400 });
    let sender = error["senderFault"].as_bool().or_else(|| query["senderFault"].as_bool());
    let sender = sender.unwrap_or(status < 500);
    let message = members(shape).map(|(name, _)| name).find(|name| name.eq_ignore_ascii_case("message"));
    let message = message.unwrap_or("message");

    let constant = names::screaming(name);
    let _ = writeln!(
        out,
        "\npub static {constant}: ErrorKind =\n    ErrorKind {{ name: {name:?}, code: {code:?}, status: {status}, \
         sender: {sender}, message: {message:?} }};\n"
    );
    out.push_str(&comment(&doc(shape), ""));
    let function = names::snake(name);
    if plan.has_detail(name) {
        let detail = &plan.rust[name];
        let _ = writeln!(
            out,
            "pub fn {function}(message: impl Into<String>, detail: super::{detail}) -> Fault {{\n    \
             Fault::new(&{constant}, message).with_detail(detail)\n}}"
        );
    } else {
        let _ = writeln!(
            out,
            "pub fn {function}(message: impl Into<String>) -> Fault {{\n    Fault::new(&{constant}, message)\n}}"
        );
    }
}
