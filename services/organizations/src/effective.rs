//! Effective policies of accounts, and what is wrong with them.

use crate::{access::Org, account::shapes, faults, merge::Setting, page::page};
use identity::organization::{OrganizationPolicyRecord, attached, path};
use kernel::{
    AccountId, Cx, Result,
    store::{Rows, Txn},
};
use organizations_api::*;
use wire::{Json, Timestamp};

/// What the policies over an account come to.
struct Effective {
    document: Json,
    updated: Timestamp,
    /// The policies that were merged, from the root down.
    policies: Vec<OrganizationPolicyRecord>,
}

/// `None` where no policy of the type is over the account.
async fn effective(org: &Org, tx: &mut Txn, member: AccountId, policy_type: &str) -> Result<Option<Effective>> {
    let record = org.member(tx, &member.to_string()).await?.ok_or_else(faults::no_such_target)?;
    let mut levels = path(tx, org, &record.parent).await?;
    levels.push(member.to_string());
    let (mut setting, mut updated, mut policies) = (Setting::new(), Timestamp::default(), Vec::new());
    for (level, target) in levels.iter().enumerate() {
        let list = attached(tx, org, target, policy_type).await?;
        updated = updated.max(list.updated);
        for id in &list.policies {
            let Some(policy) = tx.record::<OrganizationPolicyRecord>(&org.keys.policy(id)).await? else { continue };
            // It was valid when it was stored.
            setting.merge(&Json::parse(&policy.content).unwrap_or_default(), level);
            updated = updated.max(policy.updated);
            policies.push(policy);
        }
        setting.end_level();
    }
    let document = setting.render().unwrap_or(Json::Object(Vec::new()));
    Ok((!policies.is_empty()).then_some(Effective { document, updated, policies }))
}

fn not_found() -> wire::Fault {
    fault::effective_policy_not_found_exception("The effective policy of the specified type doesn't exist.")
}

pub async fn describe_effective_policy(
    cx: Cx,
    input: DescribeEffectivePolicyInput,
) -> Result<DescribeEffectivePolicyOutput> {
    cx.write(async |tx| {
        let own = cx.account().to_string();
        let target = input.target_id.as_ref().unwrap_or(&own);
        let org = match *target == own {
            true => Org::for_members(&cx, tx).await?,
            false => Org::for_readers(&cx, tx).await?,
        };
        let member = AccountId::parse(target).ok_or_else(|| {
            faults::invalid(
                InvalidInputExceptionReason::TargetNotSupported,
                "You can't perform the specified operation on that target entity.",
            )
        })?;
        let policy_type = input.policy_type.as_str();
        let found = effective(&org, tx, member, policy_type).await?.ok_or_else(not_found)?;
        let policy = EffectivePolicy {
            policy_content: Some(found.document.to_string()),
            last_updated_timestamp: Some(found.updated),
            target_id: Some(target.clone()),
            policy_type: Some(input.policy_type.clone()),
        };
        Ok(DescribeEffectivePolicyOutput { effective_policy: Some(policy) })
    })
    .await
}

impl Effective {
    /// What only merging can bring about: each policy may leave out what another one says. The codes other than
    /// ELEMENTS_TOO_MANY, and the form of paths, are guesses.
    fn errors(&self, policy_type: &EffectivePolicyType) -> Vec<EffectivePolicyValidationError> {
        let mut errors = Vec::new();
        match policy_type {
            EffectivePolicyType::BackupPolicy => self.backup(&mut errors),
            EffectivePolicyType::TagPolicy => self.tags(&mut errors),
            _ => {}
        }
        errors
    }

    fn error(&self, code: &str, message: String, path: &[&str]) -> EffectivePolicyValidationError {
        let says = |policy: &&OrganizationPolicyRecord| {
            let document = Json::parse(&policy.content).unwrap_or_default();
            // Whoever says anything of the second element: the plan, the tag.
            path.iter().take(2).try_fold(&document, |value, step| value.get(step)).is_some()
        };
        EffectivePolicyValidationError {
            error_code: Some(code.to_owned()),
            error_message: Some(message),
            path_to_error: Some(path.join("/")),
            contributing_policies: Some(self.policies.iter().filter(says).map(|policy| policy.id.clone()).collect()),
        }
    }

    /// "Backup policy syntax and examples": a plan has regions, rules and selections, a rule its vault; at most ten rules.
    fn backup(&self, errors: &mut Vec<EffectivePolicyValidationError>) {
        let members = |value: Option<&Json>| value.and_then(Json::as_object).unwrap_or_default().to_vec();
        for (name, plan) in members(self.document.get("plans")) {
            for element in ["regions", "rules", "selections"].into_iter().filter(|element| plan.get(element).is_none())
            {
                let message = format!("The backup plan {name} has no {element}.");
                errors.push(self.error("ELEMENT_MISSING", message, &["plans", &name, element]));
            }
            let rules = members(plan.get("rules"));
            if rules.len() > 10 {
                let message = format!("The backup plan {name} has {} rules, of at most 10.", rules.len());
                errors.push(self.error("ELEMENTS_TOO_MANY", message, &["plans", &name, "rules"]));
            }
            for (rule, value) in rules {
                if value.get("target_backup_vault_name").is_none() {
                    let message = format!("The rule {rule} has no target_backup_vault_name.");
                    let path = ["plans", &name, "rules", &rule, "target_backup_vault_name"];
                    errors.push(self.error("ELEMENT_MISSING", message, &path));
                }
            }
        }
    }

    /// "Tag policy syntax": the tag key "must match the policy key", but for its case.
    fn tags(&self, errors: &mut Vec<EffectivePolicyValidationError>) {
        for (name, tag) in self.document.get("tags").and_then(Json::as_object).unwrap_or_default() {
            let Some(key) = tag.get("tag_key").and_then(Json::as_str) else { continue };
            if !key.eq_ignore_ascii_case(name) {
                let message = format!("The tag key {key} is not the policy key {name} in another case.");
                errors.push(self.error("KEY_MISMATCH", message, &["tags", name, "tag_key"]));
            }
        }
    }
}

fn check_enabled(org: &Org, policy_type: &EffectivePolicyType) -> Result<()> {
    org.enabling(policy_type.as_str()).map(drop).ok_or_else(not_found)
}

pub async fn list_effective_policy_validation_errors(
    cx: Cx,
    input: ListEffectivePolicyValidationErrorsInput,
) -> Result<ListEffectivePolicyValidationErrorsOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let member = org.member(tx, &input.account_id).await?.ok_or_else(faults::no_such_account)?;
        check_enabled(&org, &input.policy_type)?;
        let found = effective(&org, tx, member.account(), input.policy_type.as_str()).await?.ok_or_else(not_found)?;
        let errors = found.errors(&input.policy_type);
        let path_of = |error: &EffectivePolicyValidationError| error.path_to_error.clone().unwrap_or_default();
        let errors = errors.into_iter().map(|error| (path_of(&error), error)).collect();
        let (errors, next_token) = page(errors, input.next_token.as_deref(), input.max_results, |(path, _)| path)?;
        Ok(ListEffectivePolicyValidationErrorsOutput {
            path: Some(format!("{}{}/", org.path(tx, &member.parent).await?, input.account_id)),
            account_id: Some(input.account_id.clone()),
            policy_type: Some(input.policy_type.clone()),
            // Merged for this answer, and never out of date.
            evaluation_timestamp: Some(cx.now()),
            next_token,
            effective_policy_validation_errors: Some(errors.into_iter().map(|(_, error)| error).collect()),
        })
    })
    .await
}

pub async fn list_accounts_with_invalid_effective_policy(
    cx: Cx,
    input: ListAccountsWithInvalidEffectivePolicyInput,
) -> Result<ListAccountsWithInvalidEffectivePolicyOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        check_enabled(&org, &input.policy_type)?;
        let mut invalid = Vec::new();
        for id in org.accounts(tx).await? {
            let found = effective(&org, tx, id, input.policy_type.as_str()).await?;
            if found.is_some_and(|found| !found.errors(&input.policy_type).is_empty()) {
                invalid.push(id);
            }
        }
        let (accounts, next_token) = shapes(&org, tx, invalid, input.next_token.as_deref(), input.max_results).await?;
        Ok(ListAccountsWithInvalidEffectivePolicyOutput {
            accounts: Some(accounts),
            policy_type: Some(input.policy_type.clone()),
            next_token,
        })
    })
    .await
}
