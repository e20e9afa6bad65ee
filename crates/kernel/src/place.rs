//! Where things are: accounts, regions, partitions and ARNs.

use std::fmt;

/// A 12-digit account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u64);

impl AccountId {
    /// The account of the root keys `test`/`test`.
    pub const DEFAULT: AccountId = AccountId(0);

    pub fn parse(text: &str) -> Option<AccountId> {
        (text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok().map(AccountId))?
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        // By hand: every call writes several of them.
        let mut digits = [b'0'; 12];
        let mut rest = self.0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        f.write_str(str::from_utf8(&digits).unwrap_or_default())
    }
}

/// A region of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(&'static str);

impl Region {
    pub const DEFAULT: Region = Region("us-east-1");

    /// Only AWS's own names: a misspelt region fails as it would on AWS.
    pub fn parse(text: &str) -> Option<Region> {
        REGIONS.iter().find(|name| **name == text).map(|name| Region(name))
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub fn partition(self) -> &'static str {
        match self.0 {
            name if name.starts_with("cn-") => "aws-cn",
            name if name.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// From the endpoints that botocore 1.43 lists; the first is the most common, so it is found first.
const REGIONS: [&str; 40] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eusc-de-east-1",
    "us-isob-east-1",
];

/// `arn:partition:service:region:account:resource`. Region and account are empty where the service has none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Arn {
    pub partition: String,
    pub service: String,
    pub region: String,
    pub account: String,
    pub resource: String,
}

impl Arn {
    /// The ARN of a regional resource.
    pub fn new(service: &str, region: Region, account: AccountId, resource: &str) -> Arn {
        Arn {
            partition: region.partition().to_owned(),
            service: service.to_owned(),
            region: region.to_string(),
            account: account.to_string(),
            resource: resource.to_owned(),
        }
    }

    pub fn parse(text: &str) -> Option<Arn> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let mut part = || parts.next().map(str::to_owned);
        let arn = Arn { partition: part()?, service: part()?, region: part()?, account: part()?, resource: part()? };
        (!arn.partition.is_empty() && !arn.service.is_empty() && !arn.resource.is_empty()).then_some(arn)
    }

    pub fn account_id(&self) -> Option<AccountId> {
        AccountId::parse(&self.account)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Arn { partition, service, region, account, resource } = self;
        f.write_str("arn")?;
        [partition, service, region, account, resource].iter().try_for_each(|part| {
            f.write_str(":")?;
            f.write_str(part)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_read_back() {
        for text in ["arn:aws:sqs:us-east-1:000000000000:jobs", "arn:aws:iam::123456789012:role/a:b/c"] {
            assert_eq!(Arn::parse(text).map(|arn| arn.to_string()).as_deref(), Some(text));
        }
        for text in ["", "arn", "arn:aws:sqs:us-east-1:0", "arn:aws:sqs:us-east-1:0:", "urn:aws:sqs:a:b:c"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn accounts_have_twelve_digits() {
        assert_eq!(AccountId::parse("000000000042").map(|id| id.to_string()).as_deref(), Some("000000000042"));
        assert_eq!(AccountId::parse("42"), None);
        assert_eq!(AccountId::parse("00000000004x"), None);
    }
}
