//! What jobs write into buckets, as their role: names, digests, the call.

use super::end::Failure;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use data_encoding::HEXLOWER;
use kernel::{Cx, Result};
use md5::{Digest, Md5};
use s3_api::{PutObjectInput, PutObjectOutput};
use wire::{Fault, TimeFormat, Timestamp};

/// Where files go.
pub struct Place<'a> {
    pub bucket: &'a str,
    /// The account that must own it.
    pub owner: Option<&'a String>,
    /// The KMS key that they are encrypted with; without one it is S3's own.
    pub kms_key: Option<&'a String>,
}

impl Place<'_> {
    pub async fn put(
        &self,
        role: &Cx,
        key: &str,
        bytes: Vec<u8>,
        kind: &str,
    ) -> Result<std::result::Result<PutObjectOutput, Failure>> {
        let input = PutObjectInput {
            bucket: self.bucket.to_owned(),
            key: key.to_owned(),
            body: Some(bytes.into()),
            content_type: Some(kind.to_owned()),
            expected_bucket_owner: self.owner.cloned(),
            server_side_encryption: Some(if self.kms_key.is_some() { "aws:kms" } else { "AES256" }.into()),
            sse_kms_key_id: self.kms_key.cloned(),
            ..PutObjectInput::default()
        };
        match role.call(input).await {
            Ok(output) => Ok(Ok(output)),
            Err(fault) if fault.kind().status < 500 => Ok(Err(of(&fault))),
            Err(fault) => Err(fault),
        }
    }
}

fn of(fault: &Fault) -> Failure {
    Failure::new(fault.kind().code, fault.message())
}

/// `prefix/job-ID/`
pub fn base(prefix: Option<&String>, job: &str) -> String {
    match prefix.map(|prefix| prefix.trim_end_matches('/')).filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{prefix}/job-{job}/"),
        None => format!("job-{job}/"),
    }
}

pub fn md5(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Md5::digest(bytes))
}

/// What a file is named by: the same content has the same name, so writing it again changes nothing.
pub fn sha1(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref())
}

/// `2019-04-05T17:48:39.725Z`
pub fn time(at: Timestamp) -> String {
    let whole = Timestamp::from_secs(at.secs()).format(TimeFormat::Iso8601);
    let millis = at.0.rem_euclid(1_000_000) / 1_000;
    whole.replace('Z', &format!(".{millis:03}Z"))
}
