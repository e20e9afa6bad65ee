//! AWS managed policies, from the data that `cargo xtask codegen` writes.

use std::sync::LazyLock;
use wire::Timestamp;

/// A policy that AWS owns, in its default version.
#[derive(Debug, PartialEq, Eq)]
pub struct AwsManagedPolicy {
    pub name: &'static str,
    /// Begins and ends with a slash.
    pub path: &'static str,
    /// The number of the default version.
    pub version: u64,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub document: &'static str,
}

static DATA: &str = include_str!("../data/aws_managed_policies.txt");

/// By name. Only what comes before the documents is read for it.
static POLICIES: LazyLock<Vec<AwsManagedPolicy>> = LazyLock::new(|| {
    let (index, mut documents) = DATA.split_once("\n\n").unwrap_or_default();
    let mut policy = |line: &'static str| {
        let mut fields = line.split(' ');
        let mut field = || fields.next();
        let (name, path) = (field()?, field()?);
        let version = field()?.parse().ok()?;
        let (created, updated) = (Timestamp::parse(field()?)?, Timestamp::parse(field()?)?);
        let document;
        (document, documents) = documents.split_at_checked(field()?.parse().ok()?)?;
        documents = documents.strip_prefix('\n')?;
        Some(AwsManagedPolicy { name, path, version, created, updated, document })
    };
    index.lines().skip(1).filter_map(&mut policy).collect()
});

/// All of them, by name.
pub fn all() -> &'static [AwsManagedPolicy] {
    &POLICIES
}

/// The policy of an ARN: `arn:aws:iam::aws:policy/job-function/Billing`, in any partition.
pub fn find(arn: &str) -> Option<&'static AwsManagedPolicy> {
    let (partition, resource) = arn.strip_prefix("arn:")?.split_once(":iam::aws:policy")?;
    let (_, name) = resource.rsplit_once('/')?;
    let found = POLICIES.binary_search_by(|policy| policy.name.cmp(name)).ok().map(|at| &POLICIES[at])?;
    let path = resource.strip_suffix(name)?;
    (found.path == path && matches!(partition, "aws" | "aws-cn" | "aws-us-gov")).then_some(found)
}

impl AwsManagedPolicy {
    pub fn arn(&self, partition: &str) -> String {
        format!("arn:{partition}:iam::aws:policy{}{}", self.path, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lang::policy::{Kind, Policy};

    #[test]
    fn every_policy_is_found_and_is_a_policy() {
        assert_eq!(all().len(), DATA.split("\n\n").next().map_or(0, |index| index.lines().count() - 1));
        assert!(all().len() > 1_500);
        for policy in all() {
            assert_eq!(find(&policy.arn("aws")), Some(policy));
            let parsed = Policy::parse(policy.document, Kind::Identity);
            assert_eq!(parsed.err().map(|error| error.detail().to_owned()), None, "{}", policy.name);
        }
    }

    #[test]
    fn those_that_everybody_uses_are_there() {
        for path in [
            "/AdministratorAccess",
            "/PowerUserAccess",
            "/ReadOnlyAccess",
            "/job-function/Billing",
            "/service-role/AWSLambdaBasicExecutionRole",
            "/aws-service-role/AmazonECSServiceRolePolicy",
        ] {
            assert!(find(&format!("arn:aws:iam::aws:policy{path}")).is_some(), "{path}");
        }
        for arn in ["arn:aws:iam::aws:policy/Billing", "arn:aws:iam::111122223333:policy/AdministratorAccess", "x", ""]
        {
            assert_eq!(find(arn), None, "{arn}");
        }
    }
}
