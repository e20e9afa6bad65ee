//! Bucket policies.

use crate::{
    access_point::AccessPoint, bucket::Bucket, configuration, faults, owner::canonical_id, public, public_access,
};
use identity::put_ids;
use kernel::{Cx, Result};
use lang::policy::{Kind, Policy, PrincipalId, Statement};
use s3_api::*;
use std::sync::Arc;
use wire::{Fault, Json};

/// In bytes, without white space (user guide, "Bucket policies").
const MAX_POLICY: usize = 20 * 1024;

/// The policy that decides: by the ids of those it names, so that whoever is made anew under a name is not meant.
pub fn in_force(bucket: &Bucket, cx: &Cx) -> Option<Arc<str>> {
    let text = bucket.configuration.text("policy-in-force").or_else(|| bucket.configuration.text("policy"))?;
    Some(for_caller(text, cx))
}

/// The same of an access point.
pub fn in_force_of(point: &AccessPoint, cx: &Cx) -> Option<Arc<str>> {
    let by_ids = Some(point.record.policy_in_force.as_str()).filter(|text| !text.is_empty());
    Some(for_caller(by_ids.or_else(|| point.policy())?, cx))
}

fn for_caller(text: &str, cx: &Cx) -> Arc<str> {
    match text.contains("CanonicalUser") {
        true => by_account(text, cx).into(),
        false => text.into(),
    }
}

/// Puts the caller's account in the place of its canonical id, which says the same.
fn by_account(text: &str, cx: &Cx) -> String {
    let Ok(mut document) = Json::parse(text) else { return text.to_owned() };
    let account = cx.caller().account;
    let id = canonical_id(account);
    each_principal(&mut document, &mut |principal| {
        let Json::Object(families) = principal else { return };
        let Some(at) = families.iter().position(|(family, _)| family == "CanonicalUser") else { return };
        let mine = match &families[at].1 {
            Json::List(ids) => ids.iter().any(|entry| entry.as_str() == Some(&id)),
            one => one.as_str() == Some(&id),
        };
        if !mine || cx.caller().is_anonymous() {
            return;
        }
        families.remove(at);
        let account = Json::from(account.to_string().as_str());
        match families.iter_mut().find(|(family, _)| family == "AWS") {
            Some((_, Json::List(names))) => names.push(account),
            Some((_, one)) => *one = Json::List(vec![std::mem::replace(one, Json::Null), account]),
            None => families.push(("AWS".to_owned(), account)),
        }
    });
    document.to_string()
}

fn each_principal(document: &mut Json, visit: &mut dyn FnMut(&mut Json)) {
    let Json::Object(members) = document else { return };
    let Some((_, statements)) = members.iter_mut().find(|(name, _)| name == "Statement") else { return };
    let statements = match statements {
        Json::List(list) => list.as_mut_slice(),
        one => std::slice::from_mut(one),
    };
    for statement in statements {
        let Json::Object(members) = statement else { continue };
        for (name, value) in members {
            if name == "Principal" || name == "NotPrincipal" {
                visit(value);
            }
        }
    }
}

/// Policies are the owner's own business (API reference, PutBucketPolicy: "405 Method Not Allowed").
fn refuse_others(cx: &Cx, bucket: &Bucket) -> Result<()> {
    match cx.caller().account == bucket.account && !cx.caller().is_anonymous() {
        true => Ok(()),
        false => Err(faults::method_not_allowed()),
    }
}

/// ConfirmRemoveSelfBucketAccess confirms what is done without it, too: that a policy shuts its author out is no error.
pub async fn put_bucket_policy(cx: Cx, input: PutBucketPolicyInput) -> Result<PutBucketPolicyOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    refuse_others(&cx, &bucket)?;
    let given = Given::read(&cx, &input.policy, &Over::Bucket(&bucket.arn)).await?;
    if public::allows_public(&given.policy) && public_access::of(&cx, &bucket).await?.public_policy {
        return Err(prevented(&cx, "s3:PutBucketPolicy", &bucket.arn));
    }
    let bytes = |text: String| Some(text.into_bytes()).filter(|bytes| !bytes.is_empty());
    set(&cx, &bucket, bytes(input.policy), bytes(given.in_force), bytes(given.principals)).await?;
    Ok(PutBucketPolicyOutput {})
}

/// What a policy may be about.
pub enum Over<'a> {
    /// A bucket and its objects, by its ARN.
    Bucket(&'a str),
    /// An access point, and objects through it.
    AccessPoint(&'a str),
}

impl Over<'_> {
    /// What is behind the ARN, where it is one of these: nothing, a key or a wildcard.
    fn rest<'t>(&self, resource: &'t str) -> Option<&'t str> {
        let rest = match self {
            Over::Bucket(arn) => resource.strip_prefix(arn)?,
            Over::AccessPoint(arn) => match resource.strip_prefix(arn)? {
                rest if rest.starts_with('/') => rest.strip_prefix("/object").filter(|rest| !rest.is_empty())?,
                rest => rest,
            },
        };
        (rest.is_empty() || rest.starts_with(['/', '*', '?'])).then_some(rest)
    }
}

/// A policy that may be put, as it is to be stored.
pub struct Given {
    pub policy: Policy,
    /// By the ids of those it names; empty where it names nobody.
    pub in_force: String,
    /// Their ids, as JSON.
    pub principals: String,
}

impl Given {
    pub async fn read(cx: &Cx, text: &str, over: &Over<'_>) -> Result<Given> {
        if !text.trim_start().starts_with('{') || Json::parse(text).is_err() {
            return Err(malformed("Policies must be valid JSON and the first byte must be '{'"));
        }
        if Policy::size(text) > MAX_POLICY {
            return Err(faults::POLICY_TOO_LARGE.fault("Policy exceeds the maximum allowed document size."));
        }
        let policy = Policy::parse(text, Kind::Resource).map_err(|error| {
            malformed(error.sentence()).with_detail(faults::OfPolicy { detail: Some(error.detail().to_owned()) })
        })?;
        for statement in policy.statements.iter() {
            check(statement, over)?;
        }
        let principals = principals(cx, &policy).await?;
        if principals.is_empty() {
            return Ok(Given { policy, in_force: String::new(), principals: String::new() });
        }
        let in_force = put_ids(text, &principals);
        let named = Json::Object(principals.into_iter().map(|(arn, id)| (arn, id.as_str().into())).collect());
        Ok(Given { policy, in_force, principals: named.to_string() })
    }
}

/// What a public policy meets where those are blocked.
pub fn prevented(cx: &Cx, action: &str, arn: &str) -> Fault {
    faults::ACCESS_DENIED.fault(format!(
        "User: {} is not authorized to perform: {action} on resource: \"{arn}\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
        cx.caller().arn(cx.region()),
    ))
}

async fn set(
    cx: &Cx,
    bucket: &Bucket,
    text: Option<Vec<u8>>,
    in_force: Option<Vec<u8>>,
    principals: Option<Vec<u8>>,
) -> Result<()> {
    cx.write(async |tx| {
        configuration::set(tx, bucket, "policy", "", text.clone()).await?;
        configuration::set(tx, bucket, "policy-in-force", "", in_force.clone()).await?;
        configuration::set(tx, bucket, "policy-principals", "", principals.clone()).await
    })
    .await
}

fn malformed(message: &str) -> Fault {
    faults::MALFORMED_POLICY.fault(message)
}

/// What a bucket's policy, or an access point's, must be beside a policy.
fn check(statement: &Statement, over: &Over<'_>) -> Result<()> {
    let resources: Vec<&str> =
        statement.resource.iter().flat_map(|element| &element.entries).map(|pattern| pattern.text()).collect();
    if !resources.iter().all(|text| over.rest(text).is_some()) {
        return Err(malformed("Policy has invalid resource"));
    }
    let actions = statement.action();
    for text in actions.entries.iter().map(|pattern| pattern.text()) {
        let name = match text.split_once(':') {
            Some((prefix, name)) if prefix.eq_ignore_ascii_case("s3") => name,
            None if text == "*" => continue,
            _ => return Err(malformed("Policy has invalid action")),
        };
        if name.contains(['*', '?']) || actions.negated || statement.resource.as_ref().is_none_or(|r| r.negated) {
            continue;
        }
        let reaches = |text: &&str| {
            let rest = over.rest(text).unwrap_or_default();
            let wild = rest.starts_with(['*', '?']);
            if is_of_objects(name) { !rest.is_empty() } else { rest.is_empty() || wild }
        };
        if !resources.iter().any(reaches) {
            return Err(malformed("Action does not apply to any resource(s) in statement"));
        }
    }
    Ok(())
}

/// Whether an action is about objects, not buckets, by its name: `GetObjectAcl` is, `GetBucketObjectLockConfiguration` is
/// not.
fn is_of_objects(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let others = [
        "abortmultipartupload",
        "listmultipartuploadparts",
        "bypassgovernanceretention",
        "initiatereplication",
        "objectowneroverridetobucketowner",
    ];
    others.contains(&name.as_str())
        || (name.contains("object") && !name.contains("bucket"))
        || (name.starts_with("replicate") && name != "replicateconfiguration")
}

/// The users and roles that a policy names, with their ids. Those that are not there are refused.
async fn principals(cx: &Cx, policy: &Policy) -> Result<Vec<(String, String)>> {
    let mut found: Vec<(String, String)> = Vec::new();
    for entry in
        policy.statements.iter().flat_map(|statement| &statement.principal).flat_map(|element| &element.entries)
    {
        let invalid = |family: &str, text: &str| {
            malformed("Invalid principal in policy")
                .with_detail(faults::OfPolicy { detail: Some(format!("\"{family}\" : \"{text}\"")) })
        };
        match entry {
            // CloudFront's identities are known to CloudFront.
            PrincipalId::Arn(arn) if arn.contains(":iam::cloudfront:") => {}
            PrincipalId::Arn(arn) if arn.contains(":federated-user/") => {}
            PrincipalId::Arn(arn) => match cx.cloud().identity().entity_id(cx.cloud(), arn).await? {
                // Sessions are named by what they are called, whoever begins them.
                Some(_) if arn.contains(":assumed-role/") => {}
                Some(id) => found.push((arn.clone(), id)),
                None => return Err(invalid("AWS", arn)),
            },
            PrincipalId::CanonicalUser(id) if id.len() != 64 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                return Err(invalid("CanonicalUser", id));
            }
            _ => {}
        }
    }
    Ok(found)
}

pub async fn get_bucket_policy(cx: Cx, input: GetBucketPolicyInput) -> Result<GetBucketPolicyOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    refuse_others(&cx, &bucket)?;
    let policy = shown(&cx, stored(&bucket)?, bucket.configuration.text("policy-principals")).await?;
    Ok(GetBucketPolicyOutput { policy: Some(policy) })
}

/// A policy as it is told: who is no more is shown by the id that is left.
pub async fn shown(cx: &Cx, text: &str, principals: Option<&str>) -> Result<String> {
    let mut gone = Vec::new();
    if let Some(Json::Object(named)) = principals.and_then(|text| Json::parse(text).ok()) {
        for (arn, id) in named {
            let id = id.as_str().unwrap_or_default().to_owned();
            if cx.cloud().identity().entity_id(cx.cloud(), &arn).await?.as_deref() != Some(&id) {
                gone.push((arn, id));
            }
        }
    }
    Ok(put_ids(text, &gone))
}

fn stored(bucket: &Bucket) -> Result<&str> {
    let text = bucket.configuration.text("policy");
    text.ok_or_else(|| faults::with_bucket_name(faults::no_such_bucket_policy(), &bucket.name))
}

pub async fn delete_bucket_policy(cx: Cx, input: DeleteBucketPolicyInput) -> Result<DeleteBucketPolicyOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    refuse_others(&cx, &bucket)?;
    set(&cx, &bucket, None, None, None).await?;
    Ok(DeleteBucketPolicyOutput {})
}

pub async fn get_bucket_policy_status(
    cx: Cx,
    input: GetBucketPolicyStatusInput,
) -> Result<GetBucketPolicyStatusOutput> {
    let bucket = Bucket::of_call(&cx, &input.bucket).await?;
    let public = public::is_public(stored(&bucket)?);
    Ok(GetBucketPolicyStatusOutput { policy_status: Some(PolicyStatus { is_public: Some(public) }) })
}

#[cfg(test)]
mod tests {
    use super::is_of_objects;

    #[test]
    fn actions_of_objects() {
        for name in ["GetObject", "PutObjectAcl", "deleteobjectversion", "AbortMultipartUpload", "RestoreObject"] {
            assert!(is_of_objects(name), "{name}");
        }
        for name in ["ListBucket", "GetBucketObjectLockConfiguration", "PutLifecycleConfiguration", "CreateBucket"] {
            assert!(!is_of_objects(name), "{name}");
        }
    }
}
