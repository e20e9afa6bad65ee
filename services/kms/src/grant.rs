//! Grants: making, retiring, revoking and listing them.

use crate::{
    address::{Address, key_arn},
    condition_keys::{Granting, Purpose, value},
    faults, grant_token,
    granting::{EQUALS, SUBSET, principal},
    kms_key,
    kms_key::{Aliases, KmsKey},
    limits::{MAX_CONSTRAINT, MAX_CONSTRAINT_PAIRS, MAX_GRANTS},
    paging::Paging,
    records::{GrantRecord, KeyRecord, Keys},
    spec::Family,
};
use data_encoding::HEXLOWER;
use kernel::{
    AccountId, Arn, Cx, Local, Region, Result,
    authorise::{PolicyKind, Target},
    record::Record,
    store::{Key, Part, Scan, Txn},
};
use kms_api::*;
use lang::policy::{Policy, PrincipalId, Statement, Version};
use std::sync::Arc;
use wire::{Dict, Shape};

/// Operations on a key of a family (developer guide, "Grant operations"); beside them every key's.
fn operations(key: &KmsKey) -> &'static [&'static str] {
    match (key.spec.family, key.usage.as_str()) {
        (Family::Symmetric, _) => &[
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
            "ReEncryptFrom",
            "ReEncryptTo",
        ],
        (Family::Hmac, _) => &["GenerateMac", "VerifyMac"],
        (_, "ENCRYPT_DECRYPT") => &["Decrypt", "Encrypt", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo"],
        (_, "SIGN_VERIFY") => &["GetPublicKey", "Sign", "Verify"],
        _ => &["DeriveSharedSecret", "GetPublicKey"],
    }
}
const OF_EVERY_KEY: [&str; 3] = ["CreateGrant", "DescribeKey", "RetireGrant"];

/// A constraint that names nothing is none: Terraform sends an empty one beside the other.
fn pairs(given: Option<Dict<String>>) -> Option<Vec<(String, String)>> {
    given.filter(|dict| !dict.is_empty()).map(|mut dict| {
        dict.0.sort();
        dict.0
    })
}

pub async fn create_grant(cx: Cx, input: CreateGrantInput) -> Result<CreateGrantOutput> {
    grant_token::check(&cx, input.grant_tokens.as_deref())?;
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    key.require_enabled()?;
    let grant = draft(&cx, &key, input.clone())?;
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    let keys = key.keys(&cx);
    let id = key
        .change(&cx, async |tx, record| {
            let same = match grant.name.is_empty() {
                true => None,
                // Grants are in the key's rows, whose version this commit checks.
                false => rows(tx, &keys, &key.id).await?.into_iter().find(|old| is_same(old, &grant)),
            };
            if let Some(same) = same {
                return Ok(same.id);
            }
            if record.grants >= MAX_GRANTS {
                return Err(fault::limit_exceeded_exception(format!(
                    "A KMS key can have at most {MAX_GRANTS} grants."
                )));
            }
            record.grants += 1;
            tx.put(keys.grant(&key.id, &grant.id), grant.encode());
            if let Some(index) = retirable(&cx, key.account, key.region, &key.id, &grant) {
                tx.put(index, "");
            }
            Ok(grant.id.clone())
        })
        .await?;
    Ok(CreateGrantOutput { grant_token: Some(grant_token::make(&cx, &key.arn, &id)?), grant_id: Some(id) })
}

fn draft(cx: &Cx, key: &KmsKey, input: CreateGrantInput) -> Result<GrantRecord> {
    let valid = |text: &str| principal(text).is_some();
    // How AWS words principals that are none is a guess.
    if !valid(&input.grantee_principal) {
        return Err(fault::invalid_arn_exception("The GranteePrincipal is not valid."));
    }
    if input.retiring_principal.as_deref().is_some_and(|text| !valid(text)) {
        return Err(fault::invalid_arn_exception("The RetiringPrincipal is not valid."));
    }
    let granted: Vec<String> = input.operations.iter().map(|operation| operation.as_str().to_owned()).collect();
    if granted.is_empty() {
        return Err(faults::invalid("Operations must not be empty."));
    }
    let known = |operation: &str| operations(key).contains(&operation) || OF_EVERY_KEY.contains(&operation);
    if let Some(other) = granted.iter().find(|operation| !known(operation)) {
        return Err(faults::invalid(format!(
            "Grant operation {other} is not supported on a KMS key with key spec {} and key usage {}.",
            key.spec.name, key.usage
        )));
    }
    let constraints = input.constraints.unwrap_or_default();
    let given = Granting {
        operations: granted,
        equals: pairs(constraints.encryption_context_equals),
        subset: pairs(constraints.encryption_context_subset),
    };
    let constraint = match (&given.equals, &given.subset) {
        (Some(_), Some(_)) => {
            return Err(faults::invalid("Specify only one of EncryptionContextEquals and EncryptionContextSubset."));
        }
        (Some(_), None) => EQUALS,
        (None, Some(_)) => SUBSET,
        (None, None) => 0,
    };
    let context = given.equals.iter().chain(&given.subset).flatten();
    let size: usize = context.clone().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
    if context.count() > MAX_CONSTRAINT_PAIRS || size > MAX_CONSTRAINT {
        return Err(faults::invalid(format!(
            "A grant constraint has at most {MAX_CONSTRAINT_PAIRS} encryption context pairs of {MAX_CONSTRAINT} characters."
        )));
    }
    if constraint != 0 && !key.spec.is_symmetric_encryption() {
        return Err(faults::invalid(
            "Encryption context constraints are supported on symmetric encryption KMS keys only.",
        ));
    }
    let mut id = [0; 32];
    cx.cloud().ids().secret(&mut id).map_err(|error| faults::crypto(&error.to_string()))?;
    Ok(GrantRecord {
        id: HEXLOWER.encode(&id),
        name: input.name.unwrap_or_default(),
        created: cx.now(),
        grantee: input.grantee_principal,
        retiring: input.retiring_principal.unwrap_or_default(),
        issuing_account: crate::key_policy::root_arn(cx, cx.caller().account),
        operations: given.operations,
        context_equals: given.equals.unwrap_or_default(),
        context_subset: given.subset.unwrap_or_default(),
        constraint,
    })
}

/// "You can retry a CreateGrant request with identical parameters; if the grant already exists, the original GrantId is
/// returned."
fn is_same(old: &GrantRecord, new: &GrantRecord) -> bool {
    let of = |grant: &GrantRecord| GrantRecord { id: String::new(), created: new.created, ..grant.clone() };
    of(old) == of(new)
}

async fn rows(tx: &Txn, keys: &Keys, key: &str) -> Result<Vec<GrantRecord>> {
    let mut range = keys.grants(key).children();
    let mut grants = Vec::new();
    loop {
        let page = tx.scan(&range, &Scan::default()).await?;
        for row in &page.rows {
            grants.push(kms_key::decode(&row.value)?);
        }
        match page.rows.last() {
            Some(row) if page.more => range = range.after(&row.key),
            _ => return Ok(grants),
        }
    }
}

/// The row that lists a grant for its retiring principal, under that one's account.
fn retirable(cx: &Cx, owner: AccountId, region: Region, key: &str, grant: &GrantRecord) -> Option<Key> {
    let account = account_of(&grant.retiring)?;
    let index = Keys::of(cx, account, region).retirable(&grant.retiring);
    Some(index.number(owner.0).text(key).text(&grant.id))
}

fn account_of(principal: &str) -> Option<AccountId> {
    AccountId::parse(principal).or_else(|| Arn::parse(principal)?.account_id())
}

/// Takes a grant away.
async fn remove(cx: &Cx, key: &KmsKey, id: &str) -> Result<()> {
    let keys = key.keys(cx);
    key.change(cx, async |tx, record| {
        let at = keys.grant(&key.id, id);
        let row = tx.get(&at).await?.ok_or_else(|| faults::grant_not_found(id))?;
        let grant: GrantRecord = kms_key::decode(&row)?;
        record.grants = record.grants.saturating_sub(1);
        tx.delete(at);
        if let Some(index) = retirable(cx, key.account, key.region, &key.id, &grant) {
            tx.delete(index);
        }
        Ok(())
    })
    .await
}

/// Grants of a key that is deleted which are taken away in one commit: they have two rows each.
const REMOVED_AT_ONCE: usize = 500;

/// Takes some grants of a key away that is going to be deleted; answers whether it has more.
pub async fn remove_some(cx: &Cx, tx: &mut Txn, keys: &Keys, key: &mut KeyRecord) -> Result<bool> {
    let scan = Scan { limit: REMOVED_AT_ONCE, ..Scan::default() };
    let page = tx.scan(&keys.grants(&key.id).children(), &scan).await?;
    for row in page.rows {
        if let Some(index) = retirable(cx, cx.account(), cx.region(), &key.id, &kms_key::decode(&row.value)?) {
            tx.delete(index);
        }
        tx.delete(row.key);
        key.grants = key.grants.saturating_sub(1);
    }
    Ok(page.more)
}

pub async fn revoke_grant(cx: Cx, input: RevokeGrantInput) -> Result<RevokeGrantOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    if !key.grants.iter().any(|grant| grant.id == input.grant_id) {
        return Err(faults::grant_not_found(&input.grant_id));
    }
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    remove(&cx, &key, &input.grant_id).await?;
    Ok(RevokeGrantOutput {})
}

/// The key and the id of the grant that a RetireGrant names: by its token, or by both.
fn named(cx: &Cx, token: Option<&str>, key: Option<&str>, grant: Option<&str>) -> Result<(Address, String)> {
    match (token, key, grant) {
        (Some(token), None, None) => {
            let (grant, arn) = grant_token::read(cx, token)?;
            Ok((Address::parse(cx, &arn)?, grant))
        }
        (None, Some(key), Some(grant)) => Ok((Address::parse(cx, key)?, grant.to_owned())),
        _ => Err(faults::invalid("Grant token OR (grant ID, key ID) must be specified")),
    }
}

async fn find(cx: &Cx, address: &Address, id: &str) -> Result<(Arc<KmsKey>, GrantRecord)> {
    let key = KmsKey::at(cx, address).await?.ok_or_else(|| crate::address::missing(address))?;
    let grant = key.grants.iter().find(|grant| grant.id == id).cloned().ok_or_else(|| faults::grant_not_found(id))?;
    Ok((key, grant))
}

/// "This permission is determined primarily by the grant": the retiring principal may, the grantee that was granted it, and
/// the account of the key, whose policies then decide for its users.
pub fn retire_target(cx: Cx, input: &dyn Shape, purpose: Purpose) -> Local<'static, Result<Target>> {
    let [token, key, grant] = ["GrantToken", "KeyId", "GrantId"].map(|member| value(input, member));
    Box::pin(async move {
        let (address, id) = named(&cx, token.as_deref(), key.as_deref(), grant.as_deref())?;
        let (key, grant) = find(&cx, &address, &id).await?;
        let account = PrincipalId::aws(&crate::key_policy::root_arn(&cx, key.account));
        let grantee = grant.operations.iter().any(|operation| operation == "RetireGrant");
        let grantee = grantee.then(|| principal(&grant.grantee)).flatten();
        let principals = account.into_iter().chain(principal(&grant.retiring)).chain(grantee).collect();
        let mut policy = Policy::new(Version::V2012);
        policy.statements.push(Statement::allow(&grant.id, principals, &["kms:RetireGrant"], "*"));
        Ok(Target {
            policy_kind: PolicyKind::Required,
            beside: Some(Arc::new(policy)),
            tags: key.tags.clone(),
            keys: purpose.keys(&cx, Some(&key)),
            ..Target::of(key.account, vec![key.arn.clone()])
        })
    })
}

pub async fn retire_grant(cx: Cx, input: RetireGrantInput) -> Result<RetireGrantOutput> {
    let [token, key, grant] = [&input.grant_token, &input.key_id, &input.grant_id].map(|text| text.as_deref());
    let (address, id) = named(&cx, token, key, grant)?;
    let (key, _) = find(&cx, &address, &id).await?;
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    remove(&cx, &key, &id).await?;
    Ok(RetireGrantOutput {})
}

fn entry(key_arn: &str, grant: &GrantRecord) -> GrantListEntry {
    let dict = |pairs: &[(String, String)], wanted| (grant.constraint == wanted).then(|| Dict(pairs.to_vec()));
    GrantListEntry {
        key_id: Some(key_arn.to_owned()),
        grant_id: Some(grant.id.clone()),
        name: (!grant.name.is_empty()).then(|| grant.name.clone()),
        creation_date: Some(grant.created),
        grantee_principal: Some(grant.grantee.clone()),
        retiring_principal: (!grant.retiring.is_empty()).then(|| grant.retiring.clone()),
        issuing_account: Some(grant.issuing_account.clone()),
        operations: Some(grant.operations.iter().map(|operation| operation.as_str().into()).collect()),
        constraints: (grant.constraint != 0).then(|| GrantConstraints {
            encryption_context_subset: dict(&grant.context_subset, SUBSET),
            encryption_context_equals: dict(&grant.context_equals, EQUALS),
        }),
    }
}

pub async fn list_grants(cx: Cx, input: ListGrantsInput) -> Result<ListGrantsOutput> {
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Refused).await?;
    if let Some(id) = &input.grant_id
        && !key.grants.iter().any(|grant| grant.id == *id)
    {
        return Err(faults::grant_not_found(id));
    }
    let wanted = |grant: &GrantRecord| {
        input.grant_id.as_ref().is_none_or(|id| *id == grant.id)
            && input.grantee_principal.as_ref().is_none_or(|principal| *principal == grant.grantee)
    };
    let paging = Paging::of(input.limit, input.marker.as_deref(), 50)?;
    let below = key.keys(&cx).grants(&key.id);
    let page = paging
        .rows(&*cx.read(), &below, |row| {
            let grant: GrantRecord = kms_key::decode(&row.value)?;
            Ok(wanted(&grant).then(|| entry(&key.arn, &grant)))
        })
        .await?;
    Ok(ListGrantsOutput { truncated: page.truncated(), next_marker: page.marker, grants: Some(page.items) })
}

pub async fn list_retirable_grants(cx: Cx, input: ListRetirableGrantsInput) -> Result<ListRetirableGrantsOutput> {
    if principal(&input.retiring_principal).is_none() {
        return Err(fault::invalid_arn_exception("The RetiringPrincipal is not valid."));
    }
    // "You must specify a principal in your AWS account."
    let below = Keys::of(&cx, cx.account(), cx.region()).retirable(&input.retiring_principal);
    let paging = Paging::of(input.limit, input.marker.as_deref(), 50)?;
    let snapshot = cx.read();
    let place = |parts: Option<Vec<Part>>| match parts?.as_slice() {
        [.., Part::Number(owner), Part::Text(key), Part::Text(grant)] => {
            Some((AccountId(*owner), key.clone(), grant.clone()))
        }
        _ => None,
    };
    let page = paging.rows(&*snapshot, &below, |row| Ok(place(row.key.parts()))).await?;
    let mut grants = Vec::new();
    for (owner, key, id) in &page.items {
        let at = Keys::of(&cx, *owner, cx.region()).grant(key, id);
        if let Some(row) = snapshot.get(&at).await? {
            grants.push(entry(&key_arn(*owner, cx.region(), key), &kms_key::decode(&row.value)?));
        }
    }
    Ok(ListRetirableGrantsOutput { truncated: page.truncated(), next_marker: page.marker, grants: Some(grants) })
}
