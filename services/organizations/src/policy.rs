//! Policies of every type.

use crate::{access::Org, attachment, document, faults, ids, limits, page::page, tags};
use identity::organization::{ManagedPolicy, OrganizationPolicyRecord, managed, managed_of, policy_arn};
use kernel::{
    Cx, Result,
    record::Record,
    store::{Rows, Txn},
};
use organizations_api::*;

/// A policy of the organization, or one of AWS's own.
pub enum Known {
    Own(OrganizationPolicyRecord),
    Managed(&'static ManagedPolicy),
}

impl Known {
    pub async fn find(org: &Org, tx: &Txn, id: &str) -> Result<Known> {
        match managed(id) {
            // Without all features there are no control policies, AWS's own included.
            Some(policy) if org.all_features => Ok(Known::Managed(policy)),
            _ => tx.record(&org.keys.policy(id)).await?.map(Known::Own).ok_or_else(faults::no_such_policy),
        }
    }

    pub fn policy_type(&self) -> &str {
        match self {
            Known::Own(record) => &record.policy_type,
            Known::Managed(policy) => policy.policy_type,
        }
    }

    pub fn summary(&self, org: &Org) -> PolicySummary {
        let (id, name, description) = match self {
            Known::Own(record) => (record.id.as_str(), record.name.as_str(), record.description.as_str()),
            Known::Managed(policy) => (policy.id, policy.name, policy.description),
        };
        PolicySummary {
            id: Some(id.to_owned()),
            arn: Some(policy_arn(org, id, self.policy_type())),
            name: Some(name.to_owned()),
            description: Some(description.to_owned()),
            r#type: Some(self.policy_type().into()),
            aws_managed: Some(matches!(self, Known::Managed(_))),
        }
    }

    fn shape(&self, org: &Org) -> Policy {
        let content = match self {
            Known::Own(record) => record.content.clone(),
            Known::Managed(policy) => policy.content.to_owned(),
        };
        Policy { policy_summary: Some(self.summary(org)), content: Some(content) }
    }

    fn own(self) -> Result<OrganizationPolicyRecord> {
        match self {
            Known::Own(record) => Ok(record),
            Known::Managed(_) => Err(faults::immutable_policy()),
        }
    }
}

/// Names are unique within a type (that AWS compares within the type is a guess).
async fn check_name(org: &Org, tx: &Txn, policy_type: &str, name: &str) -> Result<()> {
    let managed = managed_of(policy_type).is_some_and(|policy| policy.name == name);
    match managed || tx.bytes(&org.keys.policy_name(policy_type, name)).await?.is_some() {
        true => Err(fault::duplicate_policy_exception("A policy with the same name already exists.")),
        false => Ok(()),
    }
}

fn put(org: &Org, tx: &mut Txn, record: &OrganizationPolicyRecord) {
    tx.put(org.keys.policy_name(&record.policy_type, &record.name), record.id.clone());
    tx.put(org.keys.policy(&record.id), record.encode());
}

pub async fn create_policy(cx: Cx, input: CreatePolicyInput) -> Result<CreatePolicyOutput> {
    use ConstraintViolationExceptionReason as Reason;
    let tags = tags::checked(input.tags.unwrap_or_default())?;
    let policy_type = input.r#type.as_str();
    cx.write(async |tx| {
        let mut org = Org::for_policy_administrators(&cx, tx).await?;
        if !org.all_features {
            return Err(faults::type_not_available());
        }
        document::check(&input.r#type, &input.content)?;
        let all = tx.records::<OrganizationPolicyRecord>(&org.keys.policies()).await?;
        if all.iter().filter(|(_, known)| known.policy_type == policy_type).count()
            >= limits::of(&input.r#type).policies
        {
            let message = "You have exceeded the number of policies that you can have in an organization.";
            return Err(faults::constraint(Reason::PolicyNumberLimitExceeded, message));
        }
        check_name(&org, tx, policy_type, &input.name).await?;
        let record = OrganizationPolicyRecord {
            id: ids::policy(&cx),
            name: input.name.clone(),
            description: input.description.clone(),
            policy_type: policy_type.to_owned(),
            content: input.content.clone(),
            tags: tags.clone(),
            updated: cx.now(),
        };
        put(&org, tx, &record);
        org.changed(tx);
        Ok(CreatePolicyOutput { policy: Some(Known::Own(record).shape(&org)) })
    })
    .await
}

pub async fn update_policy(cx: Cx, input: UpdatePolicyInput) -> Result<UpdatePolicyOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_policy_administrators(&cx, tx).await?;
        let mut record = Known::find(&org, tx, &input.policy_id).await?.own()?;
        if let Some(content) = &input.content {
            document::check(&record.policy_type.as_str().into(), content)?;
            record.content.clone_from(content);
        }
        if let Some(name) = input.name.as_ref().filter(|name| **name != record.name) {
            check_name(&org, tx, &record.policy_type, name).await?;
            tx.delete(org.keys.policy_name(&record.policy_type, &record.name));
            record.name.clone_from(name);
        }
        if let Some(description) = &input.description {
            record.description.clone_from(description);
        }
        record.updated = cx.now();
        put(&org, tx, &record);
        org.changed(tx);
        Ok(UpdatePolicyOutput { policy: Some(Known::Own(record).shape(&org)) })
    })
    .await
}

pub async fn delete_policy(cx: Cx, input: DeletePolicyInput) -> Result<DeletePolicyOutput> {
    cx.write(async |tx| {
        let mut org = Org::for_policy_administrators(&cx, tx).await?;
        let known = Known::find(&org, tx, &input.policy_id).await?;
        if !attachment::targets(&org, tx, &known).await?.is_empty() {
            return Err(fault::policy_in_use_exception(
                "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts \
                 before performing this operation.",
            ));
        }
        let record = known.own()?;
        // Attachments of an earlier enabling of the type may have left rows.
        tx.delete_range(org.keys.targets(&record.id).children());
        tx.delete(org.keys.policy_name(&record.policy_type, &record.name));
        tx.delete(org.keys.policy(&record.id));
        org.changed(tx);
        Ok(DeletePolicyOutput {})
    })
    .await
}

pub async fn describe_policy(cx: Cx, input: DescribePolicyInput) -> Result<DescribePolicyOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let known = Known::find(&org, tx, &input.policy_id).await?;
        Ok(DescribePolicyOutput { policy: Some(known.shape(&org)) })
    })
    .await
}

/// A page of policies by id.
pub fn summaries(
    org: &Org,
    policies: Vec<Known>,
    token: Option<&str>,
    most: Option<i32>,
) -> Result<(Vec<PolicySummary>, Option<String>)> {
    let summaries = policies.iter().map(|known| known.summary(org)).collect();
    page(summaries, token, most, |summary: &PolicySummary| summary.id.as_deref().unwrap_or_default())
}

pub async fn list_policies(cx: Cx, input: ListPoliciesInput) -> Result<ListPoliciesOutput> {
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let all = tx.records::<OrganizationPolicyRecord>(&org.keys.policies()).await?.into_iter();
        let own = all.map(|(_, record)| record).filter(|record| record.policy_type == input.filter.as_str());
        let managed = managed_of(input.filter.as_str()).filter(|_| org.all_features).map(Known::Managed);
        let policies = own.map(Known::Own).chain(managed).collect();
        let (policies, next_token) = summaries(&org, policies, input.next_token.as_deref(), input.max_results)?;
        Ok(ListPoliciesOutput { policies: Some(policies), next_token })
    })
    .await
}
