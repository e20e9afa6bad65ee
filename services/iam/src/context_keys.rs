//! The condition keys that policies ask for.

use crate::{principal_policies, simulator};
use iam_api::*;
use kernel::{Cx, Result};
use lang::policy::{Kind, Policy};

/// Documents of a request may be identity-based or resource-based.
fn read(text: &str, index: usize) -> Result<Policy> {
    Policy::parse(text, Kind::Identity).or_else(|error| {
        Policy::parse(text, Kind::Resource).map_err(|_| {
            // A guess, as in simulations.
            let id = format!("PolicyInputList.{}", index + 1);
            fault::invalid_input_exception(format!("{id} is not a valid policy: {}", error.sentence()))
        })
    })
}

/// Each key once, as it was written first.
fn names<'a>(policies: impl Iterator<Item = &'a Policy>) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for key in policies.flat_map(simulator::context_keys) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            names.push(key.to_owned());
        }
    }
    Some(names)
}

fn parse(texts: &[String]) -> Result<Vec<Policy>> {
    texts.iter().enumerate().map(|(index, text)| read(text, index)).collect()
}

pub async fn get_context_keys_for_custom_policy(
    _: Cx,
    input: GetContextKeysForCustomPolicyInput,
) -> Result<GetContextKeysForCustomPolicyOutput> {
    let policies = parse(&input.policy_input_list)?;
    Ok(GetContextKeysForCustomPolicyOutput { context_key_names: names(policies.iter()) })
}

pub async fn get_context_keys_for_principal_policy(
    cx: Cx,
    input: GetContextKeysForPrincipalPolicyInput,
) -> Result<GetContextKeysForPrincipalPolicyOutput> {
    let snapshot = cx.read();
    let owner = principal_policies::owner_of(&cx, &*snapshot, &input.policy_source_arn).await?;
    let own = principal_policies::of(&cx, &*snapshot, &owner).await?;
    let mut policies: Vec<Policy> =
        own.iter().filter_map(|on| Policy::parse(&on.document, Kind::Identity).ok()).collect();
    policies.extend(parse(&input.policy_input_list.unwrap_or_default())?);
    Ok(GetContextKeysForPrincipalPolicyOutput { context_key_names: names(policies.iter()) })
}
