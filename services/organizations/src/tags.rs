//! Tags of accounts, roots, OUs, policies and the resource policy.

use crate::{access::Org, faults, limits};
use identity::{
    Tags,
    organization::{DelegationPolicyRecord, OrganizationPolicyRecord, UnitRecord, account},
};
use kernel::{
    AccountId, Cx, Result,
    record::Record,
    store::{Rows, Txn},
};
use organizations_api::{ConstraintViolationExceptionReason as Constraint, InvalidInputExceptionReason as Invalid, *};

/// Tags as a request brings them: no key twice, none of AWS's own.
pub fn checked(tags: Vec<Tag>) -> Result<Tags> {
    let mut keys: Vec<&str> = tags.iter().map(|tag| tag.key.as_str()).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(faults::invalid(Invalid::DuplicateTagKey, "Tag keys must be unique among the tags of an entity."));
    }
    if keys.iter().any(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(system_tag());
    }
    let tags: Tags = tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
    check_count(&tags)?;
    Ok(tags)
}

fn system_tag() -> wire::Fault {
    faults::invalid(Invalid::InvalidSystemTagsParameter, "You can't add, edit, or delete system tag keys.")
}

fn check_count(tags: &Tags) -> Result<()> {
    match tags.len() > limits::TAGS {
        true => Err(faults::constraint(
            Constraint::MaxTagLimitExceeded,
            "You have exceeded the number of tags allowed on this resource.",
        )),
        false => Ok(()),
    }
}

/// Reads the tags of a resource, lets `change` have them, and stores them where it says so.
async fn with(org: &Org, tx: &mut Txn, id: &str, change: impl FnOnce(&mut Tags) -> Result<bool>) -> Result<()> {
    macro_rules! tagged {
        ($record:ty, $key:expr) => {{
            let key = $key;
            let mut record = tx.record::<$record>(&key).await?.ok_or_else(faults::no_such_target)?;
            if change(&mut record.tags)? {
                tx.put(key, record.encode());
            }
            Ok(())
        }};
    }
    if let Some(number) = AccountId::parse(id) {
        let mut record = org.member(tx, id).await?.ok_or_else(faults::no_such_target)?;
        if change(&mut record.tags)? {
            tx.put(account(number), record.encode());
        }
        return Ok(());
    }
    match id {
        id if id.starts_with("p-") => tagged!(OrganizationPolicyRecord, org.keys.policy(id)),
        id if id.starts_with("rp-") => {
            let known = tx.record::<DelegationPolicyRecord>(&org.keys.resource_policy()).await?;
            known.filter(|policy| policy.id == id).ok_or_else(faults::no_such_target)?;
            tagged!(DelegationPolicyRecord, org.keys.resource_policy())
        }
        id => tagged!(UnitRecord, org.keys.unit(id)),
    }
}

pub async fn tag_resource(cx: Cx, input: TagResourceInput) -> Result<TagResourceOutput> {
    let added = checked(input.tags)?;
    cx.write(async |tx| {
        let mut org = Org::for_policy_administrators(&cx, tx).await?;
        with(&org, tx, &input.resource_id, |tags| {
            for (key, value) in added.clone() {
                match tags.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, old)) => *old = value,
                    None => tags.push((key, value)),
                }
            }
            check_count(tags)?;
            Ok(true)
        })
        .await?;
        org.changed(tx);
        Ok(TagResourceOutput {})
    })
    .await
}

pub async fn untag_resource(cx: Cx, input: UntagResourceInput) -> Result<UntagResourceOutput> {
    if input.tag_keys.iter().any(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(system_tag());
    }
    cx.write(async |tx| {
        let mut org = Org::for_policy_administrators(&cx, tx).await?;
        with(&org, tx, &input.resource_id, |tags| {
            tags.retain(|(key, _)| !input.tag_keys.contains(key));
            Ok(true)
        })
        .await?;
        org.changed(tx);
        Ok(UntagResourceOutput {})
    })
    .await
}

/// All tags come on one page: there are never more than 50, and the operation has no MaxResults.
pub async fn list_tags_for_resource(cx: Cx, input: ListTagsForResourceInput) -> Result<ListTagsForResourceOutput> {
    if input.next_token.is_some() {
        return Err(faults::invalid(Invalid::InvalidNextToken, "You specified an invalid NextToken."));
    }
    cx.write(async |tx| {
        let org = Org::for_readers(&cx, tx).await?;
        let mut found = Vec::new();
        with(&org, tx, &input.resource_id, |tags| {
            found.extend(tags.drain(..).map(|(key, value)| Tag { key, value }));
            Ok(false)
        })
        .await?;
        Ok(ListTagsForResourceOutput { tags: Some(found), next_token: None })
    })
    .await
}
