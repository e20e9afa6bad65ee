//! Configurations of inventories. `inventory_report` delivers them.

use crate::{bucket::Bucket, configurations, faults, midnight};
use kernel::{Cx, Result};
use s3_api::*;

pub const NAME: &str = "inventory";

pub async fn put_bucket_inventory_configuration(
    cx: Cx,
    input: PutBucketInventoryConfigurationInput,
) -> Result<PutBucketInventoryConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let wanted = &input.inventory_configuration;
    check(wanted)?;
    let ids = (input.id.as_str(), wanted.id.as_str());
    configurations::put(&cx, &bucket, NAME, ids, wanted, |tx| midnight::expect(&cx, tx, &bucket)).await?;
    Ok(PutBucketInventoryConfigurationOutput {})
}

fn check(wanted: &InventoryConfiguration) -> Result<()> {
    let to = &wanted.destination.s3_bucket_destination;
    match to.format {
        InventoryFormat::Csv => {}
        InventoryFormat::Orc | InventoryFormat::Parquet => return Err(faults::not_implemented("Format")),
        InventoryFormat::Unknown(_) => return Err(faults::malformed_xml()),
    }
    let fields = wanted.optional_fields.as_deref().unwrap_or_default();
    if matches!(wanted.included_object_versions, InventoryIncludedObjectVersions::Unknown(_))
        || matches!(wanted.schedule.frequency, InventoryFrequency::Unknown(_))
        || fields.iter().any(|field| matches!(field, InventoryOptionalField::Unknown(_)))
        || to.encryption.as_ref().is_some_and(|encryption| encryption.sse_s3.is_some() == encryption.sse_kms.is_some())
    {
        return Err(faults::malformed_xml());
    }
    if fields.contains(&InventoryOptionalField::ObjectAccessControlList) {
        return Err(faults::not_implemented("ObjectAccessControlList"));
    }
    configurations::check_destination(&to.bucket)
}

pub async fn get_bucket_inventory_configuration(
    cx: Cx,
    input: GetBucketInventoryConfigurationInput,
) -> Result<GetBucketInventoryConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let found = configurations::get(&bucket, NAME, &input.id)?;
    Ok(GetBucketInventoryConfigurationOutput { inventory_configuration: Some(found) })
}

pub async fn list_bucket_inventory_configurations(
    cx: Cx,
    input: ListBucketInventoryConfigurationsInput,
) -> Result<ListBucketInventoryConfigurationsOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let page = configurations::list(&bucket, NAME, input.continuation_token.as_deref())?;
    Ok(ListBucketInventoryConfigurationsOutput {
        is_truncated: Some(page.next.is_some()),
        continuation_token: input.continuation_token,
        next_continuation_token: page.next,
        inventory_configuration_list: page.found,
    })
}

pub async fn delete_bucket_inventory_configuration(
    cx: Cx,
    input: DeleteBucketInventoryConfigurationInput,
) -> Result<DeleteBucketInventoryConfigurationOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    configurations::delete(&cx, &bucket, NAME, &input.id).await?;
    Ok(DeleteBucketInventoryConfigurationOutput {})
}
