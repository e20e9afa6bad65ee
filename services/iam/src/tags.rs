//! Tags: what may be one, adding, removing and listing them, for everything in IAM that has some.

use crate::paging::{Page, Paging};
use iam_api::{Tag, fault};
use identity::Tags;
use kernel::Result;

/// "Tags that can be attached to an IAM user", and to everything else (IAM quotas).
const MOST: usize = 50;

/// Whether two keys that differ in case only are one: they are on users and roles, and on nothing else (IAM user guide,
/// "Rules for tagging in IAM and AWS STS").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Ignored,
    Counts,
}

impl Case {
    fn key(self, key: &str) -> String {
        match self {
            Case::Ignored => key.to_lowercase(),
            Case::Counts => key.to_owned(),
        }
    }
}

/// Adds tags, or gives those that are there another value. A key keeps the case it came in last.
pub fn merge(tags: &mut Tags, added: &[Tag], case: Case) -> Result<()> {
    let mut seen: Vec<String> = Vec::with_capacity(added.len());
    for tag in added {
        check(&tag.key, &tag.value)?;
        let key = case.key(&tag.key);
        if seen.contains(&key) {
            return Err(fault::invalid_input_exception(match case {
                Case::Ignored => "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                Case::Counts => "Duplicate tag keys found.",
            }));
        }
        seen.push(key);
    }
    for (Tag { key, value }, comparable) in added.iter().zip(seen) {
        match tags.iter_mut().find(|(old, _)| case.key(old) == comparable) {
            Some(tag) => *tag = (key.clone(), value.clone()),
            None => tags.push((key.clone(), value.clone())),
        }
    }
    if tags.len() > MOST {
        // A guess; the sentence is of no page that was found.
        return Err(fault::limit_exceeded_exception("The number of tags has reached the maximum limit."));
    }
    Ok(())
}

/// The tags of something new.
pub fn of(given: Option<Vec<Tag>>, case: Case) -> Result<Tags> {
    let mut tags = Tags::new();
    merge(&mut tags, &given.unwrap_or_default(), case)?;
    Ok(tags)
}

/// Removes tags; keys that are not there are no error.
pub fn remove(tags: &mut Tags, keys: &[String], case: Case) {
    let keys: Vec<String> = keys.iter().map(|key| case.key(key)).collect();
    tags.retain(|(key, _)| !keys.contains(&case.key(key)));
}

/// A page of them: "the returned list of tags is sorted by tag key".
pub fn page(tags: &Tags, max_items: Option<i32>, marker: Option<&str>) -> Result<Page<Tag>> {
    Ok(Paging::of(max_items, marker)?.list(shown(tags).unwrap_or_default(), |tag| &tag.key))
}

/// As a member of an entity: left out where there are none.
pub fn shown(tags: &Tags) -> Option<Vec<Tag>> {
    let tag = |(key, value): &(String, String)| Tag { key: key.clone(), value: value.clone() };
    (!tags.is_empty()).then(|| tags.iter().map(tag).collect())
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`; lengths the model knows. The first sentence is AWS's, the second a guess.
fn check(key: &str, value: &str) -> Result<()> {
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(fault::invalid_input_exception("Tag keys starting with 'aws:' are reserved for system use."));
    }
    let valid = |c: char| c.is_alphanumeric() || c == ' ' || is_separator(c) || "_.:/=+-@".contains(c);
    for (member, text) in [("key", key), ("value", value)] {
        if !text.chars().all(valid) {
            return Err(fault::invalid_input_exception(format!(
                "The tag {member} '{text}' has characters that are not letters, spaces, numbers or one of _.:/=+-@."
            )));
        }
    }
    Ok(())
}

/// `\p{Z}`: spaces and line separators, but not control characters.
fn is_separator(c: char) -> bool {
    c.is_whitespace() && !c.is_control()
}
