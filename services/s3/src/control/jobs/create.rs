//! CreateJob.

use super::{
    SERVICE,
    asked::{check, operation_name},
    records::{self, JobKeys, JobRecord, TokenRecord},
    schedule, tags,
};
use crate::{configuration::encode, role};
use kernel::{
    Arn, Cx, Result,
    record::Record,
    store::{MAX_VALUE, Rows},
};
use s3control_api::*;
use wire::Bytes;

/// Jobs of an account and Region that have not ended. That there is a bound is documented by the error, how many it is is a
/// guess.
const MAX_OPEN: usize = 1_000;

pub async fn create_job(cx: Cx, input: CreateJobInput) -> Result<CreateJobOutput> {
    check(&input)?;
    // The model's pattern of ARNs leaves nothing else.
    let owner = Arn::parse(&input.role_arn).and_then(|arn| arn.account_id());
    let owner = owner.ok_or_else(|| fault::bad_request_exception("RoleArn must be the ARN of a role."))?;
    role::pass(&cx, &input.role_arn, owner, SERVICE).await?;
    let job = JobRecord {
        id: cx.cloud().ids().uuid(),
        created: cx.now(),
        status: JobStatus::New.as_str().to_owned(),
        priority: u32::try_from(input.priority).unwrap_or_default(),
        operation: operation_name(&input.operation).unwrap_or_default().to_owned(),
        description: input.description.clone().unwrap_or_default(),
        role: input.role_arn.clone(),
        token: input.client_request_token.clone(),
        tags: tags::of_new(input.tags.clone().unwrap_or_default())?,
        ..JobRecord::default()
    };
    let asked: Bytes = encode(&input).into();
    if asked.len() > MAX_VALUE {
        return Err(fault::bad_request_exception("The job's parameters are too large."));
    }
    let keys = JobKeys::of(&cx);
    cx.write(async |tx| {
        let token = keys.token(&job.token);
        if let Some(TokenRecord { job: earlier }) = tx.read(&token).await? {
            // The same request is answered the same, another one is refused.
            return match tx.get(&keys.request(&earlier)).await?.as_ref() == Some(&asked) {
                true => Ok(earlier),
                false => Err(fault::idempotency_exception(
                    "A job with this client request token was created with other parameters.",
                )),
            };
        }
        if tx.count(&keys.all_open()).await? >= MAX_OPEN {
            return Err(fault::too_many_requests_exception(format!("There are {MAX_OPEN} jobs that have not ended.")));
        }
        records::put(&cx, tx, &job);
        tx.put(keys.request(&job.id), asked.clone());
        tx.put(keys.open(&job.id), "");
        tx.put(token, TokenRecord { job: job.id.clone() }.encode());
        schedule::expect(&cx, tx, "");
        Ok(job.id.clone())
    })
    .await
    .map(|id| CreateJobOutput { job_id: Some(id) })
}
