//! What an object is described by: headers, metadata, storage class, tags, lock. The same of every way to write one.

use crate::{
    bucket::Bucket,
    checksum::{Algorithm, Stated},
    faults,
    records::ObjectRecord,
};
use kernel::{Cx, Result};
use s3_api::{ChecksumAlgorithm, StorageClass};
use wire::{Dict, Timestamp, query};

/// Keys and values of user metadata, together, in bytes (S3 user guide, "Working with object metadata").
const MAX_METADATA: usize = 2 * 1024;
/// Object tags (S3 user guide, "Categorizing your objects using tags").
pub const MAX_TAGS: usize = 10;
const MAX_TAG_KEY: usize = 128;
const MAX_TAG_VALUE: usize = 256;

/// How an object is to be described; made by [`described!`].
#[derive(Clone, Debug, Default)]
pub struct Described(ObjectRecord);

/// What a client gives to describe an object.
pub struct Given<'a> {
    pub headers: [(&'static str, Option<&'a String>); 6],
    pub metadata: Option<&'a Dict<String>>,
    pub storage_class: Option<&'a StorageClass>,
    pub tagging: Option<&'a String>,
    pub website_redirect: Option<&'a String>,
    pub lock_mode: Option<&'a str>,
    pub retain_until: Option<Timestamp>,
    pub legal_hold: Option<&'a str>,
    pub acl: crate::acl::Asked<'a>,
}

/// Reads the members that PutObject, CopyObject and CreateMultipartUpload share.
macro_rules! described {
    ($cx:expr, $bucket:expr, $input:expr) => {
        $crate::attributes::Described::new(
            $cx,
            $bucket,
            &$crate::attributes::Given {
                headers: [
                    ("cache-control", $input.cache_control.as_ref()),
                    ("content-disposition", $input.content_disposition.as_ref()),
                    ("content-encoding", $input.content_encoding.as_ref()),
                    ("content-language", $input.content_language.as_ref()),
                    ("content-type", $input.content_type.as_ref()),
                    ("expires", $input.expires.as_ref()),
                ],
                metadata: $input.metadata.as_ref(),
                storage_class: $input.storage_class.as_ref(),
                tagging: $input.tagging.as_ref(),
                website_redirect: $input.website_redirect_location.as_ref(),
                lock_mode: $input.object_lock_mode.as_ref().map(|mode| mode.as_str()),
                retain_until: $input.object_lock_retain_until_date,
                legal_hold: $input.object_lock_legal_hold_status.as_ref().map(|status| status.as_str()),
                acl: $crate::acl::asked!($input),
            },
        )
    };
}
pub(crate) use described;

impl Described {
    pub async fn new(cx: &Cx, bucket: &Bucket, given: &Given<'_>) -> Result<Described> {
        let (owner, acl) = crate::acl::of_write(cx, bucket, &given.acl).await?;
        let mut record = ObjectRecord { owner: owner.0, acl, ..ObjectRecord::default() };
        for (name, value) in given.headers {
            let value = match value {
                // The framing of the request's body is not the object's.
                Some(value) if name == "content-encoding" => without_chunking(value),
                Some(value) => value.clone(),
                None => continue,
            };
            if !value.is_empty() {
                record.headers.push((name.to_owned(), value));
            }
        }
        if let Some(metadata) = given.metadata {
            let size: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
            if size > MAX_METADATA {
                return Err(faults::metadata_of_size(size, MAX_METADATA));
            }
            record.metadata = metadata.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
        }
        record.storage_class = storage_class(given.storage_class)?;
        record.tags = given.tagging.map(|text| tags_of_header(text)).transpose()?.unwrap_or_default();
        if let Some(location) = given.website_redirect {
            if !["/", "http://", "https://"].iter().any(|prefix| location.starts_with(prefix)) {
                return Err(faults::INVALID_REDIRECT_LOCATION
                    .fault("The website redirect location must have a prefix of 'http://' or 'https://' or '/'."));
            }
            record.website_redirect = location.clone();
        }
        crate::lock::describe(cx, bucket, given, &mut record)?;
        Ok(Described(record))
    }

    /// Refuses an upload in one piece that is to be locked and does not say its checksum.
    pub fn needs_checksum(&self, cx: &Cx) -> Result<()> {
        crate::lock::needs_checksum(cx, &self.0)
    }

    /// The record so far.
    pub fn record(self) -> ObjectRecord {
        self.0
    }
}

/// `aws-chunked,gzip` is the gzip of a chunked request.
fn without_chunking(encoding: &str) -> String {
    let kept = encoding.split(',').map(str::trim).filter(|item| !item.eq_ignore_ascii_case("aws-chunked"));
    kept.collect::<Vec<_>>().join(",")
}

/// Empty for STANDARD.
pub fn storage_class(class: Option<&StorageClass>) -> Result<String> {
    match class {
        None | Some(StorageClass::Standard) => Ok(String::new()),
        Some(
            StorageClass::Unknown(_)
            | StorageClass::Outposts
            | StorageClass::Snow
            | StorageClass::ExpressOnezone
            | StorageClass::FsxOpenzfs
            | StorageClass::FsxOntap,
        ) => Err(faults::INVALID_STORAGE_CLASS.fault("The storage class you specified is not valid")),
        Some(class) => Ok(class.as_str().to_owned()),
    }
}

/// The storage class as lists show it.
pub fn shown_class(record: &ObjectRecord) -> &str {
    if record.storage_class.is_empty() { "STANDARD" } else { &record.storage_class }
}

/// `key=value&…`, as in a query string.
pub fn tags_of_header(text: &str) -> Result<Vec<(String, String)>> {
    let invalid = || {
        faults::invalid_argument(
            "x-amz-tagging",
            text,
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
        )
    };
    let mut tags = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let key = query::unescape(key, true).map_err(|_| invalid())?.into_owned();
        let value = query::unescape(value, true).map_err(|_| invalid())?.into_owned();
        tags.push((key, value));
    }
    check_tags(&tags, MAX_TAGS)
        .map_err(|fault| if fault.kind().code == "InvalidTag" && has_twins(&tags) { invalid() } else { fault })?;
    Ok(tags)
}

fn has_twins(tags: &[(String, String)]) -> bool {
    tags.iter().enumerate().any(|(at, (key, _))| tags[..at].iter().any(|(other, _)| other == key))
}

/// Refuses tags that break the rules of tags: for objects at most 10, for buckets 50.
pub fn check_tags(tags: &[(String, String)], most: usize) -> Result<()> {
    let invalid = |message: &str| Err(faults::INVALID_TAG.fault(message));
    if tags.len() > most {
        return match most {
            MAX_TAGS => Err(faults::BAD_REQUEST.fault("Object tags cannot be greater than 10")),
            _ => Err(faults::BAD_REQUEST.fault(format!("Bucket tag count cannot be greater than {most}"))),
        };
    }
    let allowed = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "+-=._:/@".contains(c));
    for (key, value) in tags {
        if key.is_empty() || key.chars().count() > MAX_TAG_KEY || !allowed(key) {
            return invalid("The TagKey you have provided is invalid");
        }
        if value.chars().count() > MAX_TAG_VALUE || !allowed(value) {
            return invalid("The TagValue you have provided is invalid");
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return invalid("System tags cannot be added/updated by requester");
        }
    }
    if has_twins(tags) {
        return invalid("Cannot provide multiple Tags with the same key");
    }
    Ok(())
}

/// Which checksum is kept of an upload: the one that is stated, or announced to come behind the body, or asked for; else
/// CRC64NVME, as AWS adds by itself.
pub fn algorithm(cx: &Cx, stated: &Stated<'_>, asked: Option<&ChecksumAlgorithm>) -> Result<Option<Algorithm>> {
    Ok(stated_algorithm(cx, stated, asked)?.or(Some(Algorithm::Crc64Nvme)))
}

/// The same, without what AWS adds.
pub fn stated_algorithm(cx: &Cx, stated: &Stated<'_>, asked: Option<&ChecksumAlgorithm>) -> Result<Option<Algorithm>> {
    let trailing = cx.header("x-amz-trailer").into_iter().flat_map(|names| names.split(','));
    let trailing = trailing.filter_map(|name| Algorithm::named(name.trim().strip_prefix("x-amz-checksum-")?)).next();
    let found = stated.algorithm.or(trailing);
    let asked = asked.map(named).transpose()?;
    match (found, asked) {
        (Some(found), Some(asked)) if found != asked => {
            Err(faults::invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid."))
        }
        (None, Some(_)) if cx.header("x-amz-sdk-checksum-algorithm").is_some() => Err(faults::invalid_request(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
        )),
        (found, asked) => Ok(found.or(asked)),
    }
}

/// An algorithm as inputs name it.
pub fn named(algorithm: &ChecksumAlgorithm) -> Result<Algorithm> {
    Algorithm::named(algorithm.as_str()).ok_or_else(|| {
        faults::invalid_request(format!(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [{}]",
            crate::checksum::ALL.map(|algorithm| algorithm.name().to_ascii_uppercase()).join(", ")
        ))
    })
}

/// An entity tag as it is answered.
pub fn quoted(etag: &str) -> String {
    ["\"", etag, "\""].concat()
}
