//! The faults of Organizations and their sentences: those that users report where there are such reports, else the
//! sentences of the model's documentation.

use organizations_api::{
    ConstraintViolationExceptionReason as Constraint, HandshakeConstraintViolationExceptionReason as Handshake,
    InvalidInputExceptionReason as Invalid, *,
};
use wire::Fault;

pub fn constraint(reason: Constraint, message: &str) -> Fault {
    fault::constraint_violation_exception(message, ConstraintViolationException { reason: Some(reason) })
}

pub fn invalid(reason: Invalid, message: impl Into<String>) -> Fault {
    fault::invalid_input_exception(message, InvalidInputException { reason: Some(reason) })
}

pub fn handshake(reason: Handshake, message: &str) -> Fault {
    fault::handshake_constraint_violation_exception(
        message,
        HandshakeConstraintViolationException { reason: Some(reason) },
    )
}

pub fn not_in_use() -> Fault {
    fault::aws_organizations_not_in_use_exception("Your account is not a member of an organization.")
}

pub fn access_denied() -> Fault {
    fault::access_denied_exception("You don't have permissions to access this resource.")
}

pub fn no_such_account() -> Fault {
    fault::account_not_found_exception("You specified an account that doesn't exist.")
}

pub fn no_such_policy() -> Fault {
    fault::policy_not_found_exception("We can't find a policy with the PolicyId that you specified.")
}

pub fn no_such_target() -> Fault {
    fault::target_not_found_exception("You specified a target that doesn't exist.")
}

pub fn no_such_root() -> Fault {
    fault::root_not_found_exception("You specified a root that doesn't exist.")
}

pub fn no_such_unit() -> Fault {
    fault::organizational_unit_not_found_exception("You specified an organizational unit that doesn't exist.")
}

pub fn no_such_parent() -> Fault {
    fault::parent_not_found_exception("You specified a parent that doesn't exist.")
}

pub fn no_such_handshake() -> Fault {
    fault::handshake_not_found_exception("We can't find a handshake with the HandshakeId that you specified.")
}

pub fn malformed_policy() -> Fault {
    fault::malformed_policy_document_exception(
        "The provided policy document does not meet the requirements of the specified policy type.",
    )
}

pub fn type_not_available() -> Fault {
    fault::policy_type_not_available_for_organization_exception(
        "You can't use the specified policy type with the feature set currently enabled for this organization.",
    )
}

pub fn type_not_enabled() -> Fault {
    fault::policy_type_not_enabled_exception("This operation can be performed only for enabled policy types.")
}

pub fn not_all_features() -> Fault {
    constraint(
        Constraint::OrganizationNotInAllFeaturesMode,
        "This operation can be performed only on organizations that have enabled all features.",
    )
}

pub fn immutable_policy() -> Fault {
    invalid(Invalid::ImmutablePolicy, "You specified a policy that is managed by AWS and can't be modified.")
}

pub fn too_many_accounts() -> Fault {
    constraint(Constraint::AccountNumberLimitExceeded, "You have exceeded the allowed number of AWS accounts.")
}
