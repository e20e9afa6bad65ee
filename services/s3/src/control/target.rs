//! What a call of S3 Control acts on.

use super::{jobs, tags::Tagged};
use crate::{
    access::{self, Asked},
    access_point::{self, AccessPoint, arn_of},
    condition_keys, digests, faults,
    records::{AccessPointRecord, points},
};
use kernel::{
    AccountId, Cx, Local, Result,
    authorise::{Target, has_tags},
    store::Rows,
};
use lang::policy::ContextKeys;
use wire::{Operation, Shape, View};

pub fn target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    let member = |name: &str| match input.schema().index(name).map(|index| input.get(index)) {
        Some(View::Str(text)) => Some(text.to_owned()),
        _ => None,
    };
    let account = member("AccountId").and_then(|text| AccountId::parse(&text));
    let (name, arn) = (member("Name"), member("ResourceArn"));
    let mut keys = ContextKeys::default();
    if arn.is_some() {
        condition_keys::request_tags(&mut keys, &condition_keys::list(input, "Tags"));
        let removed = condition_keys::texts(input, "TagKeys");
        if !removed.is_empty() {
            keys.set_many("aws:TagKeys", removed);
        }
    }
    let vpc = input.schema().index("VpcConfiguration").is_some_and(|index| !matches!(input.get(index), View::Unset));
    let created = Created { vpc, tagged: has_tags(input) };
    let schema = input.schema();
    let job = jobs::target::asked(operation, input);
    Box::pin(async move {
        digests::check(&cx, schema)?;
        let account = account.ok_or_else(faults::access_denied)?;
        if let Some(arn) = arn {
            return of_tags(&cx, operation, &arn, account, keys).await;
        }
        // What is configured of an account is its own business ("don't support cross-account calls").
        if account != cx.account() {
            return Err(faults::access_denied());
        }
        if let Some(asked) = job {
            return jobs::target::target(&cx, account, asked).await;
        }
        match name {
            Some(name) => of_point(&cx, operation, &name, created).await,
            None => {
                condition_keys::add_signature(&mut keys, &cx, account);
                Ok(Target { keys, ..Target::of(account, vec!["*".into()]) })
            }
        }
    })
}

/// What CreateAccessPoint says of what it makes.
struct Created {
    vpc: bool,
    tagged: bool,
}

/// An access point of the caller's account, be it there or not.
async fn of_point(cx: &Cx, operation: &'static Operation, name: &str, created: Created) -> Result<Target> {
    let (account, region) = (cx.account(), cx.region());
    let mut keys = ContextKeys::default();
    condition_keys::add_signature(&mut keys, cx, account);
    let mut target = Target::of(account, vec![arn_of(account, region, name)]);
    let found = match operation.name {
        "CreateAccessPoint" => None,
        _ => cx.read().record::<AccessPointRecord>(&points(account, region).text(name)).await?,
    };
    match found {
        Some(record) => {
            let point = AccessPoint::of(account, region, name, record);
            point.add_keys(&mut keys);
            target.tags.clone_from(&point.record.tags);
        }
        None => access_point::add_keys(&mut keys, account, &target.resources[0], created.vpc),
    }
    if created.tagged {
        target.also = &["s3:TagResource"];
    }
    Ok(Target { keys, ..target })
}

/// What tags are of. A bucket's policy decides about them, too.
async fn of_tags(
    cx: &Cx,
    operation: &'static Operation,
    arn: &str,
    account: AccountId,
    mut keys: ContextKeys,
) -> Result<Target> {
    let tagged = Tagged::find(cx, arn, account).await?;
    // "The AWS account ID that created the S3 resource [...] or the requester's account ID."
    if account != tagged.account() && account != cx.account() {
        return Err(faults::access_denied());
    }
    let target = match &tagged {
        Tagged::Bucket(bucket) => {
            if bucket.region != cx.region() {
                return Err(faults::permanent_redirect(&bucket.name, bucket.region.as_str()));
            }
            access::admit(cx, bucket).await?;
            Asked { bucket, key: None, object: None, keys }.require(cx, operation.iam.action, false).await?;
            Target::of(account, Vec::new())
        }
        Tagged::AccessPoint(point) => {
            if point.account != cx.account() {
                return Err(faults::access_denied());
            }
            condition_keys::add_signature(&mut keys, cx, account);
            point.add_keys(&mut keys);
            let target = Target::of(account, vec![point.arn.clone()]);
            Target { tags: point.record.tags.clone(), keys, ..target }
        }
    };
    cx.keep(tagged);
    Ok(target)
}
