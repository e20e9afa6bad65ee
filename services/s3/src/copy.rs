//! Copying objects: finding what is copied, and CopyObject.

use crate::{
    access,
    attributes::{self, described},
    bucket::{Bucket, with_bucket},
    checksum::{self, Algorithm, tell},
    conditions::{self, Asked},
    data::{self, MAX_PUT, Stored},
    encryption::{self, Customer},
    events, faults, get, names,
    records::{ObjectRecord, kind},
    replication::pending,
    seal::DataKey,
    target::{may, may_of},
    versions::{self, Named},
};
use kernel::{AccountId, Cx, Result};
use s3_api::*;
use wire::query;

/// How often a source is looked for again that changed while it was being copied.
const ATTEMPTS: usize = 4;

/// What is to be copied, as the client says it.
pub struct Wanted<'a> {
    /// `bucket/key?versionId=…`, escaped.
    pub source: &'a str,
    pub owner: Option<&'a str>,
    pub asked: Asked<'a>,
    pub customer: Customer<'a>,
}

/// What is copied.
pub struct Source {
    pub bucket: Bucket,
    pub key: String,
    /// The client named a version.
    pub versioned: bool,
    pub record: ObjectRecord,
    data_key: Option<DataKey>,
}

/// A source's name.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    pub bucket: String,
    pub key: String,
    pub version: Option<String>,
}

impl Place {
    /// Reads `x-amz-copy-source`.
    pub fn parse(text: &str) -> Result<Place> {
        let invalid = |message: &str| faults::invalid_argument("x-amz-copy-source", text, message);
        let (path, version) = match text.rsplit_once("?versionId=") {
            Some((path, version)) => (path, Some(version)),
            None => (text, None),
        };
        let unescape = |text: &str| query::unescape(text, true).map(|text| text.into_owned());
        let encoding = |_| invalid("Invalid copy source encoding.");
        let path = unescape(path).map_err(encoding)?;
        let path = path.strip_prefix('/').unwrap_or(&path);
        let parts = match path.starts_with("arn:") {
            // `arn:aws:s3:region:account:accesspoint/name/object/key`
            true => path.split_once("/object/"),
            false => path.split_once('/'),
        };
        match parts {
            Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok(Place {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                version: version.map(unescape).transpose().map_err(encoding)?,
            }),
            _ => Err(invalid("Copy Source must mention the source bucket and key: sourcebucket/sourcekey")),
        }
    }
}

/// What a source names before its key, if it is one.
pub fn bucket_of(source: &str) -> Option<String> {
    Place::parse(source).ok().map(|place| place.bucket)
}

/// Refuses to copy from one Region to another by way of an access point ("same-Region copies only").
pub fn refuse_regions(source: &Bucket, target: &Bucket) -> Result<()> {
    let through = source.point.is_some() || target.point.is_some();
    match through && source.region != target.region {
        true => Err(faults::invalid_request("Cross-Region copying is not supported through access points.")),
        false => Ok(()),
    }
}

impl Wanted<'_> {
    async fn find(&self, cx: &Cx) -> Result<Source> {
        let Place { bucket, key, version } = Place::parse(self.source)?;
        let bucket = Bucket::reached(cx, &bucket).await?.ok_or_else(|| faults::no_such_bucket(&bucket))?;
        if self.owner.is_some_and(|owner| AccountId::parse(owner) != Some(bucket.account)) {
            return Err(faults::access_denied());
        }
        let versioned = version.is_some();
        may_read(cx, &bucket, &key, version.as_deref(), "").await?;
        let snapshot = cx.read();
        let found = match &version {
            None => versions::latest(&*snapshot, &bucket, &key).await?,
            Some(text) => versions::find(&*snapshot, &bucket, &key, &Named::parse(text)?).await?,
        };
        let record = match (found, &version) {
            (Some(record), _) if !record.delete_marker => record,
            (Some(_), Some(_)) => {
                return Err(faults::invalid_request(
                    "The source of a copy request may not specifically refer to a delete marker by version id.",
                ));
            }
            (None, Some(version)) => {
                return Err(access::missing(cx, &bucket, faults::no_such_version_of(&key, version)).await);
            }
            _ => return Err(access::missing(cx, &bucket, faults::no_such_key(&key)).await),
        };
        conditions::hold_for_copy(cx, &self.asked, &record)?;
        get::check_archive(cx, &record).map_err(|_| {
            let state =
                InvalidObjectState { storage_class: Some(record.storage_class.as_str().into()), access_tier: None };
            fault::invalid_object_state("Operation is not valid for the source object's storage class", state)
        })?;
        let data_key = encryption::of_read(cx, &bucket, &key, &record, &self.customer).await?;
        Ok(Source { bucket, key, versioned, record, data_key })
    }

    /// Stores bytes of the source once more, under a key or as they are. `which` says which of them, and which checksum they
    /// get.
    pub async fn copy(
        &self,
        cx: &Cx,
        key: Option<&DataKey>,
        mut which: impl AsyncFnMut(&Source) -> Result<(u64, u64, Algorithm)>,
    ) -> Result<(Source, Stored)> {
        for _ in 0..ATTEMPTS {
            let source = self.find(cx).await?;
            let (from, to, algorithm) = which(&source).await?;
            let record = &source.record;
            let has_sum =
                record.checksum.as_ref().is_some_and(|sum| !sum.composite && sum.algorithm == algorithm.name());
            let whole = (from, to) == (0, record.size) && has_sum && record.content.kind != kind::PARTS;
            let keys = &source.bucket.keys;
            if whole && key.is_none() && source.data_key.is_none() {
                match Stored::second(cx, keys, record).await {
                    Ok(Some(stored)) => return Ok((source, stored)),
                    // Replaced or deleted since it was found.
                    Ok(None) => continue,
                    // A file has only so many names, so its bytes are copied.
                    Err(_) => {}
                }
            }
            let pieces = data::pieces(&*cx.read(), keys, &record.content, record.size, from, to).await?;
            let body = data::read(cx, keys, pieces, source.data_key.clone()).await?;
            let expected = data::Expected { algorithm: Some(algorithm), ..data::Expected::default() };
            let stored = data::take(cx, body, key, expected).await?;
            return Ok((source, stored));
        }
        Err(faults::operation_aborted())
    }
}

impl Source {
    /// As answers have it.
    pub fn version_id(&self) -> Option<String> {
        self.bucket.is_versioned().then(|| versions::id(&self.record))
    }
}

/// Whether the caller may read what is copied, or its tags: decided by the policy of its bucket.
async fn may_read(cx: &Cx, bucket: &Bucket, key: &str, version: Option<&str>, what: &str) -> Result<()> {
    let of_version = if version.is_some() { "Version" } else { "" };
    may_of(cx, bucket, &format!("s3:GetObject{of_version}{what}"), key, version).await
}

pub async fn copy_object(cx: Cx, input: CopyObjectInput) -> Result<CopyObjectOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    names::check_key(&input.key)?;
    conditions::check_write(&input.if_match, &input.if_none_match)?;
    let (own_metadata, own_tags) = directives(&input)?;
    let described = described!(&cx, &bucket, input).await?;
    let asked_sum = input.checksum_algorithm.as_ref().map(attributes::named).transpose()?;
    let writing = encryption::of_write(&cx, &bucket, &input.key, encryption::asked!(input)).await?;
    let wanted = Wanted {
        source: &input.copy_source,
        owner: input.expected_source_bucket_owner.as_deref(),
        asked: Asked {
            if_match: input.copy_source_if_match.as_deref(),
            if_none_match: input.copy_source_if_none_match.as_deref(),
            if_modified_since: input.copy_source_if_modified_since,
            if_unmodified_since: input.copy_source_if_unmodified_since,
        },
        customer: Customer {
            algorithm: input.copy_source_sse_customer_algorithm.as_deref(),
            key: input.copy_source_sse_customer_key.as_deref(),
            md5: input.copy_source_sse_customer_key_md5.as_deref(),
        },
    };
    let copied = wanted
        .copy(&cx, writing.key.as_ref(), async |source| {
            refuse_regions(&source.bucket, &bucket)?;
            if source.record.size > MAX_PUT {
                return Err(faults::copy_source_too_large());
            }
            let itself = source.bucket.name == bucket.name && source.key == input.key && !source.versioned;
            if itself && !changes(&input, &source.record, own_metadata) {
                return Err(faults::invalid_request(
                    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
                ));
            }
            if !own_tags && !source.record.tags.is_empty() {
                let version = source.versioned.then(|| versions::id(&source.record));
                may_read(&cx, &source.bucket, &source.key, version.as_deref(), "Tagging").await?;
                may(&cx, &bucket, "s3:PutObjectTagging", Some(&input.key)).await?;
            }
            let inherited = source.record.checksum.as_ref().and_then(|sum| Algorithm::named(&sum.algorithm));
            Ok((0, source.record.size, asked_sum.or(inherited).unwrap_or(Algorithm::Crc64Nvme)))
        })
        .await?;
    let (source, stored) = copied;
    let described = described.record();
    let mut record = ObjectRecord {
        size: stored.size,
        etag: writing.etag(&cx, stored.md5_text()),
        content: stored.content.clone(),
        checksum: stored.checksum.as_ref().map(|(algorithm, value)| checksum::record(*algorithm, value)),
        encryption: writing.record.clone(),
        ..described
    };
    if !own_metadata {
        record.headers.clone_from(&source.record.headers);
        record.metadata.clone_from(&source.record.metadata);
    }
    if !own_tags {
        record.tags.clone_from(&source.record.tags);
    }
    let done = with_bucket(&cx, &bucket, async |tx, bucket| {
        conditions::hold_for_write(tx, bucket, &input.key, &input.if_match, &input.if_none_match).await?;
        pending::put(&cx, tx, bucket, &input.key, &mut record).await?;
        stored.keep(tx, &bucket.keys);
        events::note(&cx, tx, bucket, &Event::S3ObjectCreatedCopy, &input.key, &record)?;
        Ok(bucket.is_versioned())
    })
    .await;
    let versioned = match done {
        Ok(versioned) => versioned,
        Err(fault) => {
            stored.abandon(&cx);
            return Err(fault);
        }
    };
    let mut result = CopyObjectResult {
        e_tag: Some(attributes::quoted(&record.etag)),
        last_modified: Some(record.modified),
        checksum_type: record.checksum.as_ref().map(checksum::kind),
        ..CopyObjectResult::default()
    };
    tell!(result, &record.checksum);
    let mut output = CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: source.version_id(),
        version_id: versioned.then(|| versions::id(&record)),
        ..CopyObjectOutput::default()
    };
    output.expiration = crate::lifecycle::expiration(&bucket, &input.key, &record)?;
    encryption::tell!(output, &record);
    Ok(output)
}

/// Whether metadata and tags are the request's own, instead of the source's.
fn directives(input: &CopyObjectInput) -> Result<(bool, bool)> {
    let unknown = |name: &str, value: &str, what: &str| {
        Err(faults::invalid_argument(name, value, format!("Unknown {what} directive.")))
    };
    let metadata = match &input.metadata_directive {
        None | Some(MetadataDirective::Copy) => false,
        Some(MetadataDirective::Replace) => true,
        Some(other) => return unknown("x-amz-metadata-directive", other.as_str(), "metadata"),
    };
    match &input.tagging_directive {
        None | Some(TaggingDirective::Copy) => Ok((metadata, false)),
        Some(TaggingDirective::Replace) => Ok((metadata, true)),
        Some(other) => unknown("x-amz-tagging-directive", other.as_str(), "tagging"),
    }
}

/// Whether a copy of an object to itself changes something. What is asked for in words counts, even if it is what is there.
fn changes(input: &CopyObjectInput, source: &ObjectRecord, own_metadata: bool) -> bool {
    own_metadata
        || input.storage_class.is_some()
        || input.website_redirect_location.is_some()
        || input.server_side_encryption.is_some()
        || input.bucket_key_enabled.is_some()
        || input.sse_customer_algorithm.is_some()
        // A copy that was restored becomes an object that stays.
        || source.restore.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let place = |bucket: &str, key: &str, version: Option<&str>| Place {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version: version.map(str::to_owned),
        };
        for (text, expected) in [
            ("b/k", place("b", "k", None)),
            ("/b/k", place("b", "k", None)),
            ("b%2Fa/k", place("b", "a/k", None)),
            ("b/a+b%2Bc%C3%A9", place("b", "a b+cé", None)),
            ("b/k?versionId=null", place("b", "k", Some("null"))),
            ("b/k%3FversionId=x", place("b", "k?versionId=x", None)),
            ("b//k", place("b", "/k", None)),
            (
                "arn%3Aaws%3As3%3Aus-east-1%3A1%3Aaccesspoint%2Fa%2Fobject%2Fk/l",
                place("arn:aws:s3:us-east-1:1:accesspoint/a", "k/l", None),
            ),
        ] {
            assert_eq!(Place::parse(text).ok(), Some(expected), "{text}");
        }
        for text in ["", "b", "b/", "/b", "/", "arn:aws:s3:us-east-1:1:accesspoint/a/k", "b/%FF"] {
            assert!(Place::parse(text).is_err(), "{text}");
        }
    }
}
