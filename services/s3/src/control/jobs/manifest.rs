//! Manifests that users give: CSV files, and the reports of S3 Inventory.

use super::{
    asked::object_of,
    end::Failure,
    lines::{Lines, fields, invalid},
    prepare::{Batch, Prepared},
    records::{JobRecord, TaskRecord},
    schedule::Budget,
};
use kernel::{Cx, Result};
use s3_api::{GetObjectInput, GetObjectOutput};
use s3control_api::*;
use wire::{Fault, Json, query};

/// Of an inventory's manifest.json, in bytes.
const MAX_JSON: usize = 16 * 1024 * 1024;

/// A file that lists objects.
struct File {
    bucket: String,
    key: String,
    version: Option<String>,
    compressed: bool,
    /// It must be the same at every step.
    etag: Option<String>,
}

/// The columns of the files.
struct Columns {
    names: Vec<String>,
    bucket: usize,
    key: usize,
    version: Option<usize>,
}

impl Columns {
    fn of(names: Vec<String>) -> std::result::Result<Columns, Failure> {
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let (Some(bucket), Some(key)) = (place("Bucket"), place("Key")) else {
            return Err(invalid("Required fields are missing in the schema: Bucket, Key"));
        };
        let version = place("VersionId");
        Ok(Columns { names, bucket, key, version })
    }

    fn task(&self, line: &str) -> std::result::Result<TaskRecord, Failure> {
        let mut found = fields(line);
        if found.len() != self.names.len() {
            return Err(invalid(
                "The number of columns does not match the number of fields in the job's specification.",
            ));
        }
        let mut take = |index: usize| std::mem::take(&mut found[index]);
        let (bucket, escaped, version) = (take(self.bucket), take(self.key), self.version.map(take));
        // A `+` is a space, as where Java decodes: a guess.
        let key = query::unescape(&escaped, true).map_err(|_| invalid("A key of the manifest is not URL-encoded."))?;
        if bucket.is_empty() || key.is_empty() {
            return Err(invalid("A line of the manifest has no bucket or no key."));
        }
        Ok(TaskRecord { bucket, key: key.into_owned(), version, ..TaskRecord::default() })
    }
}

/// Reads on where the last step left off.
pub async fn step(cx: &Cx, role: &Cx, job: &JobRecord, manifest: &JobManifest, budget: &Budget) -> Result<Prepared> {
    let (files, columns) = match listed(role, manifest).await? {
        Ok(listed) => listed,
        Err(failure) => return Ok(Prepared::Failed(failure)),
    };
    let mut batch = Batch::new(cx, &job.id);
    let (mut index, mut at) = (job.file, job.position);
    while let Some(file) = files.get(index as usize) {
        let mut lines = match open(role, file, at).await? {
            Ok(lines) => lines,
            Err(failure) => return Ok(Prepared::Failed(failure)),
        };
        loop {
            let (line, len) = match lines.next().await {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(failure) => return Ok(Prepared::Failed(failure)),
            };
            at += len;
            if line.trim().is_empty() {
                continue;
            }
            match columns.task(&line) {
                Ok(task) => batch.push(task),
                Err(failure) => return Ok(Prepared::Failed(failure)),
            }
            if batch.is_full() {
                let wanted = batch.commit(|job| (job.file, job.position) = (index, at)).await?;
                if !wanted || budget.is_spent() {
                    return Ok(Prepared::More);
                }
            }
        }
        (index, at) = (index + 1, 0);
        if !batch.commit(|job| (job.file, job.position) = (index, at)).await? {
            return Ok(Prepared::More);
        }
    }
    Ok(Prepared::All)
}

/// The files of a manifest, and what is in their columns.
async fn listed(role: &Cx, manifest: &JobManifest) -> Result<std::result::Result<(Vec<File>, Columns), Failure>> {
    let location = &manifest.location;
    let (bucket, key) = object_of(&location.object_arn)?;
    let version = location.object_version_id.clone();
    let mut found = match get(role, &bucket, &key, version.clone(), None, None).await? {
        Ok(found) => found,
        Err(failure) => return Ok(Err(failure)),
    };
    let etag = |text: &str| text.trim_matches('"').to_owned();
    if etag(found.e_tag.as_deref().unwrap_or_default()) != etag(&location.e_tag) {
        return Ok(Err(Failure::new(
            "ManifestETagMismatch",
            "The ETag of the manifest is another than the one in the job's specification.",
        )));
    }
    if manifest.spec.format == JobManifestFormat::S3BatchOperationsCsv20180820 {
        // User guide, "Specifying a manifest".
        if found.server_side_encryption.as_ref().is_some_and(|kind| kind.as_str() != "AES256") {
            return Ok(Err(invalid("CSV manifests that are encrypted with KMS keys are not supported.")));
        }
        let names = manifest.spec.fields.iter().flatten().map(|field| field.as_str().to_owned()).collect();
        let file = File { bucket, key, version, compressed: false, etag: found.e_tag.clone() };
        return Ok(Columns::of(names).map(|columns| (vec![file], columns)));
    }
    let mut text = Vec::new();
    if let Some(mut body) = found.body.take() {
        while let Some(Ok(piece)) = body.next().await {
            text.extend_from_slice(&piece);
            if text.len() > MAX_JSON {
                return Ok(Err(invalid("The manifest is too large.")));
            }
        }
    }
    Ok(inventory(&text))
}

fn inventory(text: &[u8]) -> std::result::Result<(Vec<File>, Columns), Failure> {
    let json = str::from_utf8(text).ok().and_then(|text| Json::parse(text).ok());
    let json = json.ok_or_else(|| invalid("The manifest is not valid JSON."))?;
    let member = |name: &str| json.get(name).and_then(Json::as_str);
    if member("fileFormat") != Some("CSV") {
        return Err(invalid("The inventory is not in CSV format."));
    }
    let bucket = member("destinationBucket").and_then(|arn| arn.rsplit(':').next());
    let (Some(bucket), Some(schema), Some(listed)) =
        (bucket, member("fileSchema"), json.get("files").and_then(Json::as_list))
    else {
        return Err(invalid("The manifest is not one of S3 Inventory."));
    };
    let file = |file: &Json| {
        let key = file.get("key").and_then(Json::as_str)?.to_owned();
        Some(File { bucket: bucket.to_owned(), compressed: key.ends_with(".gz"), key, version: None, etag: None })
    };
    let files = listed.iter().map(file).collect::<Option<_>>();
    let files = files.ok_or_else(|| invalid("A file of the manifest has no key."))?;
    Ok((files, Columns::of(schema.split(',').map(|name| name.trim().to_owned()).collect())?))
}

async fn open(role: &Cx, file: &File, at: u64) -> Result<std::result::Result<Lines, Failure>> {
    // Only what was not read yet, where that can be said.
    let from = if file.compressed { 0 } else { at };
    let etag = file.etag.clone();
    Ok(match get(role, &file.bucket, &file.key, file.version.clone(), Some(from), etag).await? {
        Ok(found) => Ok(Lines::new(found.body.unwrap_or(wire::Body::Empty), file.compressed, at - from)),
        Err(failure) => Err(failure),
    })
}

async fn get(
    role: &Cx,
    bucket: &str,
    key: &str,
    version: Option<String>,
    from: Option<u64>,
    etag: Option<String>,
) -> Result<std::result::Result<GetObjectOutput, Failure>> {
    let input = GetObjectInput {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        version_id: version,
        if_match: etag,
        range: from.filter(|from| *from > 0).map(|from| format!("bytes={from}-")),
        ..GetObjectInput::default()
    };
    match role.call(input).await {
        Ok(output) => Ok(Ok(output)),
        // All was read: the step before ended just there.
        Err(fault) if fault.kind().code == "InvalidRange" => Ok(Ok(GetObjectOutput::default())),
        Err(fault) if fault.kind().status < 500 => Ok(Err(unreadable(&fault))),
        Err(fault) => Err(fault),
    }
}

fn unreadable(fault: &Fault) -> Failure {
    let code = fault.kind().code;
    let reason = match code {
        "AccessDenied" => "Reading the manifest is forbidden".to_owned(),
        _ => format!("Reading the manifest caused an error: {}", fault.message()),
    };
    Failure::new(code, format!("{reason}: {code}"))
}
