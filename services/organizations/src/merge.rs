//! The effective policy: the management policies from the root down to an account, merged.
//!
//! User guide, "Inheritance operators" and "Inheritance examples".

use crate::document::CONTROL;
use wire::Json;

/// What a policy may do with a setting that policies above it made.
#[derive(Clone, Copy)]
struct Allowed {
    assign: bool,
    append: bool,
    remove: bool,
}

impl Allowed {
    const ALL: Allowed = Allowed { assign: true, append: true, remove: true };

    fn read(value: &Json) -> Allowed {
        let has = |name: &str| {
            let named = |item: &Json| item.as_str().is_some_and(|text| text == name || text == "@@all");
            value.as_list().is_some_and(|items| items.iter().any(named))
        };
        Allowed { assign: has("@@assign"), append: has("@@append"), remove: has("@@remove") }
    }

    /// "You can't reverse that rule in a child policy"; on the same level, "the intersection of the allowed operators".
    fn and(self, other: Allowed) -> Allowed {
        Allowed {
            assign: self.assign && other.assign,
            append: self.append && other.append,
            remove: self.remove && other.remove,
        }
    }
}

/// A setting, and the settings below it.
pub struct Setting {
    value: Option<Json>,
    below: Vec<(String, Setting)>,
    /// In force on the level being merged.
    allowed: Allowed,
    /// In force from the next level on.
    next: Allowed,
    /// The level of the last `@@assign`.
    assigned: Option<usize>,
}

impl Setting {
    pub fn new() -> Setting {
        Setting::with(Allowed::ALL)
    }

    fn with(allowed: Allowed) -> Setting {
        Setting { value: None, below: Vec::new(), allowed, next: allowed, assigned: None }
    }

    /// Merges a policy of a level, which grows on the way down. Of one level's policies the one attached first goes first.
    pub fn merge(&mut self, policy: &Json, level: usize) {
        for (name, value) in policy.as_object().unwrap_or_default() {
            match name.as_str() {
                "@@assign" if self.allowed.assign && self.assigned != Some(level) => {
                    self.value = Some(value.clone());
                    self.assigned = Some(level);
                }
                "@@append" if self.allowed.append => self.append(value),
                "@@remove" if self.allowed.remove => self.remove(value),
                CONTROL => self.next = self.next.and(Allowed::read(value)),
                name if name.starts_with("@@") => {}
                name => self.child(name).merge(value, level),
            }
        }
    }

    fn child(&mut self, name: &str) -> &mut Setting {
        let at = match self.below.iter().position(|(known, _)| known == name) {
            Some(at) => at,
            None => {
                // What is new below a setting that may not be changed may not be set either.
                self.below.push((name.to_owned(), Setting::with(self.allowed)));
                self.below.len() - 1
            }
        };
        &mut self.below[at].1
    }

    fn append(&mut self, added: &Json) {
        let mut items = match self.value.take() {
            Some(Json::List(items)) => items,
            Some(single) => vec![single],
            None => Vec::new(),
        };
        for item in added.as_list().unwrap_or_default() {
            if !items.contains(item) {
                items.push(item.clone());
            }
        }
        self.value = Some(Json::List(items));
    }

    fn remove(&mut self, removed: &Json) {
        let removed = removed.as_list().unwrap_or_default();
        match &mut self.value {
            Some(Json::List(items)) => items.retain(|item| !removed.contains(item)),
            Some(single) if removed.contains(single) => self.value = None,
            _ => {}
        }
    }

    /// The policies of a level are merged: what they said of those below them is in force now.
    pub fn end_level(&mut self) {
        self.allowed = self.next;
        self.below.iter_mut().for_each(|(_, setting)| setting.end_level());
    }

    /// As the effective policy shows it; `None` where nothing is set. An empty list sets nothing.
    pub fn render(&self) -> Option<Json> {
        let below: Vec<(String, Json)> =
            self.below.iter().filter_map(|(name, setting)| Some((name.clone(), setting.render()?))).collect();
        match &self.value {
            Some(Json::List(items)) if items.is_empty() && below.is_empty() => None,
            Some(value) if below.is_empty() => Some(value.clone()),
            // A value with settings below it can only come of two policies that do not fit together: the settings are shown.
            _ => (!below.is_empty()).then_some(Json::Object(below)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(levels: &[&[&str]]) -> String {
        let mut setting = Setting::new();
        for (level, policies) in levels.iter().enumerate() {
            for policy in *policies {
                setting.merge(&Json::parse(policy).unwrap_or_default(), level);
            }
            setting.end_level();
        }
        setting.render().map(|json| json.to_string()).unwrap_or_default()
    }

    const A: &str = r#"{"tags": {"costcenter": {"tag_key": {"@@assign": "CostCenter"}, "tag_value": {"@@assign": ["Development", "Support"]}}}}"#;

    /// The examples of the user guide, "Inheritance examples".
    #[test]
    fn examples_of_the_user_guide() {
        let b = r#"{"tags": {"costcenter": {"tag_key": {"@@assign": "CostCenter"}, "tag_value": {"@@assign": ["Sandbox"]}, "enforced_for": {"@@assign": ["redshift:*", "dynamodb:table"]}}}}"#;
        assert_eq!(
            merged(&[&[A], &[b]]),
            r#"{"tags":{"costcenter":{"tag_key":"CostCenter","tag_value":["Sandbox"],"enforced_for":["redshift:*","dynamodb:table"]}}}"#
        );
        let c = r#"{"tags": {"costcenter": {"tag_key": {"@@assign": "CostCenter"}, "tag_value": {"@@append": ["Marketing"]}, "enforced_for": {"@@append": ["redshift:*", "dynamodb:table"]}}}}"#;
        assert_eq!(
            merged(&[&[A], &[c]]),
            r#"{"tags":{"costcenter":{"tag_key":"CostCenter","tag_value":["Development","Support","Marketing"],"enforced_for":["redshift:*","dynamodb:table"]}}}"#
        );
        let d = r#"{"tags": {"costcenter": {"tag_value": {"@@remove": ["Development", "Marketing"]}, "enforced_for": {"@@remove": ["redshift:*", "dynamodb:table"]}}}}"#;
        assert_eq!(
            merged(&[&[A], &[c], &[d]]),
            r#"{"tags":{"costcenter":{"tag_key":"CostCenter","tag_value":["Support"]}}}"#
        );
        let e = r#"{"tags": {"project": {"tag_key": {"@@operators_allowed_for_child_policies": ["@@none"], "@@assign": "Project"}, "tag_value": {"@@operators_allowed_for_child_policies": ["@@append"], "@@assign": ["Maintenance", "Escalations"]}}}}"#;
        let f = r#"{"tags": {"project": {"tag_key": {"@@assign": "PROJECT"}, "tag_value": {"@@append": ["Escalations - research"]}}}}"#;
        assert_eq!(
            merged(&[&[e], &[f]]),
            r#"{"tags":{"project":{"tag_key":"Project","tag_value":["Maintenance","Escalations","Escalations - research"]}}}"#
        );
        let g = r#"{"tags": {"project": {"tag_value": {"@@operators_allowed_for_child_policies": ["@@append"], "@@assign": ["Maintenance"]}}}}"#;
        let h = r#"{"tags": {"project": {"tag_value": {"@@operators_allowed_for_child_policies": ["@@append", "@@remove"]}}}}"#;
        let child = r#"{"tags": {"project": {"tag_value": {"@@append": ["More"], "@@remove": ["Maintenance"]}}}}"#;
        assert_eq!(merged(&[&[g, h], &[child]]), r#"{"tags":{"project":{"tag_value":["Maintenance","More"]}}}"#);
        let j = r#"{"tags": {"project": {"tag_key": {"@@assign": "PROJECT"}, "tag_value": {"@@append": ["Maintenance"]}}}}"#;
        let k = r#"{"tags": {"project": {"tag_key": {"@@assign": "project"}}}}"#;
        assert_eq!(merged(&[&[j, k]]), r#"{"tags":{"project":{"tag_key":"PROJECT","tag_value":["Maintenance"]}}}"#);
    }

    #[test]
    fn nothing_new_below_what_is_locked() {
        let parent = r#"{"services": {"@@operators_allowed_for_child_policies": ["@@none"], "default": {"opt_out_policy": {"@@assign": "optOut"}}}}"#;
        let child = r#"{"services": {"rekognition": {"opt_out_policy": {"@@assign": "optIn"}}, "default": {"opt_out_policy": {"@@assign": "optIn"}}}}"#;
        assert_eq!(
            merged(&[&[parent], &[child]]),
            r#"{"services":{"default":{"opt_out_policy":"optIn"}}}"#,
            "the default has no lock of its own"
        );
    }
}
