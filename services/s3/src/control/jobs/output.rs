//! A generated manifest as a job writes it for its user: the tasks as compressed CSV, and a manifest.json in the form of
//! S3 Inventory's.

use super::{
    asked::bucket_of,
    files::{Place, base, md5, sha1},
    lines::row,
    prepare::Prepared,
    records::{self, FileRecord, JobKeys, JobRecord, TaskRecord},
};
use flate2::{Compression, write::GzEncoder};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Range, Rows, Scan},
};
use s3control_api::*;
use std::io::Write;
use wire::{Fault, Json};

/// Of a file, before it is compressed, in bytes.
const MAX_FILE: usize = 16 * 1024 * 1024;

/// The next file, or the manifest behind the last.
pub async fn step(
    cx: &Cx,
    role: &Cx,
    job: &JobRecord,
    wanted: &S3JobManifestGenerator,
    location: &S3ManifestOutputLocation,
) -> Result<Prepared> {
    let kms = location.manifest_encryption.as_ref().and_then(|encryption| encryption.sse_kms.as_ref());
    let place = Place {
        bucket: bucket_of(&location.bucket, "Bucket")?,
        owner: location.expected_manifest_bucket_owner.as_ref(),
        kms_key: kms.map(|kms| &kms.key_id),
    };
    // Its own folder, as a report may go to the same place: a guess.
    let base = base(location.manifest_prefix.as_ref(), &job.id) + "manifest/";
    // As the first object is, the bucket's versions all have ids.
    let first: Option<TaskRecord> = cx.read().record(&JobKeys::of(cx).task(&job.id, 1)).await?;
    let versions = first.is_some_and(|task| task.version.is_some());
    if job.written < job.total {
        let (bytes, written) = file(cx, job, versions).await?;
        let file = FileRecord {
            key: format!("{base}data/{}.csv.gz", sha1(&bytes)),
            md5: md5(&bytes),
            size: bytes.len() as u64,
            succeeded: false,
        };
        if let Err(failure) = place.put(role, &file.key, bytes, "application/gzip").await? {
            return Ok(Prepared::Failed(failure));
        }
        records::change(cx, &job.id, Some(JobStatus::Preparing), async |_, job| {
            job.files.push(file.clone());
            job.written = written;
            Ok(())
        })
        .await?;
        return Ok(Prepared::More);
    }
    let manifest = manifest(cx, job, wanted, location, versions).into_bytes();
    let checksum = md5(&manifest);
    let key = format!("{base}manifest.json");
    let put = match place.put(role, &key, manifest, "application/json").await? {
        Ok(put) => put,
        Err(failure) => return Ok(Prepared::Failed(failure)),
    };
    let beside = format!("{base}manifest.checksum");
    if let Err(failure) = place.put(role, &beside, checksum.into_bytes(), "text/plain").await? {
        return Ok(Prepared::Failed(failure));
    }
    let arn = format!("{}/{key}", location.bucket);
    let etag = put.e_tag.unwrap_or_default().trim_matches('"').to_owned();
    records::change(cx, &job.id, Some(JobStatus::Preparing), async |_, job| {
        job.manifest_arn.clone_from(&arn);
        job.manifest_etag.clone_from(&etag);
        job.manifest_version = put.version_id.clone().unwrap_or_default();
        // The report has its own.
        job.files.clear();
        job.written = 0;
        Ok(())
    })
    .await?;
    Ok(Prepared::All)
}

/// The next tasks as a file, and the number of the last of them.
async fn file(cx: &Cx, job: &JobRecord, versions: bool) -> Result<(Vec<u8>, u64)> {
    let broken = |error: std::io::Error| -> Fault { wire::common::internal_failure(error.to_string()) };
    let (keys, snapshot) = (JobKeys::of(cx), cx.read());
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    let (mut written, mut raw) = (job.written, 0);
    while written < job.total && raw < MAX_FILE {
        let range = Range { from: keys.task(&job.id, written + 1), to: keys.task(&job.id, job.total).successor() };
        let page = snapshot.scan(&range, &Scan::default()).await?;
        if page.rows.is_empty() {
            break;
        }
        for stored in &page.rows {
            let task = TaskRecord::read(&stored.value)?;
            let escaped = crate::lifecycle::escaped(&task.key).replace("%2F", "/");
            let line = match versions {
                true => row(&[&task.bucket, &escaped, task.version.as_deref().unwrap_or("null")]),
                false => row(&[&task.bucket, &escaped]),
            };
            raw += line.len();
            gzip.write_all(line.as_bytes()).map_err(broken)?;
            written = stored.key.last_number().unwrap_or(job.total);
        }
    }
    Ok((gzip.finish().map_err(broken)?, written.max(job.written + 1)))
}

fn manifest(
    cx: &Cx,
    job: &JobRecord,
    wanted: &S3JobManifestGenerator,
    location: &S3ManifestOutputLocation,
    versions: bool,
) -> String {
    let files = job.files.iter().map(|file| {
        Json::from([
            ("key", Json::from(file.key.as_str())),
            ("size", Json::from(file.size as i64)),
            ("MD5checksum", Json::from(file.md5.as_str())),
        ])
    });
    let source = wanted.source_bucket.rsplit(':').next().unwrap_or_default();
    Json::from([
        ("sourceBucket", Json::from(source)),
        ("destinationBucket", location.bucket.as_str().into()),
        ("version", "2021-11-30".into()),
        ("creationTimestamp", cx.now().millis().to_string().into()),
        ("fileFormat", "CSV".into()),
        ("fileSchema", if versions { "Bucket, Key, VersionId" } else { "Bucket, Key" }.into()),
        ("files", Json::List(files.collect())),
    ])
    .to_string()
}
