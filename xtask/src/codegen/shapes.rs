//! The text of `shapes.rs`: structures, unions and enums.

use super::{
    docs::comment,
    plan::{Enum, Plan, Structure},
};
use std::{collections::BTreeSet, fmt::Write};

pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    if !plan.structures.is_empty() {
        out.push_str("use super::schemas;\n");
    }
    for structure in &plan.structures {
        match structure.union {
            true => union(&mut out, structure),
            false => self::structure(&mut out, structure),
        }
    }
    for values in &plan.enums {
        self::values(&mut out, values);
    }
    out
}

fn structure(out: &mut String, structure: &Structure) {
    let Structure { rust, shape, schema, members, .. } = structure;
    out.push('\n');
    docs(out, rust, shape, &structure.doc);
    let streaming = members.iter().any(|member| member.streaming);
    out.push_str(if streaming { "#[derive(Default)]\n" } else { "#[derive(Clone, Default, PartialEq)]\n" });
    let _ = write!(out, "pub struct {rust} {{");
    for member in members {
        let _ = write!(out, "\n{}    pub {}: {},", comment(&member.doc, "    "), member.field, member.rust);
    }
    out.push_str(if members.is_empty() { "}\n" } else { "\n}\n" });
    traits(out, "structure", rust, schema, members.iter().map(|member| member.field.as_str()));
}

fn union(out: &mut String, structure: &Structure) {
    let Structure { rust, shape, schema, members, .. } = structure;
    out.push('\n');
    docs(out, rust, shape, &structure.doc);
    let _ = writeln!(out, "#[derive(Clone, PartialEq)]\npub enum {rust} {{");
    for member in members {
        let _ = writeln!(out, "{}    {}({}),", comment(&member.doc, "    "), member.field, member.rust);
    }
    out.push_str("    /// A member that the model does not know, by its name.\n    Unknown(String),\n}\n");
    traits(out, "union", rust, schema, members.iter().map(|member| member.field.as_str()));
}

/// The macro call that implements everything, wrapped at 120 columns.
fn traits<'a>(out: &mut String, name: &str, rust: &str, schema: &str, fields: impl Iterator<Item = &'a str>) {
    let mut line = format!("wire::{name}!({rust}, schemas::{schema}");
    for (index, field) in fields.enumerate() {
        line.push(',');
        if line.len() + field.len() + 8 > 120 {
            let _ = writeln!(out, "{line}");
            line = "   ".to_owned();
        }
        let _ = write!(line, " {index} {field}");
    }
    let _ = writeln!(out, "{line});");
}

fn values(out: &mut String, values: &Enum) {
    out.push_str("\nwire::values! {\n");
    let mut doc = String::new();
    docs(&mut doc, &values.rust, &values.shape, &values.doc);
    out.extend(doc.lines().map(|line| format!("    {line}\n")));
    let _ = writeln!(out, "    {} {{", values.rust);
    let mut seen = BTreeSet::new();
    for (variant, value) in values.values.iter().filter(|(_, value)| seen.insert(value)) {
        let _ = writeln!(out, "        {variant} = {value:?},");
    }
    out.push_str("    }\n}\n");
}

fn docs(out: &mut String, rust: &str, shape: &str, doc: &str) {
    out.push_str(&comment(doc, ""));
    if !shape.is_empty() && shape != rust {
        if !doc.is_empty() {
            out.push_str("///\n");
        }
        let _ = writeln!(out, "/// `{shape}` in the model.");
    }
}
