//! A KMS key as the store has it, with all that belongs to it: found by address, kept by the version of its row.

use crate::{
    address::{self, Address, Name, key_arn},
    aws_managed, faults,
    material::Material,
    records::{AliasRecord, DetailsRecord, GrantRecord, KeyRecord, Keys, MaterialRecord},
    spec::Spec,
};
use kernel::{
    AccountId, Cx, Region, Result,
    record::Record,
    store::{Key, Part, Scan, Snapshot, Txn, Ver},
};
use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};
use wire::{Fault, common};

pub struct KmsKey {
    pub record: KeyRecord,
    pub spec: &'static Spec,
    pub account: AccountId,
    pub region: Region,
    pub arn: Arc<str>,
    pub policy: Arc<str>,
    pub description: String,
    pub tags: Vec<(String, String)>,
    /// With `alias/` in front.
    pub aliases: Vec<String>,
    pub grants: Vec<GrantRecord>,
    ver: Ver,
    /// As many as the record has; each is opened when it is first used.
    opened: Vec<OnceLock<Option<Material>>>,
}

impl Deref for KmsKey {
    type Target = KeyRecord;

    fn deref(&self) -> &KeyRecord {
        &self.record
    }
}

/// Keys by their rows.
#[derive(Default)]
struct Known(Mutex<HashMap<Key, Arc<KmsKey>>>);

/// More keys than this in use at once are read again.
const KNOWN: usize = 4_096;

/// Which names a request may use for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aliases {
    Taken,
    /// "Specify the key ID or key ARN of the KMS key."
    Refused,
}

impl KmsKey {
    /// The key of an id or ARN, and for cryptography of an alias.
    pub async fn find(cx: &Cx, given: &str, aliases: Aliases) -> Result<Arc<KmsKey>> {
        if let Some((kept, key)) = cx.kept::<(String, Arc<KmsKey>)>()
            && kept == given
        {
            return Ok(key);
        }
        let address = Address::parse(cx, given)?;
        if aliases == Aliases::Refused && matches!(address.name, Name::Alias(_)) {
            return Err(faults::invalid_key_id(given));
        }
        KmsKey::at(cx, &address).await?.ok_or_else(|| address::missing(&address))
    }

    /// The key at an address. An alias of an AWS managed key is asked for by who uses it first: that makes it.
    pub async fn at(cx: &Cx, address: &Address) -> Result<Option<Arc<KmsKey>>> {
        let snapshot = cx.read();
        match &address.name {
            Name::Key(id) => KmsKey::read(cx, &*snapshot, address.account, address.region, id).await,
            Name::Alias(name) => {
                let row = snapshot.get(&Keys::of(cx, address.account, address.region).alias(name)).await?;
                match row {
                    Some(row) => {
                        let alias: AliasRecord = decode(&row.value)?;
                        KmsKey::read(cx, &*snapshot, address.account, address.region, &alias.key).await
                    }
                    None => aws_managed::make(cx, address, name).await,
                }
            }
        }
    }

    pub async fn read(
        cx: &Cx,
        snapshot: &dyn Snapshot,
        account: AccountId,
        region: Region,
        id: &str,
    ) -> Result<Option<Arc<KmsKey>>> {
        let keys = Keys::of(cx, account, region);
        let at = keys.key(id);
        let Some(row) = snapshot.get(&at).await? else { return Ok(None) };
        let known = cx.cloud().cache::<Known>();
        let found = known.0.lock().unwrap_or_else(PoisonError::into_inner).get(&at).cloned();
        if let Some(key) = found.filter(|key| key.ver == row.ver) {
            return Ok(Some(key));
        }
        let key = Arc::new(KmsKey::load(snapshot, &keys, account, region, decode(&row.value)?, row.ver).await?);
        let mut known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN {
            known.clear();
        }
        known.insert(at, key.clone());
        Ok(Some(key))
    }

    async fn load(
        snapshot: &dyn Snapshot,
        keys: &Keys,
        account: AccountId,
        region: Region,
        record: KeyRecord,
        ver: Ver,
    ) -> Result<KmsKey> {
        let policy = snapshot.get(&keys.policy(&record.id)).await?;
        let policy = policy.map(|row| String::from_utf8_lossy(&row.value).into_owned()).unwrap_or_default();
        let details: DetailsRecord = match snapshot.get(&keys.details(&record.id)).await? {
            Some(row) => decode(&row.value)?,
            None => DetailsRecord::default(),
        };
        let (mut aliases, mut grants) = (Vec::new(), Vec::new());
        if record.aliases > 0 {
            let rows = all(snapshot, &keys.aliases_of(&record.id)).await?;
            aliases.extend(rows.iter().filter_map(|(key, _)| match key.parts()?.pop()? {
                Part::Text(name) => Some(name),
                _ => None,
            }));
        }
        if record.grants > 0 {
            for (_, value) in all(snapshot, &keys.grants(&record.id)).await? {
                grants.push(decode(&value)?);
            }
        }
        let spec =
            Spec::of(&record.spec).ok_or_else(|| common::internal_failure("a stored key has an unknown spec"))?;
        Ok(KmsKey {
            spec,
            account,
            region,
            arn: key_arn(account, region, &record.id).into(),
            policy: policy.into(),
            description: details.description,
            tags: details.tags,
            aliases,
            grants,
            ver,
            opened: record.materials.iter().map(|_| OnceLock::new()).collect(),
            record,
        })
    }

    pub fn keys(&self, cx: &Cx) -> Keys {
        Keys::of(cx, self.account, self.region)
    }

    pub fn is_multi_region(&self) -> bool {
        !self.primary_region.is_empty()
    }

    pub fn is_primary(&self) -> bool {
        self.primary_region == self.region.as_str()
    }

    /// The generation that encrypts.
    pub fn current(&self) -> Option<(usize, &MaterialRecord)> {
        self.materials.iter().enumerate().rev().find(|(_, material)| !material.pending)
    }

    /// A generation's material, opened; `None` while it has to be imported.
    pub fn material(&self, cx: &Cx, index: usize) -> Option<&Material> {
        let open = || {
            let record = self.materials.get(index)?;
            let bytes = unseal(cx, &self.id, record)?;
            Material::parse(self.spec, &bytes)
        };
        self.opened.get(index)?.get_or_init(open).as_ref()
    }

    /// The material of an asymmetric or HMAC key, or the newest of a symmetric one.
    pub fn current_material(&self, cx: &Cx) -> Result<(&MaterialRecord, &Material)> {
        let (index, record) = self.current().ok_or_else(|| faults::invalid_state(&self.arn, "pending import"))?;
        let material = self.material(cx, index);
        Ok((record, material.ok_or_else(|| faults::crypto("the key's stored material cannot be opened"))?))
    }

    /// Changes the key's record, and with `change` whatever else belongs to the key, in one commit.
    pub async fn change<R>(
        &self,
        cx: &Cx,
        mut change: impl AsyncFnMut(&mut Txn, &mut KeyRecord) -> Result<R>,
    ) -> Result<R> {
        let at = self.keys(cx).key(&self.id);
        cx.write(async |tx| {
            let row = tx.get(&at).await?.ok_or_else(|| faults::key_not_found(&self.arn))?;
            let mut record: KeyRecord = decode(&row)?;
            let result = change(tx, &mut record).await?;
            put(tx, &at, &mut record);
            Ok(result)
        })
        .await
    }
}

/// Writes a key's row so that its version tells that something of the key changed.
pub fn put(tx: &mut Txn, at: &Key, record: &mut KeyRecord) {
    record.changes += 1;
    tx.put(at.clone(), record.encode());
}

pub fn decode<R: Record>(bytes: &[u8]) -> Result<R> {
    R::decode(bytes).ok_or_else(unreadable)
}

fn unreadable() -> Fault {
    common::internal_failure("a stored record cannot be read")
}

/// All rows below a key, with what they hold.
pub async fn all(snapshot: &dyn Snapshot, below: &Key) -> Result<Vec<(Key, wire::Bytes)>> {
    let mut range = below.children();
    let mut found = Vec::new();
    loop {
        let page = snapshot.scan(&range, &Scan::default()).await?;
        let last = page.rows.last().map(|row| row.key.clone());
        found.extend(page.rows.into_iter().map(|row| (row.key, row.value)));
        match last {
            Some(last) if page.more => range = range.after(&last),
            _ => return Ok(found),
        }
    }
}

const PURPOSE: &str = "kms/material";

/// Bound to the key: the replicas of a multi-Region key have the same id, and may have the same row.
fn bound(key: &str, material: &[u8]) -> Vec<u8> {
    [key.as_bytes(), b"/", material].concat()
}

pub fn seal(cx: &Cx, key: &str, material: &[u8], bytes: &[u8]) -> Result<wire::Bytes> {
    let sealed = cx.cloud().vault().seal(PURPOSE, &bound(key, material), bytes);
    Ok(sealed.map_err(|error| faults::crypto(&error.to_string()))?.into())
}

pub fn unseal(cx: &Cx, key: &str, record: &MaterialRecord) -> Option<Vec<u8>> {
    cx.cloud().vault().open(PURPOSE, &bound(key, &record.id), &record.sealed)
}

/// The id of material: computed of the key's id and the material, as AWS documents it of imported material.
pub fn material_id(key: &str, bytes: &[u8]) -> wire::Bytes {
    let with = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, bytes);
    let id = aws_lc_rs::hmac::sign(&with, &[b"nephele kms material id ", key.as_bytes()].concat());
    wire::Bytes::copy_from_slice(id.as_ref())
}

/// New material for a key, sealed.
pub fn new_material(cx: &Cx, spec: &Spec, key: &str) -> Result<MaterialRecord> {
    let bytes = crate::material::generate(cx, spec)?;
    let id = material_id(key, &bytes);
    Ok(MaterialRecord { sealed: seal(cx, key, &id, &bytes)?, id, ..MaterialRecord::default() })
}
