//! The tags of a session: those that come with the call, and those that the calling session hands on.

use crate::patterns;
use identity::Tags;
use kernel::{Caller, Result};
use sts_api::Tag;
use wire::{Fault, common};

/// Of a session; and characters of a key and a value.
const MAX_TAGS: usize = 50;
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 256;

/// Of keys and values alike.
const TEXT: &str = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*";

#[derive(Clone, Debug, Default)]
pub struct SessionTags {
    pub tags: Tags,
    /// Keys of those that the session will hand on.
    pub transitive: Vec<String>,
}

impl SessionTags {
    /// Tags and transitive keys as a call or an identity provider gives them.
    pub fn new(tags: Tags, transitive: Vec<String>) -> Result<SessionTags> {
        let fits = |(key, value): &(String, String)| {
            (1..=MAX_KEY).contains(&key.chars().count())
                && value.chars().count() <= MAX_VALUE
                && patterns::matches(TEXT, &format!("{key}{value}"))
        };
        if tags.len() > MAX_TAGS || !tags.iter().all(fits) {
            return Err(invalid(
                "A session has 50 tags at most, with keys of 1 to 128 and values of up to 256 characters.",
            ));
        }
        for (at, (key, _)) in tags.iter().enumerate() {
            if tags[..at].iter().any(|(earlier, _)| earlier.eq_ignore_ascii_case(key)) {
                return Err(common::invalid_parameter_value(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
            if key.to_ascii_lowercase().starts_with("aws:") {
                return Err(invalid(&format!("The tag key {key} is invalid: keys that begin with aws: are reserved.")));
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

/// The rules are in the user guide, "Things to know about session tags"; the sentences are guesses. Of tags that come as
/// members of a call, the model has said most of it before.
fn invalid(why: &str) -> Fault {
    common::invalid_parameter_value(why)
}

/// A source identity, wherever it comes from: 2 to 64 characters.
pub fn check_source_identity(text: &str) -> Result<()> {
    if !(2..=64).contains(&text.len()) || !patterns::matches(r"[\w+=,.@-]*", text) {
        return Err(common::validation_error(
            "The source identity has 2 to 64 characters of a-z, A-Z, 0-9 and _+=,.@-",
        ));
    }
    match text.to_ascii_lowercase().starts_with("aws:") {
        true => Err(common::validation_error("The source identity cannot begin with aws:, which is reserved.")),
        false => Ok(()),
    }
}
