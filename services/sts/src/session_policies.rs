//! The policies that are passed when a session begins, and how much room they take.

use kernel::{AccountId, Arn, Cx, Result};
use lang::policy::{Kind, Policy};
use sts_api::{PolicyDescriptorType, fault};
use wire::{Constraint, Violation, common};

/// "The plaintext that you use for both inline and managed session policies can't exceed 2,048 characters."
const MAX_CHARACTERS: u64 = 2_048;
const MAX_MANAGED: u64 = 10;
/// The room that `PackedPolicySize` is a percentage of. AWS does not tell how it packs; its documented example (a policy of
/// 95 characters and three tags: 8 %) agrees with this room and text without white space.
const ROOM: usize = 2_048;

#[derive(Clone, Debug, Default)]
pub struct SessionPolicies {
    /// The inline policy, if there is one.
    pub documents: Vec<String>,
    /// ARNs.
    pub managed: Vec<String>,
    /// Percent; `None` where neither policies nor tags were passed.
    pub packed: Option<i32>,
}

impl SessionPolicies {
    /// Checks policies for a session of this account, and that they fit with the tags that were passed.
    pub async fn read(
        cx: &Cx,
        account: AccountId,
        policy: Option<String>,
        arns: Option<Vec<PolicyDescriptorType>>,
        tags: &[(String, String)],
    ) -> Result<SessionPolicies> {
        let managed: Vec<String> = arns.into_iter().flatten().filter_map(|policy| policy.arn).collect();
        if managed.len() as u64 > MAX_MANAGED {
            let shown = format!("[{}]", managed.join(", "));
            return Err(too_long(cx, "PolicyArns", shown, MAX_MANAGED));
        }
        if let Some(text) = &policy {
            if text.chars().count() as u64 > MAX_CHARACTERS {
                return Err(too_long(cx, "Policy", text.clone(), MAX_CHARACTERS));
            }
            Policy::parse(text, Kind::Session)
                .map_err(|error| fault::malformed_policy_document_exception(error.sentence()))?;
        }
        let store = cx.cloud().engine().latest();
        for arn in &managed {
            let owner = Arn::parse(arn).map(|arn| arn.account).unwrap_or_default();
            let ours = owner == "aws" || owner == account.to_string();
            if !ours || identity::managed_document(&*store, account, arn).await?.is_none() {
                // A guess: no report of an answer was found.
                return Err(common::validation_error(format!("Policy {arn} does not exist or is not attachable.")));
            }
        }
        let packed = packed(policy.as_deref(), &managed, tags)?;
        Ok(SessionPolicies { documents: policy.into_iter().collect(), managed, packed })
    }
}

fn too_long(cx: &Cx, member: &str, value: String, max: u64) -> wire::Fault {
    let violation = Violation::new(member, Some(value), Constraint::MaxLength(max));
    let model = cx.model();
    model.style.fault(cx.request().protocol.unwrap_or(model.protocols[0]), &[violation])
}

fn packed(policy: Option<&str>, managed: &[String], tags: &[(String, String)]) -> Result<Option<i32>> {
    let policy = policy.map_or(0, significant);
    let managed: usize = managed.iter().map(|arn| arn.len()).sum();
    let tags: usize = tags.iter().map(|(key, value)| key.len() + value.len() + 2).sum();
    let size = policy + managed + tags;
    if size == 0 {
        return Ok(None);
    }
    let percent = (size * 100).div_ceil(ROOM) as i32;
    match percent > 100 {
        true => Err(fault::packed_policy_too_large_exception(format!(
            "Packed policy consumes {percent}% of allotted space, please use smaller policy."
        ))),
        false => Ok(Some(percent)),
    }
}

/// The characters of a document without the white space between its parts.
fn significant(document: &str) -> usize {
    let (mut quoted, mut escaped, mut count) = (false, false, 0);
    for c in document.chars() {
        count += usize::from(quoted || !c.is_ascii_whitespace());
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_agree_with_the_documented_example() {
        // STS API reference, AssumeRole, example: 8 %.
        let policy =
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"Stmt1","Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
        let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let tags = [tag("Project", "Pegasus"), tag("Team", "Engineering"), tag("Cost-Center", "12345")];
        assert_eq!(packed(Some(policy), &[], &tags).ok(), Some(Some(8)));
        assert_eq!(packed(None, &[], &[]).ok(), Some(None));
    }

    #[test]
    fn white_space_takes_no_room_but_inside_of_texts() {
        assert_eq!(significant("{ \"a b\" :\n \"\\\" \" }"), r#"{"a b":"\" "}"#.len());
    }
}
