//! Completion reports, and the end of a job behind them (S3 user guide, "Examples: S3 Batch Operations completion reports").

use super::{
    acting::as_role,
    asked::bucket_of,
    end::{self, Failure},
    files::{Place, base, md5, sha1, time},
    lines::row,
    records::{self, FileRecord, JobKeys, JobRecord, TaskRecord, outcome},
};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Range, Scan},
};
use s3control_api::*;
use wire::Json;

/// Of what one step writes, in bytes.
const MAX_FILE: usize = 8 * 1024 * 1024;

/// The next files of the report, or its manifest behind the last and the job's end.
pub async fn step(cx: &Cx, job: &JobRecord, to: JobStatus) -> Result<()> {
    let asked = records::request(cx, &job.id).await?;
    let tried = job.succeeded + job.failed;
    // "As long as at least one task has been invoked".
    if !asked.report.enabled || tried == 0 {
        return finish(cx, job, to, None).await;
    }
    let role = match as_role(cx, job).await? {
        Ok(role) => role,
        Err(failure) => return finish(cx, job, to, Some(failure)).await,
    };
    match write(cx, &role, job, &asked.report, tried).await? {
        Ok(true) => finish(cx, job, to, None).await,
        Ok(false) => Ok(()),
        Err(failure) => finish(cx, job, to, Some(failure)).await,
    }
}

/// A job whose report could not be written has failed; the code is a guess.
async fn finish(cx: &Cx, job: &JobRecord, to: JobStatus, unwritten: Option<Failure>) -> Result<()> {
    records::change(cx, &job.id, Some(job.status()), async |tx, job| {
        if unwritten.is_some() && to == JobStatus::Complete {
            let reason = "Job report could not be written to your report bucket. Please check your permissions.";
            end::fail(cx, job, &Failure::new("JobReportNotWritten", reason));
            end::finish(cx, tx, job, JobStatus::Failed);
        } else {
            end::finish(cx, tx, job, to.clone());
        }
        Ok(())
    })
    .await
    .map(drop)
}

/// Whether all is written.
async fn write(
    cx: &Cx,
    role: &Cx,
    job: &JobRecord,
    report: &JobReport,
    tried: u64,
) -> Result<std::result::Result<bool, Failure>> {
    let bucket = bucket_of(report.bucket.as_deref().unwrap_or_default(), "Report.Bucket")?;
    // "Completion reports are always encrypted with Amazon S3 managed keys".
    let place = Place { bucket, owner: report.expected_bucket_owner.as_ref(), kms_key: None };
    let base = base(report.prefix.as_ref(), &job.id);
    if job.written < tried {
        let (texts, written) = rows(cx, job, report, tried).await?;
        let mut files = Vec::new();
        for (text, succeeded) in texts.into_iter().zip([true, false]).filter(|(text, _)| !text.is_empty()) {
            let bytes = text.into_bytes();
            let (key, size) = (format!("{base}results/{}.csv", sha1(&bytes)), bytes.len() as u64);
            let file = FileRecord { md5: md5(&bytes), key, succeeded, size };
            if let Err(failure) = place.put(role, &file.key, bytes, "text/csv").await? {
                return Ok(Err(failure));
            }
            files.push(file);
        }
        records::change(cx, &job.id, Some(job.status()), async |_, job| {
            job.files.extend(files.iter().cloned());
            job.written = written;
            Ok(())
        })
        .await?;
        return Ok(Ok(false));
    }
    let results = job.files.iter().map(|file| {
        Json::from([
            ("TaskExecutionStatus", if file.succeeded { "succeeded" } else { "failed" }),
            ("Bucket", bucket),
            ("MD5Checksum", &file.md5),
            ("Key", &file.key),
        ])
    });
    let manifest = Json::from([
        ("Format", Json::from("Report_CSV_20180820")),
        ("ReportCreationDate", time(cx.now()).into()),
        ("Results", Json::List(results.collect())),
        ("ReportSchema", "Bucket, Key, VersionId, TaskStatus, ErrorCode, HTTPStatusCode, ResultMessage".into()),
    ]);
    let bytes = manifest.to_string().into_bytes();
    let checksum = md5(&bytes).into_bytes();
    for (name, bytes, kind) in
        [("manifest.json", bytes, "application/json"), ("manifest.json.md5", checksum, "text/plain")]
    {
        if let Err(failure) = place.put(role, &format!("{base}{name}"), bytes, kind).await? {
            return Ok(Err(failure));
        }
    }
    Ok(Ok(true))
}

/// The next rows: of tasks that succeeded, and of those that failed; and the number of the last task looked at.
async fn rows(cx: &Cx, job: &JobRecord, report: &JobReport, tried: u64) -> Result<([String; 2], u64)> {
    let failed_only = report.report_scope == Some(JobReportScope::FailedTasksOnly);
    let (keys, snapshot) = (JobKeys::of(cx), cx.read());
    let [mut succeeded, mut failed] = [String::new(), String::new()];
    let mut written = job.written;
    while written < tried && succeeded.len() + failed.len() < MAX_FILE {
        let range = Range { from: keys.task(&job.id, written + 1), to: keys.task(&job.id, tried).successor() };
        let page = snapshot.scan(&range, &Scan::default()).await?;
        for stored in &page.rows {
            written = stored.key.last_number().unwrap_or(tried);
            let task = TaskRecord::read(&stored.value)?;
            let (text, word) = match task.outcome {
                outcome::SUCCEEDED if !failed_only => (&mut succeeded, "succeeded"),
                outcome::FAILED => (&mut failed, "failed"),
                _ => continue,
            };
            let key = crate::lifecycle::escaped(&task.key).replace("%2F", "/");
            let version = task.version.as_deref().unwrap_or_default();
            let status = task.status.to_string();
            // The status is before the code in the user guide's examples, whatever the schema says.
            text.push_str(&row(&[&task.bucket, &key, version, word, &status, &task.code, &task.message]));
        }
        if !page.more {
            // What is not in the report has no rows any more.
            written = tried;
        }
    }
    Ok(([succeeded, failed], written))
}
