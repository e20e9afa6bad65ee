//! What the store keeps of jobs, and under which keys. docs/decisions/0008-s3.md explains it.

use crate::configuration::decode;
use kernel::{
    Cx, Result, record,
    record::Record,
    store::{Key, Rows, StoreError, Txn},
};
use s3control_api::{CreateJobInput, JobStatus, fault};
use wire::{Fault, Timestamp};

record! {
    /// A job as it stands.
    pub struct JobRecord {
        1 id: String,
        2 created: Timestamp,
        /// As the API writes it: `Active`.
        3 status: String,
        4 priority: u32,
        /// The operation's name: `S3PutObjectCopy`.
        5 operation: String,
        6 description: String,
        7 role: String,
        8 token: String,
        9 tags: Vec<(String, String)>,
        /// Tasks there are.
        10 total: u64,
        11 succeeded: u64,
        12 failed: u64,
        /// Tasks that may have begun: up to this number. Of operations that do not bear repeating.
        13 begun: u64,
        /// In microseconds, without the present stretch.
        14 active: i64,
        /// The beginning of the present stretch of being Active; 0 where there is none.
        15 active_since: Timestamp,
        16 terminated: Timestamp,
        17 suspended: Timestamp,
        18 update_reason: String,
        19 failure_code: String,
        20 failure_reason: String,
        /// The access key of the role's session.
        21 session: String,
        22 session_expires: Timestamp,
        /// Reading the manifest: its file, and the place in it, in bytes (of what is compressed: behind that).
        23 file: u32,
        24 position: u64,
        /// Generating a manifest: the version that was looked at last.
        25 last_key: String,
        26 last_order: u64,
        /// All tasks are there; what is left is to write the generated manifest.
        27 listed: bool,
        /// Tasks whose rows are in the report, or in the generated manifest.
        28 written: u64,
        /// The report's files, or the generated manifest's.
        29 files: Vec<FileRecord>,
        /// The generated manifest, if it was written.
        30 manifest_arn: String,
        31 manifest_etag: String,
        32 manifest_version: String,
    }
}

record! {
    /// A file that a job wrote.
    pub struct FileRecord {
        1 key: String,
        2 md5: String,
        /// Of a report: its tasks succeeded.
        3 succeeded: bool,
        4 size: u64,
    }
}

record! {
    /// An object that a job is to do something with, and what came of it.
    pub struct TaskRecord {
        1 bucket: String,
        2 key: String,
        /// Where the manifest has versions.
        3 version: Option<String>,
        /// One of [`outcome`]; 0 where it was not tried yet.
        4 outcome: u8,
        5 status: u32,
        6 code: String,
        7 message: String,
    }
}

/// Of `TaskRecord::outcome`.
pub mod outcome {
    pub const SUCCEEDED: u8 = 1;
    pub const FAILED: u8 = 2;
}

record! {
    /// What a client's token has made.
    pub struct TokenRecord {
        1 job: String,
    }
}

/// Where the jobs of an account and Region are.
pub struct JobKeys(Key);

impl JobKeys {
    pub fn of(cx: &Cx) -> JobKeys {
        JobKeys(cx.key_of(cx.account(), cx.region()).text("jobs"))
    }

    pub fn jobs(&self) -> Key {
        self.0.extended(64).text("job")
    }

    pub fn job(&self, id: &str) -> Key {
        self.jobs().text(id)
    }

    pub fn request(&self, id: &str) -> Key {
        self.0.extended(64).text("request").text(id)
    }

    /// The ids of the jobs that have not ended.
    pub fn all_open(&self) -> Key {
        self.0.extended(64).text("open")
    }

    pub fn open(&self, id: &str) -> Key {
        self.all_open().text(id)
    }

    pub fn token(&self, token: &str) -> Key {
        self.0.extended(64).text("token").text(token)
    }

    pub fn tasks(&self, id: &str) -> Key {
        self.0.extended(64).text("task").text(id)
    }

    pub fn task(&self, id: &str, number: u64) -> Key {
        self.tasks(id).number(number)
    }
}

impl JobRecord {
    pub fn status(&self) -> JobStatus {
        self.status.as_str().into()
    }

    pub fn set_status(&mut self, status: JobStatus) {
        self.status = status.as_str().to_owned();
    }

    /// Its ARN, which is of S3.
    pub fn arn(&self, cx: &Cx) -> String {
        arn(cx, &self.id)
    }
}

pub fn arn(cx: &Cx, id: &str) -> String {
    kernel::Arn::new("s3", cx.region(), cx.account(), &format!("job/{id}")).to_string()
}

pub async fn find(cx: &Cx, id: &str) -> Result<JobRecord> {
    cx.read().record(&JobKeys::of(cx).job(id)).await?.ok_or_else(missing)
}

/// For a change of it.
pub async fn find_in(cx: &Cx, tx: &mut Txn, id: &str) -> Result<JobRecord> {
    tx.read(&JobKeys::of(cx).job(id)).await?.ok_or_else(missing)
}

/// Changes a job that is in a certain status, and gives it back as it is then. `None`: it is in another one by now, or gone.
pub async fn change(
    cx: &Cx,
    id: &str,
    from: Option<JobStatus>,
    mut how: impl AsyncFnMut(&mut Txn, &mut JobRecord) -> Result<()>,
) -> Result<Option<JobRecord>> {
    cx.write(async |tx| {
        let found: Option<JobRecord> = tx.read(&JobKeys::of(cx).job(id)).await?;
        let in_status = |job: &JobRecord| from.as_ref().is_none_or(|from| job.status() == *from);
        let Some(mut job) = found.filter(in_status) else { return Ok(None) };
        how(tx, &mut job).await?;
        put(cx, tx, &job);
        Ok(Some(job))
    })
    .await
}

pub fn put(cx: &Cx, tx: &mut Txn, job: &JobRecord) {
    tx.put(JobKeys::of(cx).job(&job.id), job.encode());
}

/// What was asked for when the job was made.
pub async fn request(cx: &Cx, id: &str) -> Result<CreateJobInput> {
    let row = cx.read().bytes(&JobKeys::of(cx).request(id)).await?.ok_or_else(missing)?;
    decode(str::from_utf8(&row).map_err(|_| StoreError::Damaged)?)
}

/// S3 user guide, "Troubleshooting S3 Batch Operations".
pub fn missing() -> Fault {
    fault::not_found_exception("The specified job does not exist.")
}
