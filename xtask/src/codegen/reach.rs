//! Which shapes a set of shapes refers to, and which of them refer to themselves.

use super::model::{Model, kind, members, target, yes};
use anyhow::Result;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Everything below the given structures; these only where something refers to them.
pub fn nested<'a>(model: &Model, entries: impl Iterator<Item = &'a str>) -> Result<BTreeSet<String>> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = Vec::new();
    for entry in entries {
        open.extend(below(model.shape(entry)?));
    }
    while let Some(name) = open.pop() {
        if reached.insert(name.clone()) {
            open.extend(below(model.shape(&name)?));
        }
    }
    Ok(reached)
}

fn below(shape: &Value) -> Vec<String> {
    match kind(shape) {
        "structure" if yes(shape, "document") => Vec::new(),
        "structure" => members(shape).map(|(_, member)| target(member).to_owned()).collect(),
        "list" => vec![target(&shape["member"]).to_owned()],
        "map" => vec![target(&shape["key"]).to_owned(), target(&shape["value"]).to_owned()],
        _ => Vec::new(),
    }
}

/// The structures that contain themselves without a list or map between, by the number of their cycle.
pub fn cycles(model: &Model, reached: &BTreeSet<String>) -> Result<BTreeMap<String, usize>> {
    let mut direct: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in reached {
        let shape = model.shape(name)?;
        if kind(shape) == "structure" && !yes(shape, "document") {
            let edges = members(shape).map(|(_, member)| target(member));
            direct.insert(name, edges.collect());
        }
    }
    let mut cycles = BTreeMap::new();
    let reaches: BTreeMap<&str, BTreeSet<&str>> = direct.keys().map(|name| (*name, closure(&direct, name))).collect();
    for (number, (name, targets)) in reaches.iter().enumerate() {
        if targets.contains(name) && !cycles.contains_key(*name) {
            for other in targets.iter().filter(|other| reaches.get(*other).is_some_and(|back| back.contains(name))) {
                cycles.insert((*other).to_owned(), number);
            }
        }
    }
    Ok(cycles)
}

fn closure<'a>(direct: &BTreeMap<&'a str, Vec<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = direct.get(from).cloned().unwrap_or_default();
    while let Some(name) = open.pop() {
        if direct.contains_key(name) && reached.insert(name) {
            open.extend(direct[name].iter().copied());
        }
    }
    reached
}
