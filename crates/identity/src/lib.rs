//! Principals, their policies and the organization around them: the records that IAM, STS and Organizations write and
//! that every call's authentication and authorisation read.

pub mod aws_managed;
mod directory;
mod generation;
mod ids;
mod keys;
pub mod limits;
mod names;
pub mod organization;
mod records;
pub mod sealed;
pub mod services;
pub mod signing;
pub mod totp;
mod trust;
mod used;

pub use aws_managed::AwsManagedPolicy;
pub use directory::{Directory, grants_of, managed_document};
pub use generation::{changed, generation};
pub use ids::{Kind, account_of_key, secret_access_key, unique_id};
pub use keys::{Entity, IamKeys, access_key, session};
pub use names::{folded, iam_arn};
pub use records::*;
pub use trust::{put_ids, trust_in_force};
pub use used::{Use, uses};
