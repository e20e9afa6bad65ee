//! Key policies: the one of new keys, what may be one, putting and getting it.

use crate::{
    kms_key::{Aliases, KmsKey},
    limits::MAX_POLICY,
    paging::Paging,
};
use kernel::{AccountId, CallerKind, Cx, Result};
use kms_api::*;
use lang::policy::{
    Attached, Context, ContextKeys, Form, Kind, Policies, Policy, Principal, Request, ResourcePolicy, decide,
};

/// "The only valid policy name is default."
const NAME: &str = "default";

/// "The default key policy when you create a KMS key with the API": the account, and through it IAM policies.
pub fn default(cx: &Cx) -> String {
    let (partition, account) = (cx.region().partition(), cx.account());
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {{
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "arn:{partition}:iam::{account}:root"
    }},
    "Action" : "kms:*",
    "Resource" : "*"
  }} ]
}}"#
    )
}

/// A policy that a key may have. Unless `bypass`, it must let the caller change it again.
pub fn check(cx: &Cx, text: &str, bypass: bool) -> Result<()> {
    if text.len() > MAX_POLICY {
        return Err(fault::limit_exceeded_exception(format!("The key policy must not exceed {MAX_POLICY} bytes.")));
    }
    let policy = Policy::parse(text, Kind::Resource).map_err(|error| malformed(error.sentence()))?;
    if !bypass && !lets_put(cx, &policy) {
        return Err(malformed("The new key policy will not allow you to update the key policy in the future."));
    }
    Ok(())
}

fn malformed(sentence: &str) -> wire::Fault {
    fault::malformed_policy_document_exception(sentence)
}

/// "The key policy must allow the calling principal to make a subsequent PutKeyPolicy request on the KMS key": directly, or
/// through the account. Conditions are judged as if nothing were known of a later request.
fn lets_put(cx: &Cx, policy: &Policy) -> bool {
    let caller = cx.caller();
    let account = caller.account.to_string();
    let root = format!("arn:{}:iam::{account}:root", cx.region().partition());
    let allows = |principal: Principal<'_>| {
        let nothing = ContextKeys::default();
        let attached = Attached { name: NAME, form: Form::Inline, policy };
        let request = Request {
            principal,
            action: "kms:PutKeyPolicy",
            resource: Some("arn:aws:kms:key"),
            resource_account: &account,
            context: &nothing as &dyn Context,
            policies: Policies {
                resource: Some(ResourcePolicy { required: true, ..ResourcePolicy::new(attached) }),
                ..Policies::default()
            },
        };
        decide(&request).is_allowed()
    };
    if allows(Principal::Root { account: &account, arn: &root }) {
        return true;
    }
    let Some(who) = caller.identified() else { return false };
    match &caller.kind {
        CallerKind::AssumedRole(_) => {
            // A role stands for its sessions, without a session's policy in between.
            let (arn, role_arn) = (&*who.arn, &*who.entity_arn);
            allows(Principal::RoleSession { account: &account, arn, role_arn, role_id: &who.entity_id })
                || allows(Principal::User { account: &account, arn: role_arn, id: &who.entity_id })
        }
        _ => allows(Principal::User { account: &account, arn: &who.arn, id: &who.id }),
    }
}

pub async fn put_key_policy(cx: Cx, input: PutKeyPolicyInput) -> Result<PutKeyPolicyOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    name(input.policy_name.as_deref())?;
    key.require_customer_managed()?;
    key.require_kept()?;
    check(&cx, &input.policy, input.bypass_policy_lockout_safety_check.unwrap_or_default())?;
    let at = key.keys(&cx).policy(&key.id);
    key.change(&cx, async |tx, _| {
        tx.put(at.clone(), input.policy.clone());
        Ok(())
    })
    .await?;
    Ok(PutKeyPolicyOutput {})
}

pub async fn get_key_policy(cx: Cx, input: GetKeyPolicyInput) -> Result<GetKeyPolicyOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    name(input.policy_name.as_deref())?;
    Ok(GetKeyPolicyOutput { policy: Some(key.policy.to_string()), policy_name: Some(NAME.to_owned()) })
}

pub async fn list_key_policies(cx: Cx, input: ListKeyPoliciesInput) -> Result<ListKeyPoliciesOutput> {
    KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    let page = Paging::of(input.limit, input.marker.as_deref(), 100)?.list(vec![NAME.to_owned()])?;
    Ok(ListKeyPoliciesOutput { truncated: page.truncated(), next_marker: page.marker, policy_names: Some(page.items) })
}

fn name(given: Option<&str>) -> Result<()> {
    match given {
        None | Some(NAME) => Ok(()),
        Some(_) => Err(fault::not_found_exception("No such policy exists")),
    }
}

/// The policy's account, for who needs to know whom a statement is about.
pub fn root_arn(cx: &Cx, account: AccountId) -> String {
    format!("arn:{}:iam::{account}:root", cx.region().partition())
}

/// What AWS managed keys have in place of a policy that somebody put.
pub fn of_service(cx: &Cx, account: AccountId, service: &str) -> String {
    let region = cx.region();
    let root = root_arn(cx, account);
    let title = service.to_uppercase();
    format!(
        r#"{{
  "Version" : "2012-10-17",
  "Id" : "auto-{service}-1",
  "Statement" : [ {{
    "Sid" : "Allow access through {title} for all principals in the account that are authorized to use {title}",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "*"
    }},
    "Action" : [ "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey" ],
    "Resource" : "*",
    "Condition" : {{
      "StringEquals" : {{
        "kms:CallerAccount" : "{account}",
        "kms:ViaService" : "{service}.{region}.amazonaws.com"
      }}
    }}
  }}, {{
    "Sid" : "Allow direct access to key metadata to the account",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : "{root}"
    }},
    "Action" : [ "kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant" ],
    "Resource" : "*"
  }} ]
}}"#
    )
}
