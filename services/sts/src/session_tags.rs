//! The tags of a session: those that come with the call, and those that the calling session hands on.

use identity::Tags;
use kernel::{Caller, Result};
use sts_api::Tag;
use wire::common;

#[derive(Clone, Debug, Default)]
pub struct SessionTags {
    pub tags: Tags,
    /// Keys of those that the session will hand on.
    pub transitive: Vec<String>,
}

impl SessionTags {
    /// Tags and transitive keys as a call or an identity provider gives them.
    pub fn new(tags: Tags, transitive: Vec<String>) -> Result<SessionTags> {
        for (at, (key, _)) in tags.iter().enumerate() {
            if tags[..at].iter().any(|(earlier, _)| earlier.eq_ignore_ascii_case(key)) {
                return Err(common::invalid_parameter_value(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
            if key.to_ascii_lowercase().starts_with("aws:") {
                // A guess at the sentence; the rule is in the user guide, "Things to know about session tags".
                return Err(common::invalid_parameter_value(format!(
                    "The tag key {key} is invalid: keys that begin with aws: are reserved."
                )));
            }
        }
        let known = |key: &String| tags.iter().any(|(tag, _)| tag.eq_ignore_ascii_case(key));
        if !transitive.iter().all(known) {
            return Err(common::invalid_parameter_value(
                "The specified transitive tag key must be included in the requested tags.",
            ));
        }
        Ok(SessionTags { tags, transitive })
    }

    pub fn of(tags: Option<Vec<Tag>>, transitive: Option<Vec<String>>) -> Result<SessionTags> {
        let tags = tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect();
        SessionTags::new(tags, transitive.unwrap_or_default())
    }

    /// With the transitive tags of the calling session, which the call cannot change ("Chaining roles with session tags").
    pub fn inherit(mut self, caller: &Caller) -> Result<SessionTags> {
        let Some(session) = &caller.session else { return Ok(self) };
        for key in &session.transitive {
            let same = |(tag, _): &&(String, String)| tag.eq_ignore_ascii_case(key);
            if self.tags.iter().any(|tag| same(&tag)) {
                return Err(common::invalid_parameter_value(
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key \
                     from the calling session.",
                ));
            }
            self.tags.extend(session.tags.iter().find(same).cloned());
            self.transitive.push(key.clone());
        }
        Ok(self)
    }
}
