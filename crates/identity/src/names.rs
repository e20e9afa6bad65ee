//! Names in IAM are kept as they were written and compared without regard to case (IAM user guide, "IAM identifiers").

use kernel::{AccountId, Cx};

/// The form of a name that keys use.
pub fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// An ARN of IAM, which has no region: `arn:aws:iam::111122223333:user/path/name`.
pub fn iam_arn(cx: &Cx, account: AccountId, resource: &str) -> String {
    format!("arn:{}:iam::{account}:{resource}", cx.region().partition())
}
