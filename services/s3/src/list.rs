//! Listing objects and their versions.

use crate::{
    attributes,
    bucket::Bucket,
    checksum, faults, owner,
    records::ObjectRecord,
    versions,
    walk::{Item, Walk},
};
use data_encoding::BASE64;
use kernel::{AccountId, Cx, Result, record::Record};
use s3_api::*;

/// The most that is listed at once.
const MAX_KEYS: usize = 1_000;

/// What lists share.
pub struct Listing<'a> {
    pub prefix: &'a str,
    pub delimiter: &'a str,
    pub limit: usize,
    url: bool,
}

impl<'a> Listing<'a> {
    pub fn new(
        prefix: &'a Option<String>,
        delimiter: &'a Option<String>,
        limit: Option<i32>,
        encoding: Option<&EncodingType>,
        name: &str,
    ) -> Result<Listing<'a>> {
        let limit = match limit.unwrap_or(MAX_KEYS as i32) {
            limit @ 0.. => (limit as usize).min(MAX_KEYS),
            other => {
                return Err(faults::invalid_argument(
                    name,
                    other.to_string(),
                    format!("Argument {name} must be an integer between 0 and 2147483647"),
                ));
            }
        };
        let url = match encoding {
            None => false,
            Some(EncodingType::Url) => true,
            Some(other) => {
                return Err(faults::invalid_argument(
                    "encoding-type",
                    other.as_str(),
                    "Invalid Encoding Method specified in Request",
                ));
            }
        };
        let prefix = prefix.as_deref().unwrap_or_default();
        Ok(Listing { prefix, delimiter: delimiter.as_deref().unwrap_or_default(), limit, url })
    }

    /// A key or prefix as the client wants it written.
    pub fn text(&self, text: &str) -> String {
        match self.url {
            true => crate::names::escaped(text),
            false => text.to_owned(),
        }
    }

    /// The same of what may be left out.
    pub fn optional(&self, text: Option<&str>) -> Option<String> {
        text.map(|text| self.text(text))
    }

    pub fn prefixes(&self, found: Vec<String>) -> Option<Vec<CommonPrefix>> {
        let prefix = |prefix: String| CommonPrefix { prefix: Some(self.text(&prefix)) };
        (!found.is_empty()).then(|| found.into_iter().map(prefix).collect())
    }
}

/// One page of objects and common prefixes, and where the next one begins.
struct Page {
    objects: Vec<(String, ObjectRecord)>,
    prefixes: Vec<String>,
    /// The last key or common prefix, if more follows.
    last: Option<String>,
}

async fn page(cx: &Cx, bucket: &Bucket, listing: &Listing<'_>, after: Option<&str>) -> Result<Page> {
    let snapshot = cx.read();
    let mut walk = Walk::new(&*snapshot, bucket.keys.objects(), listing.prefix, listing.delimiter);
    if let Some(after) = after {
        walk.after(after);
    }
    let mut page = Page { objects: Vec::new(), prefixes: Vec::new(), last: None };
    if listing.limit == 0 {
        return Ok(page);
    }
    let mut last = None;
    while let Some(item) = walk.next().await? {
        if page.objects.len() + page.prefixes.len() == listing.limit {
            page.last = last;
            break;
        }
        match item {
            Item::Row { key, row } => {
                last = Some(key.clone());
                page.objects.push((key, ObjectRecord::read(&row.value)?));
            }
            Item::Prefix(prefix) => {
                last = Some(prefix.clone());
                page.prefixes.push(prefix);
            }
        }
    }
    Ok(page)
}

fn object(listing: &Listing<'_>, key: &str, record: &ObjectRecord, with_owner: bool, restore: bool, cx: &Cx) -> Object {
    Object {
        key: Some(listing.text(key)),
        last_modified: Some(record.modified),
        e_tag: Some(attributes::quoted(&record.etag)),
        checksum_algorithm: record
            .checksum
            .as_ref()
            .map(|sum| vec![sum.algorithm.to_ascii_uppercase().as_str().into()]),
        checksum_type: record.checksum.as_ref().map(checksum::kind),
        size: Some(record.size as i64),
        storage_class: Some(attributes::shown_class(record).into()),
        owner: with_owner.then(|| owner::of(AccountId(record.owner))),
        restore_status: restore.then(|| restore_status(cx, record)).flatten(),
    }
}

fn restore_status(cx: &Cx, record: &ObjectRecord) -> Option<RestoreStatus> {
    let (ready, expires) = crate::archive::restored(record, cx.now())?;
    Some(RestoreStatus { is_restore_in_progress: Some(!ready), restore_expiry_date: ready.then_some(expires) })
}

fn wants_restore(attributes: &Option<Vec<OptionalObjectAttributes>>) -> bool {
    attributes.as_ref().is_some_and(|wanted| wanted.contains(&OptionalObjectAttributes::RestoreStatus))
}

pub async fn list_objects_v2(cx: Cx, input: ListObjectsV2Input) -> Result<ListObjectsV2Output> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let listing =
        Listing::new(&input.prefix, &input.delimiter, input.max_keys, input.encoding_type.as_ref(), "max-keys")?;
    let incorrect = || {
        let token = input.continuation_token.clone().unwrap_or_default();
        faults::invalid_argument("continuation-token", token, "The continuation token provided is incorrect")
    };
    let continued = match &input.continuation_token {
        None => None,
        Some(token) => {
            let bytes = BASE64.decode(token.as_bytes()).map_err(|_| incorrect())?;
            Some(String::from_utf8(bytes).ok().filter(|key| !key.is_empty()).ok_or_else(incorrect)?)
        }
    };
    let after = continued.as_deref().or(input.start_after.as_deref());
    let page = page(&cx, &bucket, &listing, after).await?;
    let (with_owner, restore) = (input.fetch_owner == Some(true), wants_restore(&input.optional_object_attributes));
    let object = |(key, record): &(String, ObjectRecord)| object(&listing, key, record, with_owner, restore, &cx);
    let contents: Vec<_> = page.objects.iter().map(object).collect();
    Ok(ListObjectsV2Output {
        is_truncated: Some(page.last.is_some()),
        key_count: Some((contents.len() + page.prefixes.len()) as i32),
        contents: (!contents.is_empty()).then_some(contents),
        name: Some(bucket.name.clone()),
        prefix: Some(listing.text(listing.prefix)),
        delimiter: listing.optional(input.delimiter.as_deref()),
        max_keys: Some(listing.limit as i32),
        common_prefixes: listing.prefixes(page.prefixes),
        encoding_type: input.encoding_type.clone(),
        continuation_token: input.continuation_token.clone(),
        next_continuation_token: page.last.map(|last| BASE64.encode(last.as_bytes())),
        start_after: listing.optional(input.start_after.as_deref()),
        ..ListObjectsV2Output::default()
    })
}

pub async fn list_objects(cx: Cx, input: ListObjectsInput) -> Result<ListObjectsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let listing =
        Listing::new(&input.prefix, &input.delimiter, input.max_keys, input.encoding_type.as_ref(), "max-keys")?;
    let page = page(&cx, &bucket, &listing, input.marker.as_deref().filter(|marker| !marker.is_empty())).await?;
    let restore = wants_restore(&input.optional_object_attributes);
    let object = |(key, record): &(String, ObjectRecord)| object(&listing, key, record, true, restore, &cx);
    let contents: Vec<_> = page.objects.iter().map(object).collect();
    Ok(ListObjectsOutput {
        is_truncated: Some(page.last.is_some()),
        marker: Some(listing.text(input.marker.as_deref().unwrap_or_default())),
        // "This element is returned only if you have the delimiter request parameter specified."
        next_marker: page.last.as_deref().filter(|_| input.delimiter.is_some()).map(|last| listing.text(last)),
        contents: (!contents.is_empty()).then_some(contents),
        name: Some(bucket.name.clone()),
        prefix: Some(listing.text(listing.prefix)),
        delimiter: listing.optional(input.delimiter.as_deref()),
        max_keys: Some(listing.limit as i32),
        common_prefixes: listing.prefixes(page.prefixes),
        encoding_type: input.encoding_type.clone(),
        ..ListObjectsOutput::default()
    })
}

pub async fn list_object_versions(cx: Cx, input: ListObjectVersionsInput) -> Result<ListObjectVersionsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let listing =
        Listing::new(&input.prefix, &input.delimiter, input.max_keys, input.encoding_type.as_ref(), "max-keys")?;
    let snapshot = cx.read();
    let mut current = Walk::new(&*snapshot, bucket.keys.objects(), listing.prefix, listing.delimiter);
    let mut others = Walk::new(&*snapshot, bucket.keys.versions(), listing.prefix, listing.delimiter);
    let marker = input.key_marker.as_deref().filter(|marker| !marker.is_empty());
    match (marker, input.version_id_marker.as_deref().filter(|marker| !marker.is_empty())) {
        (None, None) => {}
        (None, Some(id)) => {
            return Err(faults::invalid_argument(
                "version-id-marker",
                id,
                "A version-id marker cannot be specified without a key marker.",
            ));
        }
        (Some(key), None) => {
            current.after(key);
            others.after(key);
        }
        (Some(key), Some(id)) => {
            current.after(key);
            let named = versions::Named::parse(id)?;
            // The versions of the key that are older than the one named.
            match versions::find(&*snapshot, &bucket, key, &named).await? {
                Some(record) => others.after_row(&bucket.keys.version(key, record.order)),
                None => others.after(key),
            }
        }
    }
    let (mut found, mut markers, mut prefixes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut next_current, mut next_other) = (current.next().await?, others.next().await?);
    let mut last: Option<(String, Option<String>)> = None;
    let mut truncated = false;
    // The key whose newest version was listed, or is behind us.
    let mut latest_of = marker.filter(|_| input.version_id_marker.is_some()).map(str::to_owned);
    loop {
        let name = |item: &Option<Item>| match item {
            Some(Item::Row { key, .. }) | Some(Item::Prefix(key)) => Some(key.clone()),
            None => None,
        };
        let is_current = match (name(&next_current), name(&next_other)) {
            (None, None) => break,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => a <= b,
        };
        if listing.limit == 0 || found.len() + markers.len() + prefixes.len() == listing.limit {
            truncated = listing.limit > 0;
            break;
        }
        let item = match is_current {
            true => std::mem::replace(&mut next_current, current.next().await?),
            false => std::mem::replace(&mut next_other, others.next().await?),
        };
        match item {
            None => break,
            Some(Item::Prefix(prefix)) => {
                if prefixes.last() != Some(&prefix) {
                    last = Some((prefix.clone(), None));
                    prefixes.push(prefix);
                }
            }
            Some(Item::Row { key, row }) => {
                let record = ObjectRecord::read(&row.value)?;
                let latest = latest_of.as_ref() != Some(&key);
                latest_of = Some(key.clone());
                let id = versions::id(&record);
                last = Some((key.clone(), Some(id.clone())));
                let shown = Some(listing.text(&key));
                let owner = Some(owner::of(AccountId(record.owner)));
                if record.delete_marker {
                    markers.push(DeleteMarkerEntry {
                        owner,
                        key: shown,
                        version_id: Some(id),
                        is_latest: Some(latest),
                        last_modified: Some(record.modified),
                    });
                } else {
                    let Object { e_tag, checksum_algorithm, checksum_type, size, restore_status, .. } =
                        object(&listing, &key, &record, false, wants_restore(&input.optional_object_attributes), &cx);
                    found.push(ObjectVersion {
                        e_tag,
                        checksum_algorithm,
                        checksum_type,
                        size,
                        storage_class: Some(attributes::shown_class(&record).into()),
                        key: shown,
                        version_id: Some(id),
                        is_latest: Some(latest),
                        last_modified: Some(record.modified),
                        owner,
                        restore_status,
                    });
                }
            }
        }
    }
    let (next_key, next_version) = match last.filter(|_| truncated) {
        Some((key, version)) => (Some(listing.text(&key)), version),
        None => (None, None),
    };
    Ok(ListObjectVersionsOutput {
        is_truncated: Some(truncated),
        key_marker: Some(listing.text(input.key_marker.as_deref().unwrap_or_default())),
        version_id_marker: Some(input.version_id_marker.clone().unwrap_or_default()),
        next_key_marker: next_key,
        next_version_id_marker: next_version,
        versions: (!found.is_empty()).then_some(found),
        delete_markers: (!markers.is_empty()).then_some(markers),
        name: Some(bucket.name.clone()),
        prefix: Some(listing.text(listing.prefix)),
        delimiter: listing.optional(input.delimiter.as_deref()),
        max_keys: Some(listing.limit as i32),
        common_prefixes: listing.prefixes(prefixes),
        encoding_type: input.encoding_type.clone(),
        ..ListObjectVersionsOutput::default()
    })
}
