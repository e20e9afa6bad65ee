//! Who pays for what others do with a bucket.

use crate::{
    bucket::Bucket,
    configuration::{self, encode},
    faults,
};
use http::HeaderName;
use kernel::{CallerKind, Cx, Result};
use s3_api::*;

pub async fn put_bucket_request_payment(
    cx: Cx,
    input: PutBucketRequestPaymentInput,
) -> Result<PutBucketRequestPaymentOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let value = match input.request_payment_configuration.payer {
        Payer::Requester => Some(encode(&input.request_payment_configuration)),
        Payer::BucketOwner => None,
        _ => return Err(faults::malformed_xml()),
    };
    cx.write(async |tx| configuration::set(tx, &bucket, "request-payment", "", value.clone()).await).await?;
    Ok(PutBucketRequestPaymentOutput {})
}

pub async fn get_bucket_request_payment(
    cx: Cx,
    input: GetBucketRequestPaymentInput,
) -> Result<GetBucketRequestPaymentOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let payer = if is_requester(&bucket) { Payer::Requester } else { Payer::BucketOwner };
    Ok(GetBucketRequestPaymentOutput { payer: Some(payer) })
}

fn is_requester(bucket: &Bucket) -> bool {
    bucket.configuration.has("request-payment")
}

/// Refuses strangers who do not say that they pay (S3 user guide, "Using Requester Pays general purpose buckets"). The
/// bucket's owner pays for its own requests, and nobody can be charged who is not known.
pub fn check(cx: &Cx, bucket: &Bucket) -> Result<()> {
    if !is_requester(bucket) {
        return Ok(());
    }
    let caller = cx.caller();
    match caller.kind {
        CallerKind::Service { .. } => return Ok(()),
        CallerKind::Anonymous => return Err(faults::access_denied()),
        _ if caller.account == bucket.account => return Ok(()),
        _ => {}
    }
    let in_query = || {
        let query = cx.request().head.as_ref().and_then(|head| head.uri.query()).unwrap_or_default();
        query.split('&').any(|pair| pair == "x-amz-request-payer=requester")
    };
    if cx.header("x-amz-request-payer") != Some("requester") && !in_query() {
        return Err(faults::access_denied());
    }
    cx.answer_header(HeaderName::from_static("x-amz-request-charged"), "requester");
    Ok(())
}
