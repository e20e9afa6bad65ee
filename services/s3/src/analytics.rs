//! Configurations of storage class analyses and of request metrics. They are kept; nothing is analysed or measured by them.

use crate::{bucket::Bucket, configurations, faults};
use kernel::{Cx, Result};
use s3_api::*;

const ANALYTICS: &str = "analytics";
const METRICS: &str = "metrics";

pub async fn put_bucket_analytics_configuration(
    cx: Cx,
    input: PutBucketAnalyticsConfigurationInput,
) -> Result<PutBucketAnalyticsConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let wanted = &input.analytics_configuration;
    if let Some(filter) = &wanted.filter {
        let tags = filter.and.as_ref().and_then(|and| and.tags.as_deref()).unwrap_or(filter.tag.as_slice());
        configurations::check_filter(&[filter.prefix.is_some(), filter.tag.is_some(), filter.and.is_some()], tags)?;
    }
    if let Some(export) = &wanted.storage_class_analysis.data_export {
        let to = &export.destination.s3_bucket_destination;
        if export.output_schema_version != StorageClassAnalysisSchemaVersion::V1
            || to.format != AnalyticsS3ExportFileFormat::Csv
        {
            return Err(faults::malformed_xml());
        }
        configurations::check_destination(&to.bucket)?;
    }
    let ids = (input.id.as_str(), wanted.id.as_str());
    configurations::put(&cx, &bucket, ANALYTICS, ids, wanted, |_| ()).await?;
    Ok(PutBucketAnalyticsConfigurationOutput {})
}

pub async fn get_bucket_analytics_configuration(
    cx: Cx,
    input: GetBucketAnalyticsConfigurationInput,
) -> Result<GetBucketAnalyticsConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let found = configurations::get(&bucket, ANALYTICS, &input.id)?;
    Ok(GetBucketAnalyticsConfigurationOutput { analytics_configuration: Some(found) })
}

pub async fn list_bucket_analytics_configurations(
    cx: Cx,
    input: ListBucketAnalyticsConfigurationsInput,
) -> Result<ListBucketAnalyticsConfigurationsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let page = configurations::list(&bucket, ANALYTICS, input.continuation_token.as_deref())?;
    Ok(ListBucketAnalyticsConfigurationsOutput {
        is_truncated: Some(page.next.is_some()),
        continuation_token: input.continuation_token,
        next_continuation_token: page.next,
        analytics_configuration_list: page.found,
    })
}

pub async fn delete_bucket_analytics_configuration(
    cx: Cx,
    input: DeleteBucketAnalyticsConfigurationInput,
) -> Result<DeleteBucketAnalyticsConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    configurations::delete(&cx, &bucket, ANALYTICS, &input.id).await?;
    Ok(DeleteBucketAnalyticsConfigurationOutput {})
}

pub async fn put_bucket_metrics_configuration(
    cx: Cx,
    input: PutBucketMetricsConfigurationInput,
) -> Result<PutBucketMetricsConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let wanted = &input.metrics_configuration;
    if let Some(filter) = &wanted.filter {
        let tags = filter.and.as_ref().and_then(|and| and.tags.as_deref()).unwrap_or(filter.tag.as_slice());
        let point = filter.access_point_arn.is_some();
        let conditions = [filter.prefix.is_some(), filter.tag.is_some(), filter.and.is_some(), point];
        configurations::check_filter(&conditions, tags)?;
    }
    let ids = (input.id.as_str(), wanted.id.as_str());
    configurations::put(&cx, &bucket, METRICS, ids, wanted, |_| ()).await?;
    Ok(PutBucketMetricsConfigurationOutput {})
}

pub async fn get_bucket_metrics_configuration(
    cx: Cx,
    input: GetBucketMetricsConfigurationInput,
) -> Result<GetBucketMetricsConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let found = configurations::get(&bucket, METRICS, &input.id)?;
    Ok(GetBucketMetricsConfigurationOutput { metrics_configuration: Some(found) })
}

pub async fn list_bucket_metrics_configurations(
    cx: Cx,
    input: ListBucketMetricsConfigurationsInput,
) -> Result<ListBucketMetricsConfigurationsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let page = configurations::list(&bucket, METRICS, input.continuation_token.as_deref())?;
    Ok(ListBucketMetricsConfigurationsOutput {
        is_truncated: Some(page.next.is_some()),
        continuation_token: input.continuation_token,
        next_continuation_token: page.next,
        metrics_configuration_list: page.found,
    })
}

pub async fn delete_bucket_metrics_configuration(
    cx: Cx,
    input: DeleteBucketMetricsConfigurationInput,
) -> Result<DeleteBucketMetricsConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    configurations::delete(&cx, &bucket, METRICS, &input.id).await?;
    Ok(DeleteBucketMetricsConfigurationOutput {})
}
