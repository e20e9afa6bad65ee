//! Who may do what: the bucket's policy, access control lists, and the public access block, put together for a caller.

use crate::{
    access_point::AccessPoint,
    acl,
    bucket::Bucket,
    condition_keys, faults,
    owner::canonical_id,
    ownership::{self, Ownership},
    policy, public, public_access,
    records::ObjectRecord,
    versions::{self, Named},
};
use kernel::{
    AccountId, CallerKind, Cx, Result,
    authorise::{Ask, is_unruled_root, require},
};
use lang::policy::ContextKeys;
use s3_api::{Grant, Permission};
use std::sync::Arc;
use wire::{Fault, Json};

/// What somebody wants to do something to.
pub struct Asked<'a> {
    pub bucket: &'a Bucket,
    /// Of the object, where it is about one.
    pub key: Option<&'a str>,
    /// The object, where it matters for the decision and is there.
    pub object: Option<&'a ObjectRecord>,
    pub keys: ContextKeys,
}

impl Asked<'_> {
    /// `mends`: whatever the policy says, its owner may replace it.
    pub async fn require(&self, cx: &Cx, action: &str, mends: bool) -> Result<()> {
        if let Some(point) = &self.bucket.point {
            self.of_point(cx, point, action, mends).await?;
        }
        self.of_bucket(cx, action, mends).await
    }

    /// "Both the access point and the underlying bucket must permit the request" (user guide, "Configuring IAM policies for
    /// using access points"): what comes through one is asked of it by its own ARN, its owner and its policy.
    async fn of_point(&self, cx: &Cx, point: &AccessPoint, action: &str, mends: bool) -> Result<()> {
        let account = point.account;
        let policy = if mends { None } else { policy::in_force_of(point, cx) };
        if policy.is_none() && is_unruled_root(cx, account) {
            return Ok(());
        }
        let (keys, tags) = (self.keys_for(cx, account), point.record.tags.as_slice());
        self.ask(cx, Question { action, resource: point.resource(self.key), account, policy, tags, keys }).await
    }

    async fn of_bucket(&self, cx: &Cx, action: &str, mends: bool) -> Result<()> {
        let bucket = self.bucket;
        let Rules { account, policy } = match mends {
            true => Rules { account: bucket.account, policy: None },
            false => rules(cx, bucket, action, self.object).await?,
        };
        if policy.is_none() && is_unruled_root(cx, account) {
            return Ok(());
        }
        // The tags of a bucket count where its owner says that they do (PutBucketAbac).
        let tags = match self.key {
            None if bucket.configuration.has("abac") => bucket.record.tags.as_slice(),
            _ => &[],
        };
        let resource = self.key.map_or_else(|| bucket.arn.clone(), |key| bucket.object_arn(key));
        let keys = self.keys_for(cx, bucket.account);
        self.ask(cx, Question { action, resource, account, policy, tags, keys }).await
    }

    /// What policies may ask; `owner`: of the resource that the question is about.
    fn keys_for(&self, cx: &Cx, owner: AccountId) -> ContextKeys {
        let bucket = self.bucket;
        let mut keys = self.keys.clone();
        condition_keys::add_signature(&mut keys, cx, owner);
        let by_tags = bucket.configuration.has("abac");
        for (key, value) in self.object.iter().flat_map(|object| &object.tags) {
            keys.set(format!("s3:ExistingObjectTag/{key}"), value.as_str());
        }
        for (key, value) in bucket.record.tags.iter().filter(|_| by_tags) {
            keys.set(format!("s3:BucketTag/{key}"), value.as_str());
        }
        if let Some(point) = &bucket.point {
            point.add_keys(&mut keys);
        }
        keys
    }

    async fn ask(&self, cx: &Cx, question: Question<'_>) -> Result<()> {
        let Question { action, resource, account, policy, tags, keys } = question;
        let ask = Ask {
            action,
            resource,
            account,
            policy,
            policy_kind: Default::default(),
            beside: None,
            tags,
            keys: &keys,
            principal: None,
            input: None,
        };
        let Err(fault) = require(cx, &ask).await else { return Ok(()) };
        let stranger = match cx.caller().kind {
            CallerKind::Anonymous | CallerKind::Service { .. } => true,
            _ if cx.caller().account == account => false,
            _ => {
                let ours = &cx.caller().grants.controls.organization;
                let theirs = cx.cloud().identity().controls(cx.cloud(), account).await?;
                ours.is_none() || *ours != theirs.organization
            }
        };
        Err(told(cx, fault, stranger))
    }
}

/// One of the questions that stand behind [`Asked`].
struct Question<'a> {
    action: &'a str,
    resource: Arc<str>,
    account: AccountId,
    policy: Option<Arc<str>>,
    tags: &'a [(String, String)],
    keys: ContextKeys,
}

/// Who is of another account, and of no organization with the owner, is not told why (user guide, "Troubleshoot access
/// denied (403 Forbidden) errors in Amazon S3").
pub fn told(cx: &Cx, fault: Fault, stranger: bool) -> Fault {
    match fault.kind().code == "AccessDenied" && (stranger || cx.caller().is_anonymous()) {
        true => faults::access_denied(),
        false => fault,
    }
}

/// What decides: whose it is, and what the owners grant.
struct Rules {
    account: AccountId,
    policy: Option<Arc<str>>,
}

async fn rules(cx: &Cx, bucket: &Bucket, action: &str, object: Option<&ObjectRecord>) -> Result<Rules> {
    let policy = policy::in_force(bucket, cx);
    if ownership::of(bucket)? == Ownership::BucketOwnerEnforced {
        return Ok(Rules { account: bucket.account, policy });
    }
    let object = object.filter(|_| is_of_object(action));
    let (account, grants) = match object {
        Some(object) => {
            let owner = AccountId(object.owner);
            (owner, acl::read(&object.acl, owner)?)
        }
        None => (bucket.account, acl::of_bucket(bucket)?),
    };
    let ignored = public_access::of(cx, bucket).await?.acls_ignored;
    let granted = grants.iter().filter_map(|grant| granted_to(cx, grant, action, object.is_some(), ignored)).next();
    // What somebody else owns, the bucket's owner can take away but not give.
    let denials_only = account != bucket.account;
    if granted.is_none() && !denials_only {
        return Ok(Rules { account, policy });
    }
    Ok(Rules { account, policy: merged(policy.as_deref(), denials_only, granted.as_deref(), action) })
}

/// Actions that an object's own list decides; all others are the bucket's.
fn is_of_object(action: &str) -> bool {
    matches!(
        action,
        "s3:GetObject"
            | "s3:GetObjectVersion"
            | "s3:GetObjectVersionForReplication"
            | "s3:GetObjectAttributes"
            | "s3:GetObjectVersionAttributes"
            | "s3:GetObjectAcl"
            | "s3:GetObjectVersionAcl"
            | "s3:PutObjectAcl"
            | "s3:PutObjectVersionAcl"
            | "s3:GetObjectTagging"
            | "s3:GetObjectVersionTagging"
            | "s3:PutObjectTagging"
            | "s3:PutObjectVersionTagging"
            | "s3:DeleteObjectTagging"
            | "s3:DeleteObjectVersionTagging"
    )
}

/// The principal that a grant lets do something, if the caller is among those it is for.
fn granted_to(cx: &Cx, grant: &Grant, action: &str, object: bool, no_public: bool) -> Option<String> {
    let permission = grant.permission.as_ref()?;
    if *permission != Permission::FullControl && *permission != needed(action, object)? {
        return None;
    }
    needed(action, object)?;
    let caller = cx.caller();
    let known = caller.is_root() || caller.identified().is_some();
    match acl::group(grant) {
        Some(acl::ALL_USERS) => (!no_public).then(|| "*".to_owned()),
        Some(acl::AUTHENTICATED_USERS) => (!no_public && known).then(|| "*".to_owned()),
        Some(_) => match caller.kind {
            CallerKind::Service { principal, .. } if principal == "logging.s3.amazonaws.com" => {
                Some(principal.to_owned())
            }
            _ => None,
        },
        None => {
            let id = grant.grantee.as_ref()?.id.as_deref()?;
            (known && id == canonical_id(caller.account)).then(|| caller.account.to_string())
        }
    }
}

/// User guide, "Mapping of ACL permissions and access policy permissions".
fn needed(action: &str, object: bool) -> Option<Permission> {
    Some(match action {
        "s3:GetObject" | "s3:GetObjectVersion" | "s3:GetObjectVersionForReplication" if object => Permission::Read,
        "s3:ListBucket" | "s3:ListBucketVersions" | "s3:ListBucketMultipartUploads" => Permission::Read,
        "s3:PutObject" => Permission::Write,
        "s3:GetBucketAcl" => Permission::ReadAcp,
        "s3:PutBucketAcl" => Permission::WriteAcp,
        "s3:GetObjectAcl" | "s3:GetObjectVersionAcl" if object => Permission::ReadAcp,
        "s3:PutObjectAcl" | "s3:PutObjectVersionAcl" if object => Permission::WriteAcp,
        _ => return None,
    })
}

/// The policy with a grant beside it, as one document.
fn merged(policy: Option<&str>, denials_only: bool, granted: Option<&str>, action: &str) -> Option<Arc<str>> {
    let mut document = policy.and_then(|text| Json::parse(text).ok()).unwrap_or_else(|| {
        Json::Object(vec![
            ("Version".to_owned(), "2012-10-17".into()),
            ("Statement".to_owned(), Json::List(Vec::new())),
        ])
    });
    let Json::Object(members) = &mut document else { return None };
    let (_, statements) = members.iter_mut().find(|(name, _)| name == "Statement")?;
    let mut list = match std::mem::replace(statements, Json::Null) {
        Json::List(list) => list,
        one => vec![one],
    };
    if denials_only {
        list.retain(|statement| statement.get("Effect").and_then(Json::as_str) == Some("Deny"));
    }
    if let Some(principal) = granted {
        let family = if principal.contains('.') { "Service" } else { "AWS" };
        list.push(Json::Object(vec![
            ("Effect".to_owned(), "Allow".into()),
            ("Principal".to_owned(), Json::Object(vec![(family.to_owned(), principal.into())])),
            ("Action".to_owned(), action.into()),
            ("Resource".to_owned(), "*".into()),
        ]));
    }
    if list.is_empty() {
        return None;
    }
    *statements = Json::List(list);
    Some(document.to_string().into())
}

/// What no policy can let in. Under RestrictPublicBuckets, a public policy is for services and the owner's account alone:
/// nobody else comes in by it, not even who is named. By that of an access point, its owner's account may come, too; not by
/// the bucket's, or every account could make itself a way in.
pub async fn admit(cx: &Cx, bucket: &Bucket) -> Result<()> {
    let caller = cx.caller();
    let point = bucket.point.as_ref();
    if let Some(point) = point {
        point.admit(cx)?;
    }
    let is_of = |account: AccountId| !caller.is_anonymous() && caller.account == account;
    if matches!(caller.kind, CallerKind::Service { .. }) || is_of(bucket.account) {
        return Ok(());
    }
    let public = bucket.configuration.text("policy").is_some_and(public::is_public)
        || point.is_some_and(|point| !is_of(point.account) && public::is_public_point(point));
    match public && public_access::of(cx, bucket).await?.restricted {
        true => Err(faults::access_denied()),
        false => Ok(()),
    }
}

/// Whether a decision may hang on the object itself: on its list, or its tags.
pub fn wants_object(cx: &Cx, bucket: &Bucket) -> Result<bool> {
    const KEY: &str = "s3:existingobjecttag/";
    let lists = ownership::of(bucket)? != Ownership::BucketOwnerEnforced;
    let point = bucket.point.as_ref().and_then(|point| point.policy());
    let mut policies = bucket.configuration.text("policy").into_iter().chain(point);
    if lists || policies.any(|text| text.to_ascii_lowercase().contains(KEY)) {
        return Ok(true);
    }
    let grants = &cx.caller().grants;
    let named = grants.identity.iter().chain(&grants.boundary).chain(&grants.session);
    let controls = grants.controls.scps.iter().chain(&grants.controls.rcps).flatten();
    Ok(named.chain(controls).any(|named| {
        let mut keys = named.policy.statements.iter().flat_map(|statement| statement.context_keys());
        keys.any(|key| key.get(..KEY.len()).is_some_and(|start| start.eq_ignore_ascii_case(KEY)))
    }))
}

pub async fn object(cx: &Cx, bucket: &Bucket, key: &str, named: Option<&Named>) -> Result<Option<ObjectRecord>> {
    let snapshot = cx.read();
    let found = match named {
        Some(named) => versions::find(&*snapshot, bucket, key, named).await?,
        None => versions::latest(&*snapshot, bucket, key).await?,
    };
    Ok(found.filter(|record| !record.delete_marker))
}

/// The fault of something that is not there: only who may list learns that it is not (API reference, GetObject,
/// "Permissions").
pub async fn missing(cx: &Cx, bucket: &Bucket, fault: Fault) -> Fault {
    match crate::target::may(cx, bucket, "s3:ListBucket", None).await {
        Ok(()) => fault,
        Err(denied) => denied,
    }
}
