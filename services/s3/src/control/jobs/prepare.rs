//! Setting a job up: what is listed in its manifest, or generated, becomes its tasks.

use super::{
    acting::as_role,
    end::{self, Failure},
    generator, manifest,
    records::{self, JobKeys, JobRecord, TaskRecord},
    schedule::Budget,
};
use kernel::{Cx, Result, record::Record};
use s3control_api::*;

/// Tasks a commit, and their size in bytes.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 512 * 1024;

/// How a step ended.
pub enum Prepared {
    /// There is more to do.
    More,
    All,
    Failed(Failure),
}

pub async fn step(cx: &Cx, job: &JobRecord, budget: &Budget) -> Result<()> {
    let asked = records::request(cx, &job.id).await?;
    let prepared = match as_role(cx, job).await? {
        Err(failure) => Prepared::Failed(failure),
        Ok(role) => match (&asked.manifest, &asked.manifest_generator) {
            (Some(manifest), _) => manifest::step(cx, &role, job, manifest, budget).await?,
            (_, Some(JobManifestGenerator::S3JobManifestGenerator(wanted))) => {
                generator::step(cx, &role, job, wanted, budget).await?
            }
            _ => Prepared::Failed(Failure::new("InvalidManifest", "The job has no manifest.")),
        },
    };
    let must_wait = asked.confirmation_required != Some(false);
    records::change(cx, &job.id, Some(JobStatus::Preparing), async |tx, job| {
        match &prepared {
            Prepared::More => {}
            Prepared::Failed(failure) => end::fail(cx, job, failure),
            // A guess, as the code is.
            Prepared::All if job.total == 0 => {
                end::fail(cx, job, &Failure::new("InvalidManifestContent", "The manifest lists no objects."));
            }
            // User guide, "Updating job status": a job waits unless it was said that it must not.
            Prepared::All if must_wait => end::suspend(cx, tx, job),
            Prepared::All => job.set_status(JobStatus::Ready),
        }
        Ok(())
    })
    .await
    .map(drop)
}

/// Tasks on their way into the store.
pub struct Batch<'a> {
    cx: &'a Cx,
    job: &'a str,
    tasks: Vec<TaskRecord>,
    bytes: usize,
}

impl Batch<'_> {
    pub fn new<'a>(cx: &'a Cx, job: &'a str) -> Batch<'a> {
        Batch { cx, job, tasks: Vec::new(), bytes: 0 }
    }

    pub fn push(&mut self, task: TaskRecord) {
        self.bytes += 256 + task.bucket.len() + task.key.len();
        self.tasks.push(task);
    }

    pub fn is_full(&self) -> bool {
        self.tasks.len() >= BATCH || self.bytes >= BATCH_BYTES
    }

    /// Commits the tasks with how far the list was read. Whether the job still wants them.
    pub async fn commit(&mut self, progress: impl Fn(&mut JobRecord)) -> Result<bool> {
        let keys = JobKeys::of(self.cx);
        let done = records::change(self.cx, self.job, Some(JobStatus::Preparing), async |tx, job| {
            for task in &self.tasks {
                job.total += 1;
                tx.put(keys.task(&job.id, job.total), task.encode());
            }
            progress(job);
            Ok(())
        })
        .await?;
        self.tasks.clear();
        self.bytes = 0;
        Ok(done.is_some())
    }
}
