//! KMS's condition keys (developer guide, "AWS KMS condition keys"): what a request and its key tell a policy.

use crate::{kms_key::KmsKey, metadata::origin};
use kernel::Cx;
use lang::policy::ContextKeys;
use std::borrow::Cow;
use wire::{Shape, TimeFormat, View};

/// What a request is for, as far as policies and grants ask.
#[derive(Clone, Debug, Default)]
pub struct Purpose {
    pub encryption_context: Vec<(String, String)>,
    /// The alias that the request names its key by.
    pub alias: Option<String>,
    /// Of ReEncrypt.
    pub same_key: Option<bool>,
    /// Values of the request's members, by condition key.
    pub members: Vec<(&'static str, Cow<'static, str>)>,
    /// Of CreateGrant: what would be granted.
    pub grant: Option<Granting>,
}

#[derive(Clone, Debug, Default)]
pub struct Granting {
    pub operations: Vec<String>,
    pub equals: Option<Vec<(String, String)>>,
    pub subset: Option<Vec<(String, String)>>,
}

/// Members whose value is a condition key's, and the value where the request leaves one out.
const MEMBERS: [(&str, &str, &str); 18] = [
    ("EncryptionAlgorithm", "kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
    ("DestinationEncryptionAlgorithm", "kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
    ("SigningAlgorithm", "kms:SigningAlgorithm", ""),
    ("MessageType", "kms:MessageType", "RAW"),
    ("MacAlgorithm", "kms:MacAlgorithm", ""),
    ("KeyAgreementAlgorithm", "kms:KeyAgreementAlgorithm", ""),
    ("KeyPairSpec", "kms:DataKeyPairSpec", ""),
    ("WrappingAlgorithm", "kms:WrappingAlgorithm", ""),
    ("WrappingKeySpec", "kms:WrappingKeySpec", ""),
    ("ExpirationModel", "kms:ExpirationModel", "KEY_MATERIAL_EXPIRES"),
    ("ValidTo", "kms:ValidTo", ""),
    ("BypassPolicyLockoutSafetyCheck", "kms:BypassPolicyLockoutSafetyCheck", "false"),
    ("ReplicaRegion", "kms:ReplicaRegion", ""),
    ("PrimaryRegion", "kms:PrimaryRegion", ""),
    ("PendingWindowInDays", "kms:ScheduleKeyDeletionPendingWindowInDays", "30"),
    ("RotationPeriodInDays", "kms:RotationPeriodInDays", "365"),
    ("GranteePrincipal", "kms:GranteePrincipal", ""),
    ("RetiringPrincipal", "kms:RetiringPrincipal", ""),
];

/// A member's value as a condition's.
pub fn value(input: &dyn Shape, member: &str) -> Option<String> {
    text(input.get(input.schema().index(member)?))
}

fn text(view: View<'_>) -> Option<String> {
    match view {
        View::Str(text) => Some(text.to_owned()),
        View::Int(number) => Some(number.to_string()),
        View::Bool(truth) => Some(truth.to_string()),
        View::Time(time) => Some(time.format(TimeFormat::Iso8601)),
        _ => None,
    }
}

fn pairs(view: View<'_>) -> Option<Vec<(String, String)>> {
    let View::Map(map) = view else { return None };
    let pair = |index| match map.at(index) {
        (name, View::Str(value)) => Some((name.to_owned(), value.to_owned())),
        _ => None,
    };
    Some((0..map.len()).filter_map(pair).collect())
}

fn member<'a>(input: &'a dyn Shape, name: &str) -> View<'a> {
    input.schema().index(name).map_or(View::Unset, |index| input.get(index))
}

impl Purpose {
    pub fn of(input: &dyn Shape) -> Purpose {
        let mut purpose = Purpose::default();
        let context = ["EncryptionContext", "DestinationEncryptionContext"];
        purpose.encryption_context = context.iter().find_map(|name| pairs(member(input, name))).unwrap_or_default();
        for (index, member) in input.schema().members.iter().enumerate() {
            let Some((_, key, usual)) = MEMBERS.iter().find(|(name, ..)| *name == member.name) else { continue };
            match text(input.get(index)) {
                Some(value) => purpose.members.push((key, value.into())),
                None if !usual.is_empty() => purpose.members.push((key, (*usual).into())),
                None => {}
            }
        }
        // A grant's operations tell one that is made from other lists of that name.
        if let View::List(list) = member(input, "Operations") {
            let name = |index| match list.at(index) {
                View::Str(text) => Some(text.to_owned()),
                _ => None,
            };
            let operations: Vec<String> = (0..list.len()).filter_map(name).collect();
            let mut grant = Granting { operations, ..Granting::default() };
            if let View::Shape(constraints) = member(input, "Constraints") {
                let named = |name| pairs(member(constraints, name)).filter(|pairs| !pairs.is_empty());
                grant.equals = named("EncryptionContextEquals");
                grant.subset = named("EncryptionContextSubset");
                let pairs = grant.equals.iter().chain(&grant.subset).flatten();
                purpose.encryption_context = pairs.cloned().collect();
            }
            purpose.grant = Some(grant);
        }
        purpose
    }

    /// The request's condition keys, with those of the key it is about.
    pub fn keys(&self, cx: &Cx, key: Option<&KmsKey>) -> ContextKeys {
        let mut keys = ContextKeys::default();
        let caller = cx.caller();
        if !caller.is_anonymous() {
            keys.put("kms:CallerAccount", caller.account.to_string());
        }
        if let Some(service) = cx.via().last().and_then(|service| service.strip_suffix(".amazonaws.com")) {
            keys.put("kms:ViaService", format!("{service}.{}.amazonaws.com", cx.region()));
        }
        for (name, value) in &self.members {
            keys.put(*name, value.clone());
        }
        if !self.encryption_context.is_empty() {
            for (name, value) in &self.encryption_context {
                keys.set(format!("kms:EncryptionContext:{name}"), value.as_str());
            }
            keys.set_many("kms:EncryptionContextKeys", self.encryption_context.iter().map(|(name, _)| name.as_str()));
        }
        if let Some(alias) = &self.alias {
            keys.set("kms:RequestAlias", alias.as_str());
        }
        if let Some(same) = self.same_key {
            keys.set("kms:ReEncryptOnSameKey", same.to_string());
        }
        if let Some(grant) = &self.grant {
            keys.set_many("kms:GrantOperations", grant.operations.iter().map(String::as_str));
            if let Some(kind) = grant.constraint() {
                keys.set("kms:GrantConstraintType", kind);
            }
        }
        // "when the grant is created by an integrated AWS service": here, when the call came through one.
        keys.put("kms:GrantIsForAWSResource", if cx.via().is_empty() { "false" } else { "true" });
        if let Some(key) = key {
            keys.put("kms:KeySpec", key.spec.name);
            keys.put("kms:KeyUsage", key.usage.clone());
            keys.put("kms:KeyOrigin", origin(key.external));
            keys.put("kms:MultiRegion", if key.is_multi_region() { "true" } else { "false" });
            if key.is_multi_region() {
                keys.put("kms:MultiRegionKeyType", if key.is_primary() { "PRIMARY" } else { "REPLICA" });
            }
            if !key.aliases.is_empty() {
                keys.set_many("kms:ResourceAliases", key.aliases.iter().map(String::as_str));
            }
        }
        keys
    }
}

impl Granting {
    fn constraint(&self) -> Option<&'static str> {
        match (&self.equals, &self.subset) {
            (Some(_), _) => Some("EncryptionContextEquals"),
            (None, Some(_)) => Some("EncryptionContextSubset"),
            (None, None) => None,
        }
    }
}
