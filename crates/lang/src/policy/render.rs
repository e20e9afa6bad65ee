//! A policy as a JSON document again: elements in AWS's usual order, a list of one value as that value.

use std::fmt;

use wire::Json;

use super::{Condition, Element, Pattern, Policy, PrincipalId, Statement};

impl Policy {
    pub fn to_json(&self) -> Json {
        let mut members = Vec::new();
        let mut put = |name: &str, value: Json| members.push((name.to_owned(), value));
        if let Some(version) = self.version {
            put("Version", version.text().into());
        }
        if let Some(id) = &self.id {
            put("Id", id.as_str().into());
        }
        put("Statement", Json::List(self.statements.iter().map(Statement::to_json).collect()));
        Json::Object(members)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.to_json().fmt(f)
    }
}

impl Statement {
    pub fn to_json(&self) -> Json {
        let mut members = Vec::new();
        let mut put = |name: &str, negated: bool, value: Json| {
            members.push((if negated { format!("Not{name}") } else { name.to_owned() }, value));
        };
        if let Some(sid) = &self.sid {
            put("Sid", false, sid.as_str().into());
        }
        put("Effect", false, self.effect.text().into());
        if let Some(principal) = &self.principal {
            put("Principal", principal.negated, principals(principal));
        }
        put("Action", self.action.negated, patterns(&self.action));
        if let Some(resource) = &self.resource {
            put("Resource", resource.negated, patterns(resource));
        }
        if !self.conditions.is_empty() {
            put("Condition", false, conditions(&self.conditions));
        }
        Json::Object(members)
    }
}

fn one_or_many(mut values: Vec<Json>) -> Json {
    match values.len() {
        1 => values.remove(0),
        _ => Json::List(values),
    }
}

fn patterns(element: &Element<Pattern>) -> Json {
    one_or_many(element.entries.iter().map(|pattern| pattern.text().into()).collect())
}

fn principals(element: &Element<PrincipalId>) -> Json {
    let mut families: Vec<(String, Vec<Json>)> = Vec::new();
    for entry in &element.entries {
        let Some(family) = entry.family() else { return "*".into() };
        match families.iter_mut().find(|(known, _)| known == family) {
            Some((_, names)) => names.push(entry.text().into()),
            None => families.push((family.to_owned(), vec![entry.text().into()])),
        }
    }
    Json::Object(families.into_iter().map(|(family, names)| (family, one_or_many(names))).collect())
}

fn conditions(conditions: &[Condition]) -> Json {
    let mut operators: Vec<(String, Vec<(String, Json)>)> = Vec::new();
    for condition in conditions {
        let operator = condition.operator.to_string();
        let values = one_or_many(condition.values().map(Json::from).collect());
        let entry = (condition.key.clone(), values);
        match operators.iter_mut().find(|(known, _)| *known == operator) {
            Some((_, keys)) => keys.push(entry),
            None => operators.push((operator, vec![entry])),
        }
    }
    Json::Object(operators.into_iter().map(|(operator, keys)| (operator, Json::Object(keys))).collect())
}
