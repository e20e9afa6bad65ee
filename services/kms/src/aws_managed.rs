//! AWS managed keys: made for a service when an account first uses their alias, `alias/aws/sqs`.

use crate::{
    address::Address,
    alias, key, key_policy,
    kms_key::{self, KmsKey},
    records::{DetailsRecord, KeyRecord, Keys},
    rotation,
    spec::Spec,
};
use kernel::{Cx, Result, uuid_text};
use std::sync::Arc;

/// The services that have one, as in their alias.
const SERVICES: [&str; 33] = [
    "acm",
    "backup",
    "cloud9",
    "codeartifact",
    "codecommit",
    "connect",
    "dms",
    "dynamodb",
    "ebs",
    "elasticfilesystem",
    "es",
    "fsx",
    "glue",
    "kafka",
    "kinesis",
    "kinesisvideo",
    "lambda",
    "lightsail",
    "logs",
    "mq",
    "rds",
    "redshift",
    "s3",
    "secretsmanager",
    "ses",
    "sns",
    "sqs",
    "ssm",
    "workmail",
    "workspaces",
    "xray",
    "appflow",
    "airflow",
];

/// "If you call DescribeKey on a predefined AWS alias, that is, an AWS alias with no key ID, KMS creates an AWS managed key":
/// the alias of a service, asked for in the caller's own account.
pub async fn make(cx: &Cx, address: &Address, name: &str) -> Result<Option<Arc<KmsKey>>> {
    let service = name.strip_prefix("alias/aws/").filter(|service| SERVICES.contains(service));
    let Some(service) = service.filter(|_| address.account == cx.account() && !cx.caller().is_anonymous()) else {
        return Ok(None);
    };
    let Some(spec) = Spec::of("SYMMETRIC_DEFAULT") else { return Ok(None) };
    let id = uuid_text(cx.cloud().ids().uuid_bits());
    let material = kms_key::new_material(cx, spec, &id)?;
    let policy = key_policy::of_service(cx, address.account, service);
    let description = format!("Default key that protects my {service} data when no other key is defined");
    let keys = Keys::of(cx, address.account, address.region);
    // Somebody else may have made it meanwhile.
    let id = cx
        .write(async |tx| {
            if let Some(row) = tx.get(&keys.alias(name)).await? {
                return Ok(kms_key::decode::<crate::records::AliasRecord>(&row)?.key);
            }
            let mut record = KeyRecord {
                id: id.clone(),
                created: cx.now(),
                spec: spec.name.to_owned(),
                usage: "ENCRYPT_DECRYPT".to_owned(),
                managed_by: service.to_owned(),
                materials: vec![material.clone()],
                ..KeyRecord::default()
            };
            // "AWS managed keys … are automatically rotated every year (approximately 365 days)."
            rotation::schedule(cx, tx, &mut record, rotation::USUAL_PERIOD);
            alias::add(cx, tx, &keys, &mut record, name, None)?;
            let details = DetailsRecord { description: description.clone(), ..DetailsRecord::default() };
            key::write(tx, &keys, &mut record, &policy, &details);
            Ok(id.clone())
        })
        .await?;
    KmsKey::read(cx, &*cx.read(), address.account, address.region, &id).await
}
