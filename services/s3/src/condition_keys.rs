//! The condition keys of S3 (Service authorization reference, "Condition keys for Amazon S3"), as far as a request has them.

use crate::attributes;
use kernel::{AccountId, Cx, SignedIn};
use lang::policy::ContextKeys;
use std::collections::BTreeMap;
use wire::{Location, Operation, Shape, TimeFormat, View, query};

/// Headers that are keys under their own names, behind `s3:`.
const HEADERS: [&str; 19] = [
    "if-match",
    "if-none-match",
    "x-amz-acl",
    "x-amz-bucket-namespace",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-legal-hold",
];

/// Adds the keys of every request: how it came and how it was signed.
pub fn add_signature(keys: &mut ContextKeys, cx: &Cx, owner: AccountId) {
    keys.set("s3:ResourceAccount", owner.to_string());
    if let Some(signed) = cx.request().signed {
        let kind = match signed.place {
            SignedIn::Header => "REST-HEADER",
            SignedIn::Query => "REST-QUERY-STRING",
            SignedIn::Form => "POST",
        };
        let age = (cx.now().0 - signed.at.0).max(0) / 1_000;
        keys.set("s3:authType", kind)
            .set("s3:signatureversion", "AWS4-HMAC-SHA256")
            .set("s3:signatureAge", age.to_string());
    }
    if let Some(hash) = cx.header("x-amz-content-sha256") {
        keys.set("s3:x-amz-content-sha256", hash);
    }
    if cx.request().secure {
        // Which version was agreed on is not told here; older ones than this are never spoken.
        keys.set("s3:TlsVersion", "1.2");
    }
}

/// The keys that a request's own members fill.
pub fn of_request(cx: &Cx, operation: &Operation, input: &dyn Shape) -> ContextKeys {
    let mut keys = ContextKeys::default();
    for (index, member) in input.schema().members.iter().enumerate() {
        let Some(text) = text(input.get(index)) else { continue };
        let wire = member.wire.to_ascii_lowercase();
        match member.location {
            Location::Query if matches!(wire.as_str(), "prefix" | "delimiter" | "max-keys" | "versionid") => {
                keys.set(format!("s3:{wire}"), text);
            }
            Location::Header => match wire.as_str() {
                "x-amz-copy-source" => drop(keys.set("s3:x-amz-copy-source", source(&text))),
                "x-amz-object-lock-retain-until-date" => retained(cx, &mut keys, input.get(index)),
                "x-amz-tagging" => {
                    object_tags(&mut keys, &attributes::tags_of_header(&text).unwrap_or_default());
                }
                name if HEADERS.contains(&name) => {
                    let name =
                        name.strip_prefix("x-amz-").filter(|name| name.starts_with("object-lock-")).unwrap_or(name);
                    keys.set(format!("s3:{name}"), text);
                }
                _ => {}
            },
            _ => {}
        }
    }
    match operation.name {
        "PutObjectRetention" => {
            if let Some(retention) = inner(input, "Retention") {
                of_inner(&mut keys, "s3:object-lock-mode", retention, "Mode");
                if let Some(index) = retention.schema().index("RetainUntilDate") {
                    retained(cx, &mut keys, retention.get(index));
                }
            }
        }
        "UpdateObjectEncryption" => {
            let kms = inner(input, "ObjectEncryption").and_then(|encryption| inner(encryption, "SSEKMS"));
            if let Some(kms) = kms {
                keys.set("s3:x-amz-server-side-encryption", "aws:kms");
                of_inner(&mut keys, "s3:x-amz-server-side-encryption-aws-kms-key-id", kms, "KMSKeyArn");
            }
        }
        "PutObjectLegalHold" => {
            if let Some(hold) = inner(input, "LegalHold") {
                of_inner(&mut keys, "s3:object-lock-legal-hold", hold, "Status");
            }
        }
        "PutObjectTagging" => {
            object_tags(&mut keys, &inner(input, "Tagging").map(|tags| list(tags, "TagSet")).unwrap_or_default())
        }
        "CreateBucket" | "PutBucketTagging" => {
            if let Some(configuration) = inner(input, "CreateBucketConfiguration") {
                of_inner(&mut keys, "s3:locationconstraint", configuration, "LocationConstraint");
            }
            request_tags(&mut keys, &bucket_tags(input));
        }
        // User guide, "Enforce conditional writes on Amazon S3 buckets": only these make objects.
        "PutObject" | "CopyObject" | "CompleteMultipartUpload" => drop(keys.set("s3:ObjectCreationOperation", "true")),
        "CreateMultipartUpload" | "UploadPart" | "UploadPartCopy" => {
            keys.set("s3:ObjectCreationOperation", "false");
        }
        "PutBucketInventoryConfiguration" => {
            let fields = inner(input, "InventoryConfiguration").map(|inventory| texts(inventory, "OptionalFields"));
            if let Some(fields) = fields.filter(|fields| !fields.is_empty()) {
                keys.set_many("s3:InventoryAccessibleOptionalFields", fields);
            }
        }
        _ => {}
    }
    keys
}

/// The tags that a bucket is to have.
pub fn bucket_tags(input: &dyn Shape) -> Vec<(String, String)> {
    let made = inner(input, "CreateBucketConfiguration").map(|configuration| list(configuration, "Tags"));
    made.or_else(|| inner(input, "Tagging").map(|tagging| list(tagging, "TagSet"))).unwrap_or_default()
}

/// The tags that a request gives to something else than an object.
pub fn request_tags(keys: &mut ContextKeys, tags: &[(String, String)]) {
    for (key, value) in tags {
        keys.set(format!("aws:RequestTag/{key}"), value.as_str());
    }
    if !tags.is_empty() {
        keys.set_many("aws:TagKeys", tags.iter().map(|(key, _)| key.as_str()));
    }
}

fn object_tags(keys: &mut ContextKeys, tags: &[(String, String)]) {
    for (key, value) in tags {
        keys.set(format!("s3:RequestObjectTag/{key}"), value.as_str());
    }
    if !tags.is_empty() {
        keys.set_many("s3:RequestObjectTagKeys", tags.iter().map(|(key, _)| key.as_str()));
    }
}

fn retained(cx: &Cx, keys: &mut ContextKeys, until: View<'_>) {
    let View::Time(until) = until else { return };
    let days = (until.secs() - cx.now().secs()).max(0) / 86_400;
    keys.set("s3:object-lock-retain-until-date", until.format(TimeFormat::Iso8601))
        .set("s3:object-lock-remaining-retention-days", days.to_string());
}

/// `bucket/key` of a copy's source, however it was written.
fn source(text: &str) -> String {
    let text = text.trim_start_matches('/');
    let text = text.split_once("?versionId=").map_or(text, |(path, _)| path);
    query::unescape(text, false).map_or_else(|_| text.to_owned(), |text| text.into_owned())
}

fn text(view: View<'_>) -> Option<String> {
    match view {
        View::Str(text) => Some(text.to_owned()),
        View::Int(number) => Some(number.to_string()),
        View::Bool(value) => Some(value.to_string()),
        View::Time(at) => Some(at.format(TimeFormat::Iso8601)),
        _ => None,
    }
}

fn inner<'a>(input: &'a dyn Shape, member: &str) -> Option<&'a dyn Shape> {
    match input.get(input.schema().index(member)?) {
        View::Shape(shape) => Some(shape),
        _ => None,
    }
}

fn of_inner(keys: &mut ContextKeys, key: &str, shape: &dyn Shape, member: &str) {
    if let Some(text) = shape.schema().index(member).and_then(|index| text(shape.get(index))) {
        keys.set(key, text);
    }
}

pub fn texts(shape: &dyn Shape, member: &str) -> Vec<String> {
    let Some(View::List(items)) = shape.schema().index(member).map(|index| shape.get(index)) else { return Vec::new() };
    (0..items.len()).filter_map(|index| text(items.at(index))).collect()
}

/// Tags of a list; of twins the last.
pub fn list(shape: &dyn Shape, member: &str) -> Vec<(String, String)> {
    let Some(View::List(items)) = shape.schema().index(member).map(|index| shape.get(index)) else { return Vec::new() };
    let mut tags = BTreeMap::new();
    for index in 0..items.len() {
        let View::Shape(tag) = items.at(index) else { continue };
        let member = |name: &str| tag.schema().index(name).and_then(|index| text(tag.get(index)));
        if let Some(key) = member("Key") {
            tags.insert(key, member("Value").unwrap_or_default());
        }
    }
    tags.into_iter().collect()
}
