//! What a call acts on, and whether its caller may: the bucket or the object that it names, and what is asked for beside.

use crate::{access, access_point, bucket::Bucket, condition_keys, delete::Deletion, digests, faults, payer, versions};
use kernel::{
    AccountId, Cx, Local, Result,
    authorise::{Ask, Target, is_unruled_root, require},
};
use lang::policy::ContextKeys;
use std::sync::Arc;
use wire::{Location, Operation, Shape, View};

pub fn target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    let member = |name: &str| match input.schema().index(name).map(|index| input.get(index)) {
        Some(View::Str(text)) => Some(text.to_owned()),
        _ => None,
    };
    let (name, key, version) = (member("Bucket"), member("Key"), member("VersionId"));
    let owner = member("ExpectedBucketOwner");
    let actions = actions(operation, input);
    // Who may do everything needs no keys.
    let nowhere = name.is_none() || operation.name == "CreateBucket";
    let mut keys = ContextKeys::default();
    if !nowhere || !is_unruled_root(&cx, cx.account()) {
        keys = condition_keys::of_request(&cx, operation, input);
    }
    if nowhere {
        condition_keys::add_signature(&mut keys, &cx, cx.account());
    }
    let schema = input.schema();
    Box::pin(async move {
        digests::check(&cx, schema)?;
        let Some(name) = name else {
            return Ok(Target { keys, ..Target::of(cx.account(), vec!["*".into()]) });
        };
        let nothing_more = Target::of(cx.account(), Vec::new());
        if operation.name == "CreateBucket" {
            let resource: Arc<str> = format!("arn:{}:s3:::{name}", cx.region().partition()).into();
            for action in actions {
                let account = cx.account();
                let ask = ask(action, resource.clone(), account, &keys);
                require(&cx, &ask).await.map_err(|fault| access::told(&cx, fault, false))?;
            }
            return Ok(nothing_more);
        }
        let Some(bucket) = Bucket::reached(&cx, &name).await? else { return Err(faults::no_such_bucket(&name)) };
        redirect(&cx, &bucket)?;
        if bucket.point.is_some() && !access_point::supports(operation) {
            return Err(faults::method_not_allowed());
        }
        if owner.is_some_and(|owner| AccountId::parse(&owner) != Some(bucket.account)) {
            return Err(faults::access_denied());
        }
        crate::accelerate::check(&cx, &bucket)?;
        access::admit(&cx, &bucket).await?;
        let object = match &key {
            Some(key) if access::wants_object(&cx, &bucket)? => {
                let named = version.as_deref().map(versions::Named::parse).transpose()?;
                access::object(&cx, &bucket, key, named.as_ref()).await?
            }
            _ => None,
        };
        let asked = access::Asked { bucket: &bucket, key: key.as_deref(), object: object.as_ref(), keys };
        // The root user can always mend a policy that shuts everybody out (API reference, PutBucketPolicy).
        let mends = matches!(operation.name, "PutBucketPolicy" | "GetBucketPolicy" | "DeleteBucketPolicy")
            && cx.caller().is_root()
            && cx.caller().account == bucket.account;
        for action in actions {
            asked.require(&cx, action, mends).await?;
        }
        payer::check(&cx, &bucket)?;
        cx.keep(bucket);
        Ok(nothing_more)
    })
}

fn ask<'a>(action: &'a str, resource: Arc<str>, account: AccountId, keys: &'a ContextKeys) -> Ask<'a> {
    Ask {
        action,
        resource,
        account,
        policy: None,
        policy_kind: Default::default(),
        beside: None,
        tags: &[],
        keys,
        principal: None,
        input: None,
    }
}

/// The actions of an operation, and of what its request asks for beside it.
fn actions(operation: &'static Operation, input: &dyn Shape) -> Vec<&'static str> {
    let header = |name: &str| {
        let member =
            |member: &wire::Member| member.location == Location::Header && member.wire.eq_ignore_ascii_case(name);
        let index = input.schema().members.iter().position(member);
        index.is_some_and(|index| !matches!(input.get(index), View::Unset | View::Bool(false)))
    };
    let any = |names: &[&str]| names.iter().any(|name| header(name));
    let named = input.schema().index("VersionId").is_some_and(|index| !matches!(input.get(index), View::Unset));
    let plain = operation.iam.action;
    let mut actions = match (operation.name, named) {
        // Asked for each of its keys.
        ("DeleteObjects", _) => Vec::new(),
        ("GetObject" | "HeadObject", true) => vec!["s3:GetObjectVersion"],
        ("DeleteObject", true) => vec!["s3:DeleteObjectVersion"],
        ("GetObjectAttributes", false) => vec!["s3:GetObject", "s3:GetObjectAttributes"],
        ("GetObjectAttributes", true) => vec!["s3:GetObjectVersion", "s3:GetObjectVersionAttributes"],
        ("UpdateObjectEncryption", _) => vec!["s3:PutObject", "s3:UpdateObjectEncryption"],
        ("GetObjectAcl", true) => vec!["s3:GetObjectVersionAcl"],
        ("PutObjectAcl", true) => vec!["s3:PutObjectVersionAcl"],
        ("GetObjectTagging", true) => vec!["s3:GetObjectVersionTagging"],
        ("PutObjectTagging", true) => vec!["s3:PutObjectVersionTagging"],
        ("DeleteObjectTagging", true) => vec!["s3:DeleteObjectVersionTagging"],
        _ => vec![plain],
    };
    let listed = any(&[
        "x-amz-acl",
        "x-amz-grant-full-control",
        "x-amz-grant-read",
        "x-amz-grant-read-acp",
        "x-amz-grant-write",
        "x-amz-grant-write-acp",
    ]);
    let mut also = |asked: bool, action: &'static str| {
        if asked {
            actions.push(action);
        }
    };
    match operation.name {
        "PutObject" | "CopyObject" | "CreateMultipartUpload" => {
            also(listed, "s3:PutObjectAcl");
            also(header("x-amz-tagging"), "s3:PutObjectTagging");
            let retained = any(&["x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"]);
            also(retained, "s3:PutObjectRetention");
            also(header("x-amz-object-lock-legal-hold"), "s3:PutObjectLegalHold");
        }
        "DeleteObject" | "PutObjectRetention" => {
            also(header("x-amz-bypass-governance-retention"), "s3:BypassGovernanceRetention");
        }
        "CreateBucket" => {
            also(listed, "s3:PutBucketAcl");
            also(header("x-amz-object-ownership"), "s3:PutBucketOwnershipControls");
            let locked = header("x-amz-bucket-object-lock-enabled");
            also(locked, "s3:PutBucketObjectLockConfiguration");
            also(locked, "s3:PutBucketVersioning");
            also(!condition_keys::bucket_tags(input).is_empty(), "s3:TagResource");
        }
        _ => {}
    }
    actions
}

/// A bucket in another region than the request was signed for is elsewhere. Who does not sign goes to any.
fn redirect(cx: &Cx, bucket: &Bucket) -> Result<()> {
    if cx.request().signed.is_none() || cx.region() == bucket.region {
        return Ok(());
    }
    cx.answer_header(http::HeaderName::from_static("x-amz-bucket-region"), bucket.region.as_str());
    Err(match &bucket.point {
        None => faults::permanent_redirect(&bucket.name, bucket.region.as_str()),
        Some(point) => faults::permanent_redirect_of(&point.arn, point.host()),
    })
}

/// Whether the caller may delete a key of a batch.
pub async fn may_delete(cx: &Cx, bucket: &Bucket, deletion: &Deletion<'_>) -> Result<()> {
    let action = if deletion.version.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
    may_of(cx, bucket, action, deletion.key, deletion.version).await?;
    match deletion.bypass {
        true => may_of(cx, bucket, "s3:BypassGovernanceRetention", deletion.key, deletion.version).await,
        false => Ok(()),
    }
}

/// Whether the caller may do something beside what the operation is, to the bucket or to an object of it.
pub async fn may(cx: &Cx, bucket: &Bucket, action: &str, key: Option<&str>) -> Result<()> {
    ask_beside(cx, bucket, action, key, None).await
}

/// The same for a version of an object, or the current one.
pub async fn may_of(cx: &Cx, bucket: &Bucket, action: &str, key: &str, version: Option<&str>) -> Result<()> {
    payer::check(cx, bucket)?;
    ask_beside(cx, bucket, action, Some(key), version).await
}

async fn ask_beside(cx: &Cx, bucket: &Bucket, action: &str, key: Option<&str>, version: Option<&str>) -> Result<()> {
    access::admit(cx, bucket).await?;
    let object = match key {
        Some(key) if access::wants_object(cx, bucket)? => {
            let named = version.map(versions::Named::parse).transpose()?;
            access::object(cx, bucket, key, named.as_ref()).await?
        }
        _ => None,
    };
    let mut keys = ContextKeys::default();
    if let Some(version) = version {
        keys.set("s3:versionid", version);
    }
    access::Asked { bucket, key, object: object.as_ref(), keys }.require(cx, action, false).await
}
