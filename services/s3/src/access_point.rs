//! Access points, as requests reach buckets through them: how they are named, found, and whom they let in.

use crate::{
    edge, faults,
    public_access::Blocks,
    records::{AccessPointRecord, AliasRecord, aliased, points},
};
use http::header;
use kernel::{AccountId, Arn, Cx, Region, Result, store::Rows};
use lang::policy::ContextKeys;
use std::{ops::Deref, sync::Arc};
use wire::Operation;

/// What the names of aliases end with, and no bucket's.
const ALIAS: &str = "-s3alias";

/// An access point as it was when the call found it.
#[derive(Clone)]
pub struct AccessPoint(Arc<Found>);

pub struct Found {
    pub name: String,
    pub account: AccountId,
    pub region: Region,
    /// `arn:aws:s3:region:account:accesspoint/name`
    pub arn: Arc<str>,
    pub record: AccessPointRecord,
}

impl Deref for AccessPoint {
    type Target = Found;

    fn deref(&self) -> &Found {
        &self.0
    }
}

/// How a request names an access point (S3 user guide, "Referencing access points").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    Named {
        account: AccountId,
        region: Region,
        name: String,
    },
    Alias(String),
    /// An ARN of something else.
    Invalid,
}

impl Reference {
    /// An ARN, or an alias; `None` of the name of a bucket.
    pub fn parse(text: &str) -> Option<Reference> {
        if Reference::is_alias(text) {
            return Some(Reference::Alias(text.to_owned()));
        }
        text.starts_with("arn:").then(|| Reference::of_arn(text).unwrap_or(Reference::Invalid))
    }

    pub fn is_alias(text: &str) -> bool {
        text.ends_with(ALIAS)
    }

    /// Whether it says that the access point is this account's.
    pub fn is_of(&self, owner: AccountId) -> bool {
        matches!(self, Reference::Named { account, .. } if *account == owner)
    }

    fn of_arn(text: &str) -> Option<Reference> {
        let arn = Arn::parse(text)?;
        let (account, region) = (arn.account_id()?, Region::parse(&arn.region)?);
        let name = arn.resource.strip_prefix("accesspoint").and_then(|rest| rest.strip_prefix(['/', ':']))?;
        let ours = arn.service == "s3" && arn.partition == region.partition() && is_valid(name);
        ours.then(|| Reference::Named { account, region, name: name.to_owned() })
    }

    /// `name-account`, where a host begins with it: so clients put it before an endpoint of their own. Which Region is meant, the
    /// signature says.
    pub fn of_host(cx: &Cx, text: &str) -> Option<Reference> {
        let (name, account) = owned(text)?;
        let (_, front) = edge::split(cx.header(header::HOST)?)?;
        (front == text && cx.request().signed.is_some()).then(|| Reference::Named {
            account,
            region: cx.region(),
            name: name.to_owned(),
        })
    }
}

/// `name-111122223333`
pub fn owned(text: &str) -> Option<(&str, AccountId)> {
    let (name, account) = text.rsplit_once('-')?;
    AccountId::parse(account).filter(|_| is_valid(name)).map(|account| (name, account))
}

/// Where an access point is, as the ARNs of calls have it.
pub fn arn_of(account: AccountId, region: Region, name: &str) -> Arc<str> {
    format!("arn:{}:s3:{region}:{account}:accesspoint/{name}", region.partition()).into()
}

/// S3 user guide, "Naming rules for access points".
pub fn is_valid(name: &str) -> bool {
    (3..=50).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        // `-ext-s3alias`, too.
        && !name.ends_with(ALIAS)
}

/// `[access point prefix]-[metadata]-s3alias`, as long as the name of a bucket may be.
pub fn new_alias(cx: &Cx, name: &str) -> String {
    const METADATA: usize = 34;
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let prefix = &name[..name.len().min(63 - METADATA - 1 - ALIAS.len())];
    let (a, b) = (cx.cloud().ids().u128(), cx.cloud().ids().u128());
    let letter = |at: usize| {
        let bits = if at < 24 { a >> (5 * at) } else { b >> (5 * (at - 24)) };
        char::from(LETTERS[(bits & 31) as usize])
    };
    let metadata: String = (0..METADATA).map(letter).collect();
    format!("{prefix}-{metadata}{ALIAS}")
}

/// Operations that go through access points (S3 user guide, "Access point compatibility"): those whose actions have access
/// points among their resources, and one that only the table has.
pub fn supports(operation: &Operation) -> bool {
    operation.name == "ListMultipartUploads"
        || operation.iam.resources.iter().any(|resource| resource.name.starts_with("accesspoint"))
}

impl AccessPoint {
    pub async fn find(cx: &Cx, reference: &Reference) -> Result<AccessPoint> {
        match reference {
            Reference::Named { account, region, name } => AccessPoint::named(cx, *account, *region, name).await,
            Reference::Alias(alias) => {
                let found = cx.read().record::<AliasRecord>(&aliased(alias)).await?;
                let AliasRecord { account, region, name } = found.ok_or_else(faults::invalid_access_point_alias)?;
                let region = Region::parse(&region).unwrap_or(Region::DEFAULT);
                AccessPoint::named(cx, AccountId(account), region, &name).await
            }
            Reference::Invalid => Err(faults::invalid_access_point()),
        }
    }

    pub async fn named(cx: &Cx, account: AccountId, region: Region, name: &str) -> Result<AccessPoint> {
        let record = cx.read().record::<AccessPointRecord>(&points(account, region).text(name)).await?;
        let record = record.ok_or_else(|| faults::no_such_access_point(name))?;
        Ok(AccessPoint::of(account, region, name, record))
    }

    pub fn of(account: AccountId, region: Region, name: &str, record: AccessPointRecord) -> AccessPoint {
        let arn = arn_of(account, region, name);
        AccessPoint(Arc::new(Found { name: name.to_owned(), account, region, arn, record }))
    }

    /// What policies name: the access point, or an object through it.
    pub fn resource(&self, key: Option<&str>) -> Arc<str> {
        match key {
            Some(key) => format!("{}/object/{key}", self.arn).into(),
            None => self.arn.clone(),
        }
    }

    /// Its own host on AWS.
    pub fn host(&self) -> String {
        format!("{}-{}.s3-accesspoint.{}.amazonaws.com", self.name, self.account, self.region)
    }

    pub fn blocks(&self) -> Blocks {
        Blocks {
            public_acls: self.record.public_acls_blocked,
            acls_ignored: self.record.public_acls_ignored,
            public_policy: self.record.public_policy_blocked,
            restricted: self.record.public_restricted,
        }
    }

    pub fn is_of_vpc(&self) -> bool {
        !self.record.vpc.is_empty()
    }

    /// The policy as it was put.
    pub fn policy(&self) -> Option<&str> {
        Some(self.record.policy.as_str()).filter(|text| !text.is_empty())
    }

    /// Refuses who does not sign ("Access points don't support anonymous access"), and what comes from elsewhere than the VPC:
    /// there are none here, so everything does.
    pub fn admit(&self, cx: &Cx) -> Result<()> {
        match cx.caller().is_anonymous() || self.is_of_vpc() {
            true => Err(faults::access_denied()),
            false => Ok(()),
        }
    }

    /// Adds what policies may ask of an access point.
    pub fn add_keys(&self, keys: &mut ContextKeys) {
        add_keys(keys, self.account, &self.arn, self.is_of_vpc());
        for (key, value) in &self.record.tags {
            keys.set(format!("s3:AccessPointTag/{key}"), value.as_str());
        }
    }
}

/// The same of one that is to be.
pub fn add_keys(keys: &mut ContextKeys, account: AccountId, arn: &str, of_vpc: bool) {
    keys.set("s3:DataAccessPointArn", arn)
        .set("s3:DataAccessPointAccount", account.to_string())
        .set("s3:AccessPointNetworkOrigin", if of_vpc { "VPC" } else { "Internet" });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        let named = |region: &str, name: &str| Reference::Named {
            account: AccountId(123456789012),
            region: Region::parse(region).unwrap(),
            name: name.to_owned(),
        };
        for (text, expected) in [
            ("films", None),
            ("arn:aws:s3:us-west-2:123456789012:accesspoint/prod", Some(named("us-west-2", "prod"))),
            ("arn:aws:s3:us-west-2:123456789012:accesspoint:prod", Some(named("us-west-2", "prod"))),
            ("arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/prod", Some(named("cn-north-1", "prod"))),
            ("arn:aws:s3:cn-north-1:123456789012:accesspoint/prod", Some(Reference::Invalid)),
            ("arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", Some(Reference::Invalid)),
            ("arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/prod", Some(Reference::Invalid)),
            ("arn:aws:s3:us-west-2:123456789012:accesspoint/prod/object/k", Some(Reference::Invalid)),
            ("prod-abc-s3alias", Some(Reference::Alias("prod-abc-s3alias".to_owned()))),
        ] {
            assert_eq!(Reference::parse(text), expected, "{text}");
        }
        assert_eq!(owned("my-ap-123456789012"), Some(("my-ap", AccountId(123456789012))));
        assert_eq!(owned("my-ap"), None);
    }

    #[test]
    fn names() {
        for name in ["abc", "0-a", "a".repeat(50).as_str()] {
            assert!(is_valid(name), "{name}");
        }
        for name in ["ab", "a".repeat(51).as_str(), "-ab", "ab-", "a_b", "a.b", "Abc", "a b", "abc-s3alias"] {
            assert!(!is_valid(name), "{name}");
        }
    }
}
