//! Which policies make a bucket public (S3 user guide, "The meaning of 'public'").

use crate::access_point::AccessPoint;
use lang::policy::{Comparison, Condition, Effect, Kind, Policy, PrincipalId, SetOperator, Statement};

/// Keys that limit a statement to somebody, where their values are fixed.
const LIMITS: [&str; 13] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

pub fn is_public(text: &str) -> bool {
    Policy::parse(text, Kind::Resource).is_ok_and(|policy| allows_public(&policy))
}

/// "Amazon S3 begins by assuming that the policy is public. It then evaluates the policy to determine whether it qualifies
/// as non-public."
pub fn allows_public(policy: &Policy) -> bool {
    policy.statements.iter().any(|statement| is_open(statement, limits))
}

/// Whether the policy of an access point lets everybody in. "An access point that has a VPC network origin is always considered
/// non-public".
pub fn is_public_point(point: &AccessPoint) -> bool {
    let policy = point.policy().filter(|_| !point.is_of_vpc());
    policy.is_some_and(|text| Policy::parse(text, Kind::Resource).is_ok_and(|policy| point_allows_public(&policy)))
}

/// "An access point policy that grants access to a set of access points using `s3:DataAccessPointArn` is considered public",
/// other than the policy of a bucket.
pub fn point_allows_public(policy: &Policy) -> bool {
    let limits =
        |condition: &Condition| !condition.key.eq_ignore_ascii_case("s3:DataAccessPointArn") && limits(condition);
    policy.statements.iter().any(|statement| is_open(statement, limits))
}

fn is_open(statement: &Statement, limits: impl Fn(&Condition) -> bool) -> bool {
    if statement.effect == Effect::Deny {
        return false;
    }
    let anybody = statement.principal.as_ref().is_none_or(|principal| {
        let everyone = |entry: &PrincipalId| matches!(entry, PrincipalId::Everyone | PrincipalId::EveryAws);
        principal.negated || principal.entries.iter().any(everyone)
    });
    anybody && !statement.conditions.iter().any(limits)
}

/// Whether a condition holds for fixed values only: no wildcards, no variables.
fn limits(condition: &Condition) -> bool {
    let operator = &condition.operator;
    // Each of these holds where the key is missing.
    if operator.negated || operator.if_exists || operator.set == Some(SetOperator::ForAllValues) {
        return false;
    }
    let key = condition.key.to_ascii_lowercase();
    match operator.comparison {
        Comparison::IpAddress => key == "aws:sourceip" && condition.values().all(is_narrow),
        Comparison::StringEquals
        | Comparison::StringEqualsIgnoreCase
        | Comparison::StringLike
        | Comparison::ArnEquals
        | Comparison::ArnLike => {
            LIMITS.contains(&key.as_str()) && condition.values().all(|value| is_fixed(&key, value))
        }
        _ => false,
    }
}

fn is_fixed(key: &str, value: &str) -> bool {
    // Of access points, it is enough that the account is fixed.
    let value = match key {
        "s3:dataaccesspointarn" => value.split(':').nth(4).unwrap_or(value),
        _ => value,
    };
    !value.contains(['*', '?']) && !value.contains("${")
}

/// "very broad IP ranges" are public: more than a /8 of IPv4 and a /32 of IPv6.
fn is_narrow(network: &str) -> bool {
    match network.split_once('/') {
        None => true,
        Some((address, bits)) => {
            let least = if address.contains(':') { 32 } else { 8 };
            bits.parse::<u8>().is_ok_and(|bits| bits >= least)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_public() {
        let table = [
            (r#""Principal":"*""#, true),
            (r#""Principal":{"AWS":"*"}"#, true),
            (r#""Principal":{"AWS":"111122223333"}"#, false),
            (r#""Principal":{"Service":"cloudfront.amazonaws.com"}"#, false),
            (r#""Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, false),
            (r#""Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","0.0.0.0/0"]}}"#, true),
            (r#""Principal":"*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}"#, false),
            (r#""Principal":"*","Condition":{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#, true),
            (r#""Principal":"*","Condition":{"StringEqualsIfExists":{"aws:SourceVpc":"vpc-91237329"}}"#, true),
            (r#""Principal":"*","Condition":{"StringNotEquals":{"aws:SourceVpc":"vpc-91237329"}}"#, true),
            (r#""Principal":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}"#, false),
            (r#""Principal":"*","Condition":{"StringEquals":{"aws:PrincipalArn":"${aws:PrincipalArn}"}}"#, true),
            (r#""Principal":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#, true),
            (r#""NotPrincipal":{"AWS":"111122223333"}"#, true),
        ];
        for (principal, public) in table {
            let statement =
                format!(r#""Effect":"Allow",{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*""#);
            let document = format!(r#"{{"Version":"2012-10-17","Statement":{{{statement}}}}}"#);
            assert_eq!(is_public(&document), public, "{principal}");
        }
    }
}
