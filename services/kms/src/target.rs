//! What a call acts on, for authorisation: the key that the input names, with its policy and its grants.

use crate::{
    address::{Address, Name, alias_arn},
    ciphertext::Ciphertext,
    condition_keys::{Purpose, value},
    faults, grant, granting, key,
    kms_key::KmsKey,
    metadata::origin,
};
use kernel::{
    Cx, Local, Result,
    authorise::{self, Ask, PolicyKind, Target, has_tags},
};
use std::{future::ready, sync::Arc};
use wire::{Operation, Shape, View};

/// "Cross-account use: Yes" (API reference); keys of other accounts are out of reach of all other operations.
const SHARED: [&str; 19] = [
    "CreateGrant",
    "Decrypt",
    "DeriveSharedSecret",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetKeyRotationStatus",
    "GetPublicKey",
    "ListGrants",
    "ReEncrypt",
    "RetireGrant",
    "RevokeGrant",
    "Sign",
    "Verify",
    "VerifyMac",
];

pub fn target(cx: Cx, operation: &'static Operation, input: &dyn Shape) -> Local<'static, Result<Target>> {
    let mut purpose = Purpose::of(input);
    let account = cx.account();
    let plain = |resource: String, purpose: &Purpose| Target {
        keys: purpose.keys(&cx, None),
        ..Target::of(account, vec![resource.into()])
    };
    match operation.name {
        "CreateKey" => {
            of_new_key(input, &mut purpose);
            let mut target = plain("*".to_owned(), &purpose);
            if has_tags(input) {
                target.also = &["kms:TagResource"];
            }
            return Box::pin(ready(Ok(target)));
        }
        // The operations ask for the keys behind the alias themselves.
        "CreateAlias" | "UpdateAlias" | "DeleteAlias" => {
            let name = value(input, "AliasName").unwrap_or_default();
            return Box::pin(ready(Ok(plain(alias_arn(account, cx.region(), &name), &purpose))));
        }
        "RetireGrant" => return grant::retire_target(cx, input, purpose),
        "ListAliases" | "ListKeys" | "ListRetirableGrants" | "GenerateRandom" => {
            return Box::pin(ready(Ok(plain("*".to_owned(), &purpose))));
        }
        _ => {}
    }
    let given = value(input, "KeyId").or_else(|| value(input, "DestinationKeyId"));
    let blob = match input.schema().index("CiphertextBlob").map(|index| input.get(index)) {
        Some(View::Blob(blob)) => Some(blob.clone()),
        _ => None,
    };
    let source = value(input, "SourceKeyId");
    Box::pin(async move {
        let Some(given) = given else { return of_ciphertext(cx, operation, blob, purpose).await };
        let address = Address::parse(&cx, &given)?;
        if operation.name == "ReEncrypt" {
            let ciphertext = blob.as_deref().and_then(Ciphertext::parse);
            let source = ciphertext.map(|blob| blob.key_id).or(source);
            purpose.same_key = Some(matches!((&source, &address.name), (Some(a), Name::Key(b)) if a == b));
        }
        if let Name::Alias(name) = &address.name {
            purpose.alias = Some(name.clone());
        }
        if address.account != cx.account() && !SHARED.contains(&operation.name) {
            return Err(faults::key_not_found(&address.arn()));
        }
        let Some(key) = KmsKey::at(&cx, &address).await? else {
            // The handler says that there is none, to who may know.
            return Ok(absent(&cx, &address, &purpose));
        };
        let target = of_key(&cx, &key, operation.iam.action, &purpose);
        cx.keep((given, key));
        Ok(target)
    })
}

/// Of Decrypt without KeyId: the key that the ciphertext names.
async fn of_ciphertext(
    cx: Cx,
    operation: &'static Operation,
    blob: Option<wire::Bytes>,
    purpose: Purpose,
) -> Result<Target> {
    let Some(blob) = blob else {
        // DryRun, without a ciphertext and without a key: the handler says what is missing.
        return Ok(Target { keys: purpose.keys(&cx, None), ..Target::of(cx.account(), vec!["*".into()]) });
    };
    let ciphertext = Ciphertext::parse(&blob).ok_or_else(faults::invalid_ciphertext)?;
    let address = key::address_of(ciphertext.account, cx.region(), &ciphertext.key_id);
    let Some(key) = KmsKey::at(&cx, &address).await? else { return Err(faults::ciphertext_of_nobody()) };
    let target = of_key(&cx, &key, operation.iam.action, &purpose);
    cx.keep((key.arn.to_string(), key));
    Ok(target)
}

fn absent(cx: &Cx, address: &Address, purpose: &Purpose) -> Target {
    Target {
        policy_kind: match address.account == cx.account() {
            true => PolicyKind::Grants,
            false => PolicyKind::Required,
        },
        keys: purpose.keys(cx, None),
        ..Target::of(address.account, vec![address.arn().into()])
    }
}

fn of_key(cx: &Cx, key: &Arc<KmsKey>, action: &'static str, purpose: &Purpose) -> Target {
    Target {
        policy: Some(key.policy.clone()),
        policy_kind: PolicyKind::Required,
        beside: granting::statements(key, action, purpose),
        tags: key.tags.clone(),
        keys: purpose.keys(cx, Some(key)),
        ..Target::of(key.account, vec![key.arn.clone()])
    }
}

/// CreateKey's conditions are about the key that would be made.
fn of_new_key(input: &dyn Shape, purpose: &mut Purpose) {
    let spec = value(input, "KeySpec").or_else(|| value(input, "CustomerMasterKeySpec"));
    purpose.members.extend([
        ("kms:KeySpec", spec.map_or("SYMMETRIC_DEFAULT".into(), Into::into)),
        ("kms:KeyUsage", value(input, "KeyUsage").map_or("ENCRYPT_DECRYPT".into(), Into::into)),
        ("kms:KeyOrigin", value(input, "Origin").map_or(origin(false).into(), Into::into)),
        ("kms:MultiRegion", value(input, "MultiRegion").map_or("false".into(), Into::into)),
    ]);
    if value(input, "MultiRegion").as_deref() == Some("true") {
        purpose.members.push(("kms:MultiRegionKeyType", "PRIMARY".into()));
    }
}

/// The permission for another action on a key than the call's own.
pub async fn require(cx: &Cx, key: &KmsKey, action: &str, purpose: &Purpose) -> Result<()> {
    let keys = purpose.keys(cx, Some(key));
    let ask = Ask {
        action,
        resource: key.arn.clone(),
        account: key.account,
        policy: Some(key.policy.clone()),
        policy_kind: PolicyKind::Required,
        beside: granting::statements(key, action, purpose),
        tags: &key.tags,
        keys: &keys,
        principal: None,
        input: None,
    };
    authorise::require(cx, &ask).await
}
