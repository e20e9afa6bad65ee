//! Organizations: the accounts of the cloud, the organizations they are in, and which policies are over an account.

mod controls;
mod keys;
mod managed;
mod membership;
mod records;

pub use controls::{Controls, Document, attached, controls};
pub use keys::{
    OrganizationKeys, account, account_of_email, contact, creations, handshake, handshakes_of, organization,
    organizations,
};
pub use managed::{ManagedPolicy, managed, managed_of};
pub use membership::{
    Membership, account_record, accounts, is_taken, membership, path, unrecorded_account, unrecorded_email,
};
pub use records::*;

/// An ARN of Organizations: its resources belong to the management account, and to no region.
pub fn arn(management: kernel::AccountId, resource: &str) -> String {
    format!("arn:aws:organizations::{management}:{resource}")
}

/// The segment of a policy's type in its ARN: `service_control_policy`.
pub fn policy_arn(organization: &OrganizationRecord, policy: &str, policy_type: &str) -> String {
    let segment = policy_type.to_ascii_lowercase();
    match managed(policy) {
        Some(_) => format!("arn:aws:organizations::aws:policy/{segment}/{policy}"),
        None => arn(organization.management(), &format!("policy/{}/{segment}/{policy}", organization.id)),
    }
}
