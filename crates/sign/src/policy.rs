//! POST policies: what an upload form may contain (S3 API reference, "POST Policy").

use crate::fault::Fault;
use crate::form::Form;
use crate::instant::extended;
use crate::json::{self, Json};

/// A POST policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Unix seconds, in virtual time.
    pub expiration: i64,
    pub conditions: Vec<Condition>,
}

/// One condition. Field names are in the spelling of the policy, without the dollar sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// `{"acl": "public-read"}` or `["eq", "$acl", "public-read"]`
    Equals { field: String, value: String },
    /// `["starts-with", "$key", "user/"]`; an empty prefix allows anything.
    StartsWith { field: String, prefix: String },
    /// `["content-length-range", 1, 10]`, both ends included.
    ContentLength { min: u64, max: u64 },
    /// A list that S3 does not understand, which no form satisfies; as JSON text.
    Other(String),
}

/// What is being uploaded, beside the form's own fields.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'a> {
    /// The bucket of the request's URL.
    pub bucket: &'a str,
    /// The key after `${filename}` was replaced.
    pub key: &'a str,
    /// `None` while the length is unknown, which skips `content-length-range`; see [`Policy::check_length`].
    pub length: Option<u64>,
}

impl Policy {
    pub fn read(text: &str) -> Result<Self, Fault> {
        let invalid = |reason| Fault::PolicyInvalid { reason };
        let Some(Json::Object(members)) = json::read(text) else {
            return Err(invalid("Invalid JSON."));
        };
        let member = |wanted: &str| members.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let expiration = match member("expiration") {
            Some(Json::Text(text)) => extended(text).ok_or(invalid("Invalid expiration."))?,
            Some(_) => return Err(invalid("Invalid expiration.")),
            None => return Err(invalid("Missing expiration.")),
        };
        let Some(Json::List(list)) = member("conditions") else {
            return Err(invalid("Missing conditions."));
        };
        let mut conditions = Vec::with_capacity(list.len());
        for item in list {
            match item {
                Json::Object(members) => {
                    for (field, value) in members {
                        let Json::Text(value) = value else {
                            return Err(invalid("Invalid Simple-Condition: value must be a string."));
                        };
                        conditions.push(Condition::Equals { field: field.clone(), value: value.clone() });
                    }
                }
                Json::List(items) => conditions.push(Condition::read(items)),
                _ => return Err(invalid("Invalid JSON.")),
            }
        }
        Ok(Policy { expiration, conditions })
    }

    /// Judges expiration, then the conditions in the policy's order, then whether every field is covered.
    pub fn check(&self, form: &Form<'_>, upload: &Upload<'_>, virtual_now: i64) -> Result<(), Fault> {
        if self.expiration < virtual_now {
            return Err(Fault::PolicyExpired);
        }
        for condition in &self.conditions {
            condition.check(form, upload)?;
        }
        self.check_coverage(form)
    }

    /// `content-length-range` alone, for when the length becomes known only as the file arrives.
    pub fn check_length(&self, length: u64) -> Result<(), Fault> {
        self.conditions.iter().try_for_each(|condition| condition.check_length(length))
    }

    /// The largest upload that the policy admits, so that a caller can stop reading early.
    pub fn max_length(&self) -> Option<u64> {
        let max = |condition: &Condition| match condition {
            Condition::ContentLength { max, .. } => Some(*max),
            _ => None,
        };
        self.conditions.iter().filter_map(max).min()
    }

    /// Every field but these must be in the conditions: `x-amz-signature`, `file`, `policy`, `x-ignore-…`.
    fn check_coverage(&self, form: &Form<'_>) -> Result<(), Fault> {
        let exempt = |name: &str| {
            ["x-amz-signature", "file", "policy"].iter().any(|e| name.eq_ignore_ascii_case(e))
                || name.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("x-ignore-"))
        };
        let covered = |name: &str| self.conditions.iter().any(|condition| condition.covers(name));
        // S3 counts the bucket of the URL as a field, so a policy without a bucket condition admits nothing.
        let names =
            form.fields.iter().map(|(name, _)| name.as_str()).filter(|name| !name.eq_ignore_ascii_case("bucket"));
        let extra: Vec<&str> = names.chain(["bucket"]).filter(|name| !exempt(name) && !covered(name)).collect();
        if extra.is_empty() { Ok(()) } else { Err(Fault::ExtraFields { names: extra.join(", ") }) }
    }
}

impl Condition {
    fn read(items: &[Json]) -> Self {
        let other = || Condition::Other(list(items));
        match items {
            [Json::Text(operator), Json::Text(field), Json::Text(value)] => {
                let (Some(field), value) = (field.strip_prefix('$').map(str::to_owned), value.clone()) else {
                    return other();
                };
                match operator.to_ascii_lowercase().as_str() {
                    "eq" => Condition::Equals { field, value },
                    "starts-with" => Condition::StartsWith { field, prefix: value },
                    _ => other(),
                }
            }
            [Json::Text(operator), min, max] if operator.eq_ignore_ascii_case("content-length-range") => {
                match (whole(min), whole(max)) {
                    (Some(min), Some(max)) => Condition::ContentLength { min, max },
                    _ => other(),
                }
            }
            _ => other(),
        }
    }

    fn check(&self, form: &Form<'_>, upload: &Upload<'_>) -> Result<(), Fault> {
        let actual = |field: &str| match field {
            field if field.eq_ignore_ascii_case("bucket") => Some(upload.bucket),
            field if field.eq_ignore_ascii_case("key") => Some(upload.key),
            field => form.get(field),
        };
        let holds = match self {
            Condition::Equals { field, value } => actual(field) == Some(value),
            Condition::StartsWith { field, prefix } if field.eq_ignore_ascii_case("content-type") => {
                // A Content-Type may be a list, each of whose members must have the prefix.
                actual(field)
                    .is_some_and(|list| list.split(',').all(|one| one.trim_start().starts_with(prefix.as_str())))
            }
            Condition::StartsWith { field, prefix } => {
                // An empty prefix also holds for a field that is not there.
                actual(field).unwrap_or_default().starts_with(prefix.as_str())
            }
            Condition::ContentLength { .. } => return upload.length.map_or(Ok(()), |length| self.check_length(length)),
            Condition::Other(_) => false,
        };
        if holds { Ok(()) } else { Err(Fault::PolicyCondition { condition: self.text() }) }
    }

    fn check_length(&self, proposed: u64) -> Result<(), Fault> {
        match *self {
            Condition::ContentLength { max, .. } if proposed > max => Err(Fault::EntityTooLarge { proposed, max }),
            Condition::ContentLength { min, .. } if proposed < min => Err(Fault::EntityTooSmall { proposed, min }),
            _ => Ok(()),
        }
    }

    fn covers(&self, name: &str) -> bool {
        match self {
            Condition::Equals { field, .. } | Condition::StartsWith { field, .. } => field.eq_ignore_ascii_case(name),
            Condition::ContentLength { .. } | Condition::Other(_) => false,
        }
    }

    /// The condition as S3 repeats it in its message, where objects become `eq` lists.
    fn text(&self) -> String {
        match self {
            Condition::Equals { field, value } => format!("[\"eq\", \"${field}\", \"{value}\"]"),
            Condition::StartsWith { field, prefix } => format!("[\"starts-with\", \"${field}\", \"{prefix}\"]"),
            Condition::ContentLength { min, max } => format!("[\"content-length-range\", {min}, {max}]"),
            Condition::Other(text) => text.clone(),
        }
    }
}

/// A length as a number, or as a string of digits, which some clients write.
fn whole(json: &Json) -> Option<u64> {
    match json {
        Json::Number(text) | Json::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn list(items: &[Json]) -> String {
    let item = |item: &Json| match item {
        Json::Text(text) => format!("\"{text}\""),
        Json::Number(text) => text.clone(),
        Json::List(items) => list(items),
        Json::Object(_) => "{}".to_owned(),
        Json::Word => "null".to_owned(),
    };
    format!("[{}]", items.iter().map(item).collect::<Vec<_>>().join(", "))
}
