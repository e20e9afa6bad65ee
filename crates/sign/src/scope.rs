//! Credential scopes: where and when a signing key is good for.

use std::borrow::Cow;

use crate::claim::Algorithm;
use crate::fault::Fault;
use crate::instant::Stamp;

const TERMINATOR: &str = "aws4_request";

/// The pieces of `Credential=AKID/20150830/us-east-1/iam/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The whole value as the client sent it.
    pub(crate) credential: Cow<'a, str>,
    cuts: [u32; 4],
    asymmetric: bool,
}

impl<'a> Scope<'a> {
    /// Five elements, or four for SigV4a, which has no region here.
    pub(crate) fn read(credential: Cow<'a, str>, algorithm: Algorithm, presigned: bool) -> Result<Self, Fault> {
        let asymmetric = algorithm == Algorithm::EcdsaP256Sha256;
        let wanted = if asymmetric { 3 } else { 4 };
        let mut cuts = [0u32; 4];
        let mut found = 0;
        for (at, _) in credential.bytes().enumerate().filter(|&(_, byte)| byte == b'/') {
            if found < wanted {
                cuts[4 - wanted + found] = u32::try_from(at).unwrap_or(u32::MAX);
            }
            found += 1;
        }
        if found != wanted || cuts[4 - wanted] == 0 {
            return Err(Fault::CredentialMalformed {
                credential: credential.into_owned(),
                elements: wanted + 1,
                presigned,
            });
        }
        if asymmetric {
            // The region's slot is empty: it begins and ends where the date ends.
            cuts[0] = cuts[1];
            cuts[1] = cuts[2];
        }
        Ok(Scope { credential, cuts, asymmetric })
    }

    fn piece(&self, from: usize, to: usize) -> &str {
        let start = self.cuts[from] as usize + 1;
        let end = self.cuts.get(to).map_or(self.credential.len(), |&end| end as usize);
        self.credential.get(start..end).unwrap_or_default()
    }

    pub fn access_key_id(&self) -> &str {
        &self.credential[..self.cuts[0] as usize]
    }

    pub fn date(&self) -> &str {
        self.piece(0, 1)
    }

    /// `None` for SigV4a, whose regions are in [`crate::Claim::region_set`].
    pub fn region(&self) -> Option<&str> {
        if self.asymmetric { None } else { Some(self.piece(1, 2)) }
    }

    pub fn service(&self) -> &str {
        self.piece(2, 3)
    }

    fn terminator(&self) -> &str {
        self.piece(3, 4)
    }

    /// Everything after the access key id, the third line of a string to sign.
    pub(crate) fn text(&self) -> &str {
        self.credential.get(self.cuts[0] as usize + 1..).unwrap_or_default()
    }

    /// Compares with what the endpoint expects and with the signing instant; all complaints are in the one fault.
    pub(crate) fn check(
        &self,
        expected: &Expected<'_>,
        region_set: Option<&str>,
        stamp: &Stamp,
        presigned: bool,
    ) -> Result<(), Fault> {
        let region_ok = expected.region.is_none_or(|region| match self.region() {
            Some(mine) => mine == region,
            None => region_set.is_some_and(|set| covers(set, region)),
        });
        let service_ok = expected.service.is_none_or(|service| self.service() == service);
        let terminator_ok = self.terminator() == TERMINATOR;
        let date_ok = self.date() == stamp.date();
        if region_ok && service_ok && terminator_ok && date_ok {
            return Ok(());
        }
        let own = |text: &str| text.to_owned();
        Err(Fault::WrongScope(Box::new(WrongScope {
            region: (!region_ok).then(|| {
                (own(self.region().or(region_set).unwrap_or_default()), own(expected.region.unwrap_or_default()))
            }),
            service: (!service_ok).then(|| (own(self.service()), own(expected.service.unwrap_or_default()))),
            terminator: (!terminator_ok).then(|| own(self.terminator())),
            date: (!date_ok).then(|| (own(self.date()), *stamp)),
            presigned,
        })))
    }
}

/// Whether a comma-separated region set, whose members may end in or contain `*`, covers a region
/// (IAM User Guide, "AWS Signature Version 4a": `X-Amz-Region-Set: us-west-*`).
fn covers(set: &str, region: &str) -> bool {
    set.split(',').map(str::trim).any(|member| match member.split_once('*') {
        Some((head, tail)) => {
            region.len() >= head.len() + tail.len() && region.starts_with(head) && region.ends_with(tail)
        }
        None => member == region,
    })
}

/// The pieces of a scope that are wrong, and only those. A pair is what the client sent and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongScope {
    pub region: Option<(String, String)>,
    pub service: Option<(String, String)>,
    pub terminator: Option<String>,
    /// The date of the scope, and the signing instant whose date it should be.
    pub date: Option<(String, Stamp)>,
    pub presigned: bool,
}

/// What the endpoint that received the request answers for. `None` accepts whatever the client signed for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected<'a> {
    pub region: Option<&'a str>,
    /// The signing name, e.g. `sqs`, `s3`, `execute-api`.
    pub service: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_both_kinds() {
        let s = Scope::read("AK/ID/20150830/us-east-1/iam/aws4_request".into(), Algorithm::HmacSha256, false);
        assert!(matches!(s, Err(Fault::CredentialMalformed { elements: 5, .. })));
        let s = Scope::read("AKID/20150830/us-east-1/iam/aws4_request".into(), Algorithm::HmacSha256, false).unwrap();
        assert_eq!(
            (s.access_key_id(), s.date(), s.region(), s.service(), s.terminator()),
            ("AKID", "20150830", Some("us-east-1"), "iam", "aws4_request")
        );
        assert_eq!(s.text(), "20150830/us-east-1/iam/aws4_request");
        let s = Scope::read("AKID/20150830/s3/aws4_request".into(), Algorithm::EcdsaP256Sha256, false).unwrap();
        assert_eq!(
            (s.access_key_id(), s.date(), s.region(), s.service(), s.terminator()),
            ("AKID", "20150830", None, "s3", "aws4_request")
        );
        assert_eq!(s.text(), "20150830/s3/aws4_request");
    }

    #[test]
    fn region_sets() {
        assert!(covers("*", "eu-west-1"));
        assert!(covers("us-east-1, eu-*", "eu-west-1"));
        assert!(!covers("us-east-1,us-*", "eu-west-1"));
    }
}
