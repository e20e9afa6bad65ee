//! The sentences of errors. What no report of AWS's own words was found for is marked as a guess.

use kms_api::fault;
use wire::{Fault, common};

pub fn key_not_found(arn: &str) -> Fault {
    fault::not_found_exception(format!("Key '{arn}' does not exist"))
}

pub fn invalid_key_id(given: &str) -> Fault {
    fault::not_found_exception(format!("Invalid keyId '{given}'"))
}

pub fn alias_not_found(arn: &str) -> Fault {
    fault::not_found_exception(format!("Alias {arn} is not found."))
}

pub fn grant_not_found(id: &str) -> Fault {
    fault::not_found_exception(format!("Grant ID {id} not found"))
}

pub fn disabled(arn: &str) -> Fault {
    fault::disabled_exception(format!("{arn} is disabled."))
}

pub fn invalid_state(arn: &str, state: &str) -> Fault {
    fault::kms_invalid_state_exception(format!("{arn} is {state}."))
}

pub fn invalid_usage(arn: &str, usage: &str, operation: &str) -> Fault {
    fault::invalid_key_usage_exception(format!("{arn} key usage is {usage} which is not valid for {operation}."))
}

pub fn incompatible_algorithm(algorithm: &str, spec: &str) -> Fault {
    fault::invalid_key_usage_exception(format!("Algorithm {algorithm} is incompatible with key spec {spec}."))
}

pub fn invalid_origin(arn: &str, origin: &str) -> Fault {
    fault::unsupported_operation_exception(format!("{arn} origin is {origin} which is not valid for this operation."))
}

pub fn invalid_spec(arn: &str, spec: &str) -> Fault {
    fault::unsupported_operation_exception(format!("{arn} key spec is {spec} which is not valid for this operation."))
}

/// AWS says no more than the name.
pub fn invalid_ciphertext() -> Fault {
    fault::invalid_ciphertext_exception("")
}

/// Of a ciphertext whose key the caller may not know of.
pub fn ciphertext_of_nobody() -> Fault {
    common::access_denied_exception(
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are \
         not allowed to access.",
    )
}

pub fn incorrect_key() -> Fault {
    fault::incorrect_key_exception("The key ID in the request does not identify a CMK that can perform this operation.")
}

pub fn dry_run() -> Fault {
    fault::dry_run_operation_exception("The request would have succeeded, but the DryRun option is set.")
}

pub fn invalid(message: impl Into<String>) -> Fault {
    common::validation(message)
}

pub fn no_enclaves() -> Fault {
    common::not_implemented(
        "Recipient: there are no Nitro enclaves beside this cloud, so no attestation document can be verified",
    )
}

pub fn no_key_stores(member: &str) -> Fault {
    common::not_implemented(format!(
        "{member}: there is no AWS CloudHSM cluster and no external key manager beside this cloud, so it has no custom \
         key stores"
    ))
}

pub fn aws_managed(arn: &str) -> Fault {
    common::access_denied_exception(format!("{arn} is an AWS managed key, which only AWS services can change"))
}

pub fn crypto(what: &str) -> Fault {
    fault::kms_internal_exception(format!("the cryptographic library failed: {what}"))
}
