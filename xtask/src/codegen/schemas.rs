//! The text of `schemas.rs`: the static schema of every structure, and the types that have constraints or parts.

use super::{
    members::Member,
    plan::{Plan, Structure},
};
use std::fmt::Write;

pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for structure in &plan.structures {
        schema(&mut out, structure);
    }
    if !plan.types.is_empty() {
        out.push('\n');
    }
    for constant in &plan.types {
        let _ = writeln!(out, "static {}: Ty = {};", constant.name, constant.value);
    }
    let used = ["Flags", "ListTy", "Location", "MapTy", "Member", "Schema", "StrTy", "Ty", "ty"];
    let used: Vec<&str> = used.into_iter().filter(|name| mentions(&out, name)).collect();
    let mut head = String::new();
    if out.contains("shapes::") {
        head.push_str("use super::shapes;\n");
    }
    if !used.is_empty() {
        let _ = writeln!(head, "use wire::{{{}}};", used.join(", "));
    }
    head + &out
}

fn mentions(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(|c| word(c) || c == '"') && !text[at + name.len()..].starts_with(|c| word(c) || c == '"')
    })
}

fn schema(out: &mut String, structure: &Structure) {
    let Structure { rust, shape, schema, members, .. } = structure;
    let name = if shape.is_empty() { rust } else { shape };
    let _ = write!(out, "\npub static {schema}: Schema = Schema {{\n    name: {name:?},\n");
    if !members.is_empty() {
        out.push_str("    members: &[\n");
        for each in members {
            let _ = writeln!(out, "        {},", member(each));
        }
        out.push_str("    ],\n");
    }
    if structure.union {
        out.push_str("    union: true,\n");
    }
    if let Some(payload) = structure.payload {
        let _ = writeln!(out, "    payload: Some({payload}),");
    }
    if let Some(name) = &structure.xml_name {
        let _ = writeln!(out, "    xml_name: Some({name:?}),");
    }
    if let Some((prefix, uri)) = &structure.xml_namespace {
        let _ = writeln!(out, "    xml_namespace: Some(({prefix:?}, {uri:?})),");
    }
    out.push_str("    ..Schema::EMPTY\n};\n");
}

fn member(member: &Member) -> String {
    let mut out = format!("Member::new({:?}, {})", member.name, member.ty);
    if member.wire != member.name {
        let _ = write!(out, ".wire({:?})", member.wire);
    }
    if member.query != member.wire {
        let _ = write!(out, ".query({:?})", member.query);
    }
    if member.location != "Body" {
        let _ = write!(out, ".at(Location::{})", member.location);
    }
    for flag in &member.flags {
        let _ = write!(out, ".with(Flags::{flag})");
    }
    if let Some((prefix, uri)) = &member.xml_namespace {
        let _ = write!(out, ".xml_namespace({prefix:?}, {uri:?})");
    }
    out
}
