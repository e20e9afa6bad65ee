//! Delivering inventories: what is in a bucket, as compressed CSV with a manifest, in the destination bucket (S3 user guide,
//! "Locating your inventory list").

use crate::{
    attributes::shown_class,
    bucket::Bucket,
    days::DAY,
    history::{History, Seen},
    inventory::NAME,
    logging::as_service,
    owner::canonical_id,
    records::{ObjectRecord, kind},
    rule::Rules,
    tiering, versions,
};
use flate2::{Compression, write::GzEncoder};
use kernel::{AccountId, Cx, Result};
use md5::{Digest, Md5};
use s3_api::*;
use std::io::Write;
use wire::{Fault, Json, TimeFormat, Timestamp};

/// Of a data file, before it is compressed.
const MAX_FILE: usize = 64 * 1024 * 1024;

/// Delivers what is due at this midnight: daily, or on Sundays. What a destination does not take is not delivered.
pub async fn run(cx: &Cx, bucket: &Bucket) -> Result<()> {
    // 1970-01-01 was a Thursday.
    let sunday = cx.now().0.div_euclid(DAY).rem_euclid(7) == 3;
    for (_, wanted) in bucket.configuration.all::<InventoryConfiguration>(NAME)? {
        if wanted.is_enabled && (sunday || wanted.schedule.frequency == InventoryFrequency::Daily) {
            match (Report { cx, bucket, wanted: &wanted }).deliver().await {
                Err(fault) if fault.kind().status >= 500 => return Err(fault),
                _ => {}
            }
        }
    }
    Ok(())
}

struct Report<'a> {
    cx: &'a Cx,
    bucket: &'a Bucket,
    wanted: &'a InventoryConfiguration,
}

/// A data file that was delivered.
struct File {
    key: String,
    size: usize,
    md5: String,
}

impl Report<'_> {
    async fn deliver(&self) -> Result<()> {
        let Report { cx, bucket, wanted } = self;
        let rules = Rules::of(bucket)?;
        let fields = fields(wanted);
        let prefix = wanted.filter.as_ref().map_or("", |filter| filter.prefix.as_str());
        let all = wanted.included_object_versions == InventoryIncludedObjectVersions::All;
        let snapshot = cx.read();
        let mut history = History::new(&*snapshot, bucket, prefix);
        let mut files = Vec::new();
        let mut csv = Csv::new();
        while let Some((seen, _)) = history.next().await? {
            let current = seen.since.is_none() && !seen.record.delete_marker;
            if !all && !current {
                continue;
            }
            let mut row = vec![bucket.name.clone(), escaped(&seen.key)];
            if all {
                let latest = seen.since.is_none().to_string();
                row.extend([versions::id(&seen.record), latest, seen.record.delete_marker.to_string()]);
            }
            row.extend(fields.iter().map(|field| self.value(field, &seen, rules.as_ref())));
            csv.push(&row)?;
            if csv.raw >= MAX_FILE {
                files.push(self.file(std::mem::replace(&mut csv, Csv::new())).await?);
            }
        }
        if csv.raw > 0 || files.is_empty() {
            files.push(self.file(csv).await?);
        }
        self.manifest(&fields, all, &files).await
    }

    /// `prefix/source/configuration/`
    fn base(&self) -> String {
        let prefix = self.wanted.destination.s3_bucket_destination.prefix.as_deref().unwrap_or_default();
        let slash = if prefix.is_empty() || prefix.ends_with('/') { "" } else { "/" };
        format!("{prefix}{slash}{}/{}/", self.bucket.name, self.wanted.id)
    }

    async fn file(&self, csv: Csv) -> Result<File> {
        let bytes = csv.finish()?;
        let key = format!("{}data/{}.csv.gz", self.base(), self.cx.cloud().ids().uuid());
        let file = File { key: key.clone(), size: bytes.len(), md5: digest(&bytes) };
        self.put(key, bytes, "application/gzip").await?;
        Ok(file)
    }

    async fn manifest(&self, fields: &[InventoryOptionalField], all: bool, files: &[File]) -> Result<()> {
        let Report { cx, bucket, wanted } = self;
        let mut schema = vec!["Bucket", "Key"];
        if all {
            schema.extend(["VersionId", "IsLatest", "IsDeleteMarker"]);
        }
        schema.extend(fields.iter().map(|field| field.as_str()));
        let listed = files.iter().map(|file| {
            Json::Object(vec![
                ("key".into(), file.key.as_str().into()),
                ("size".into(), (file.size as i64).into()),
                ("MD5checksum".into(), file.md5.as_str().into()),
            ])
        });
        let to = &wanted.destination.s3_bucket_destination;
        let manifest = Json::Object(vec![
            ("sourceBucket".into(), bucket.name.as_str().into()),
            ("destinationBucket".into(), to.bucket.as_str().into()),
            ("version".into(), "2016-11-30".into()),
            ("creationTimestamp".into(), cx.now().millis().to_string().as_str().into()),
            ("fileFormat".into(), "CSV".into()),
            ("fileSchema".into(), schema.join(", ").as_str().into()),
            ("files".into(), Json::List(listed.collect())),
        ]);
        let manifest = manifest.to_string().into_bytes();
        let time = Timestamp::from_secs(cx.now().secs()).format(TimeFormat::Iso8601);
        // `2026-01-31T00-00Z`, and for Hive `2026-01-31-00-00`.
        let minute = time.get(..16).unwrap_or_default().replace(':', "-");
        let checksum = digest(&manifest);
        let bucket_name = to.bucket.rsplit(':').next().unwrap_or_default();
        let links: Vec<_> = files.iter().map(|file| format!("s3://{bucket_name}/{}", file.key)).collect();
        let hive = format!("{}hive/dt={}/symlink.txt", self.base(), minute.replace('T', "-"));
        self.put(hive, links.join("\n").into_bytes(), "text/plain").await?;
        let folder = format!("{}{minute}Z/", self.base());
        self.put(format!("{folder}manifest.json"), manifest, "application/json").await?;
        self.put(format!("{folder}manifest.checksum"), checksum.into_bytes(), "text/plain").await
    }

    async fn put(&self, key: String, bytes: Vec<u8>, kind: &str) -> Result<()> {
        let to = &self.wanted.destination.s3_bucket_destination;
        let mut input = PutObjectInput {
            bucket: to.bucket.rsplit(':').next().unwrap_or_default().to_owned(),
            key,
            body: Some(bytes.into()),
            content_type: Some(kind.to_owned()),
            expected_bucket_owner: to.account_id.clone(),
            ..PutObjectInput::default()
        };
        if let Some(encryption) = &to.encryption {
            let kms = encryption.sse_kms.as_ref();
            input.server_side_encryption = Some(if kms.is_some() { "aws:kms" } else { "AES256" }.into());
            input.sse_kms_key_id = kms.map(|kms| kms.key_id.clone());
        }
        as_service(self.cx, "s3.amazonaws.com", self.bucket).call(input).await.map(drop)
    }

    fn value(&self, field: &InventoryOptionalField, seen: &Seen, rules: Option<&Rules>) -> String {
        let record = &seen.record;
        if record.delete_marker && !matches!(field, InventoryOptionalField::LastModifiedDate) {
            return String::new();
        }
        let encryption = record.encryption.as_ref();
        match field {
            InventoryOptionalField::Size => record.size.to_string(),
            InventoryOptionalField::LastModifiedDate => millis(record.modified),
            InventoryOptionalField::StorageClass => shown_class(record).to_owned(),
            InventoryOptionalField::ETag => record.etag.clone(),
            InventoryOptionalField::IsMultipartUploaded => (record.content.kind == kind::PARTS).to_string(),
            InventoryOptionalField::ReplicationStatus => record.replication.clone(),
            InventoryOptionalField::EncryptionStatus => encryption_status(record).to_owned(),
            InventoryOptionalField::ObjectLockRetainUntilDate if record.retain_until.0 != 0 => {
                millis(record.retain_until)
            }
            InventoryOptionalField::ObjectLockMode => record.lock_mode.clone(),
            InventoryOptionalField::ObjectLockLegalHoldStatus if self.bucket.record.object_lock => {
                if record.legal_hold { "ON" } else { "OFF" }.to_owned()
            }
            InventoryOptionalField::IntelligentTieringAccessTier if record.storage_class == tiering::CLASS => {
                tiering::tier(record, self.cx.now()).to_owned()
            }
            InventoryOptionalField::BucketKeyStatus if encryption.is_some_and(|e| !e.kms_key.is_empty()) => {
                let enabled = encryption.is_some_and(|encryption| encryption.bucket_key);
                if enabled { "ENABLED" } else { "DISABLED" }.to_owned()
            }
            InventoryOptionalField::ChecksumAlgorithm => {
                record.checksum.as_ref().map(|checksum| checksum.algorithm.to_ascii_uppercase()).unwrap_or_default()
            }
            InventoryOptionalField::ObjectOwner => canonical_id(AccountId(record.owner)),
            InventoryOptionalField::LifecycleExpirationDate if seen.since.is_none() => rules
                .and_then(|rules| rules.expiration(&seen.key, record))
                .map(|(at, _)| millis(at))
                .unwrap_or_default(),
            _ => String::new(),
        }
    }
}

/// In the order that the model has them.
fn fields(wanted: &InventoryConfiguration) -> Vec<InventoryOptionalField> {
    let asked = wanted.optional_fields.as_deref().unwrap_or_default();
    let known = InventoryOptionalField::VALUES.iter().map(|name| InventoryOptionalField::from(*name));
    known.filter(|field| asked.contains(field)).collect()
}

fn encryption_status(record: &ObjectRecord) -> &'static str {
    match record.encryption.as_ref().map(|encryption| encryption.algorithm.as_str()) {
        // Everything is encrypted by S3 itself, as far as clients see.
        None | Some("AES256") => "SSE-S3",
        Some("aws:kms") => "SSE-KMS",
        Some("aws:kms:dsse") => "DSSE-KMS",
        Some(_) => "SSE-C",
    }
}

/// `2026-01-31T12:00:00.000Z`
fn millis(at: Timestamp) -> String {
    Timestamp::from_secs(at.secs()).format(TimeFormat::Iso8601).replace('Z', ".000Z")
}

fn digest(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Md5::digest(bytes))
}

/// As in a URL, but for slashes.
fn escaped(key: &str) -> String {
    crate::lifecycle::escaped(key).replace("%2F", "/")
}

/// Rows of quoted values, compressed as they come.
struct Csv {
    gzip: GzEncoder<Vec<u8>>,
    raw: usize,
}

impl Csv {
    fn new() -> Csv {
        Csv { gzip: GzEncoder::new(Vec::new(), Compression::fast()), raw: 0 }
    }

    fn push(&mut self, row: &[String]) -> Result<()> {
        let row: Vec<_> = row.iter().map(|value| format!("\"{}\"", value.replace('"', "\"\""))).collect();
        let line = row.join(",") + "\n";
        self.raw += line.len();
        self.gzip.write_all(line.as_bytes()).map_err(broken)
    }

    fn finish(self) -> Result<Vec<u8>> {
        self.gzip.finish().map_err(broken)
    }
}

/// Never: what is compressed stays in memory.
fn broken(error: std::io::Error) -> Fault {
    wire::common::internal_failure(error.to_string())
}
