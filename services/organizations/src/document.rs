//! The documents of policies: the grammar of control policies, and the syntax of management policies.

use crate::{faults, limits};
use kernel::Result;
use lang::policy::{Kind, Policy};
use organizations_api::{ConstraintViolationExceptionReason as Reason, PolicyType};
use wire::Json;

/// The operator by which a policy says what the policies below it may do.
pub const CONTROL: &str = "@@operators_allowed_for_child_policies";

/// Checks a document of a type: first its size, then what it says.
pub fn check(policy_type: &PolicyType, text: &str) -> Result<()> {
    if text.chars().count() > limits::of(policy_type).size {
        let message = "You have exceeded the maximum policy size.";
        return Err(faults::constraint(Reason::PolicyContentLimitExceeded, message));
    }
    let valid = match policy_type {
        PolicyType::ServiceControlPolicy => Policy::parse(text, Kind::ServiceControl).is_ok(),
        PolicyType::ResourceControlPolicy => Policy::parse(text, Kind::ResourceControl).is_ok(),
        _ => Json::parse(text).is_ok_and(|document| is_management_policy(policy_type, &document)),
    };
    if valid { Ok(()) } else { Err(faults::malformed_policy()) }
}

/// The elements at a document's top, where the guide of the type has them.
fn elements(policy_type: &PolicyType) -> &'static [&'static str] {
    match policy_type {
        PolicyType::TagPolicy => &["tags"],
        PolicyType::BackupPolicy => &["plans"],
        PolicyType::AiservicesOptOutPolicy => &["services"],
        PolicyType::ChatbotPolicy => &["chatbots", "default"],
        PolicyType::DeclarativePolicyEc2 => &["ec2_attributes"],
        PolicyType::SecurityhubPolicy => &["securityhub"],
        PolicyType::InspectorPolicy => &["inspector"],
        PolicyType::UpgradeRolloutPolicy => &["upgrade_rollout"],
        PolicyType::BedrockPolicy => &["bedrock"],
        PolicyType::S3Policy => &["s3_attributes"],
        // Nobody has written down what is in a network security director policy.
        _ => &[],
    }
}

/// User guide, "Policy syntax and inheritance for management policy types": settings are nested objects, and their values
/// stand behind inheritance operators.
fn is_management_policy(policy_type: &PolicyType, document: &Json) -> bool {
    let Some(members) = document.as_object() else { return false };
    let known = elements(policy_type);
    let named = |name: &String| name.starts_with("@@") || known.is_empty() || known.contains(&name.as_str());
    !members.is_empty() && members.iter().all(|(name, _)| named(name)) && is_setting(document)
}

fn is_setting(value: &Json) -> bool {
    let Some(members) = value.as_object() else { return false };
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let once = names.windows(2).all(|pair| pair[0] != pair[1]);
    once && members.iter().all(|(name, value)| match name.as_str() {
        "@@assign" => is_scalar(value) || is_list(value),
        "@@append" | "@@remove" => is_list(value),
        CONTROL => value.as_list().is_some_and(|allowed| allowed.iter().all(is_control)),
        name if name.starts_with("@@") => false,
        _ => is_setting(value),
    })
}

fn is_scalar(value: &Json) -> bool {
    matches!(value, Json::Str(_) | Json::Int(_) | Json::Float(_) | Json::Bool(_))
}

fn is_list(value: &Json) -> bool {
    value.as_list().is_some_and(|items| items.iter().all(is_scalar))
}

fn is_control(value: &Json) -> bool {
    value.as_str().is_some_and(|text| ["@@all", "@@none", "@@assign", "@@append", "@@remove"].contains(&text))
}
