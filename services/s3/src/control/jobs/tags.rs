//! The tags of jobs.

use super::records;
use kernel::{Cx, Result};
use s3control_api::*;
use std::collections::BTreeSet;

/// "Amazon S3 limits the maximum number of tags to 50 tags per job" (API reference, PutJobTagging).
const MAX: usize = 50;

pub async fn put_job_tagging(cx: Cx, input: PutJobTaggingInput) -> Result<PutJobTaggingOutput> {
    if input.tags.len() > MAX {
        return Err(fault::too_many_tags_exception(format!("A job can have {MAX} tags.")));
    }
    set(&cx, &input.job_id, of_new(input.tags)?).await?;
    Ok(PutJobTaggingOutput {})
}

pub async fn get_job_tagging(cx: Cx, input: GetJobTaggingInput) -> Result<GetJobTaggingOutput> {
    let job = records::find(&cx, &input.job_id).await?;
    let tags = job.tags.into_iter().map(|(key, value)| S3Tag { key, value });
    Ok(GetJobTaggingOutput { tags: Some(tags.collect()) })
}

pub async fn delete_job_tagging(cx: Cx, input: DeleteJobTaggingInput) -> Result<DeleteJobTaggingOutput> {
    set(&cx, &input.job_id, Vec::new()).await?;
    Ok(DeleteJobTaggingOutput {})
}

async fn set(cx: &Cx, id: &str, tags: Vec<(String, String)>) -> Result<()> {
    cx.write(async |tx| {
        let mut job = records::find_in(cx, tx, id).await?;
        job.tags.clone_from(&tags);
        records::put(cx, tx, &job);
        Ok(())
    })
    .await
}

/// Tags of a new job, or new ones of a job.
pub fn of_new(tags: Vec<S3Tag>) -> Result<Vec<(String, String)>> {
    let keys: BTreeSet<_> = tags.iter().map(|tag| tag.key.as_str()).collect();
    if tags.len() > MAX {
        return Err(fault::bad_request_exception(format!("A job can have {MAX} tags.")));
    }
    if keys.len() < tags.len() {
        return Err(fault::bad_request_exception("Cannot provide multiple Tags with the same key"));
    }
    if keys.iter().any(|key| key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"))) {
        return Err(fault::bad_request_exception("System tags cannot be added or updated by the requester"));
    }
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}
