//! Imported key material: the wrapping key and its token, importing, deleting, expiry.

use crate::{
    faults,
    key_state::State,
    kms_key::{self, Aliases, KmsKey},
    limits::{DAY, IMPORT_TOKEN_SECS, MAX_VALIDITY_DAYS, MICROS},
    material::Material,
    multi_region,
    records::{KeyRecord, MaterialRecord},
    spec::Family,
    wrapping::Wrapping,
};
use data_encoding::HEXLOWER;
use kernel::{
    Cx, Result,
    store::Txn,
    timers::{Due, Timer},
};
use kms_api::*;
use std::sync::Arc;
use wire::Timestamp;

pub const TIMER: Timer = Timer { kind: "expire", run: |cx, due| Box::pin(run(cx, due)) };

/// A key whose material comes from outside.
async fn find(cx: &Cx, key_id: &str) -> Result<Arc<KmsKey>> {
    let key = KmsKey::find(cx, key_id, Aliases::Refused).await?;
    match key.external {
        true => Ok(key),
        false => Err(faults::invalid_origin(&key.arn, "AWS_KMS")),
    }
}

pub async fn get_parameters_for_import(
    cx: Cx,
    input: GetParametersForImportInput,
) -> Result<GetParametersForImportOutput> {
    let key = find(&cx, &input.key_id).await?;
    key.require_kept()?;
    let algorithm = input.wrapping_algorithm.as_str();
    // "RSAES_PKCS1_V1_5: the RSAES_PKCS1_V1_5 wrapping algorithm is no longer supported" since October 2023; SM2PKE is of the
    // China Regions. The sentences are guesses.
    if matches!(algorithm, "RSAES_PKCS1_V1_5" | "SM2PKE") || input.wrapping_key_spec.as_str() == "SM2" {
        return Err(fault::unsupported_operation_exception(format!(
            "WrappingAlgorithm {algorithm} with WrappingKeySpec {} is not supported.",
            input.wrapping_key_spec
        )));
    }
    // "You cannot use the RSAES_OAEP_* wrapping algorithms with an RSA private key": it does not fit.
    if key.spec.family == Family::Rsa && algorithm.starts_with("RSAES") {
        return Err(fault::unsupported_operation_exception(format!(
            "WrappingAlgorithm {algorithm} is not supported for key material of key spec {}.",
            key.spec.name
        )));
    }
    let valid_to = Timestamp(cx.now().0 + IMPORT_TOKEN_SECS * MICROS);
    let wrapping = Wrapping::generate(&cx, input.wrapping_key_spec.as_str(), algorithm, &key.arn, valid_to)?;
    Ok(GetParametersForImportOutput {
        key_id: Some(key.arn.to_string()),
        import_token: Some(wrapping.token(&cx)?.into()),
        public_key: Some(wrapping.public_key()?.into()),
        parameters_valid_to: Some(valid_to),
    })
}

pub async fn import_key_material(cx: Cx, input: ImportKeyMaterialInput) -> Result<ImportKeyMaterialOutput> {
    let key = find(&cx, &input.key_id).await?;
    if !matches!(key.state(), State::PendingImport | State::Enabled | State::Disabled) {
        return Err(key.unsuited());
    }
    let valid_to = expiry(&cx, &input)?;
    let symmetric = key.spec.is_symmetric_encryption();
    if !symmetric
        && (input.import_type.is_some() || input.key_material_id.is_some() || input.key_material_description.is_some())
    {
        return Err(faults::invalid(
            "ImportType, KeyMaterialId and KeyMaterialDescription are supported on symmetric encryption KMS keys only.",
        ));
    }
    let wrapping = Wrapping::of_token(&cx, &input.import_token)
        .filter(|wrapping| *wrapping.key_arn == *key.arn)
        .ok_or_else(|| fault::invalid_import_token_exception(""))?;
    if wrapping.valid_to < cx.now() {
        return Err(fault::expired_import_token_exception(""));
    }
    let bytes = wrapping.unwrap(&input.encrypted_key_material).ok_or_else(faults::invalid_ciphertext)?;
    if !fits(&key, &bytes) {
        // A guess at the words: "expected 32 bytes" is all that was seen of them.
        return Err(fault::incorrect_key_material_exception(
            "The key material does not fit the key spec of the KMS key.",
        ));
    }
    let id = kms_key::material_id(&key.id, &bytes);
    if input.key_material_id.as_ref().is_some_and(|given| *given != HEXLOWER.encode(&id)) {
        return Err(incorrect("The key material is not the one that KeyMaterialId names."));
    }
    let sealed = kms_key::seal(&cx, &key.id, &id, &bytes)?;
    let description = input.key_material_description.as_deref();
    let new = matches!(&input.import_type, Some(ImportType::NewKeyMaterial));
    key.change(&cx, async |tx, record| {
        let first = record.materials.is_empty();
        let known = record.materials.iter().position(|material| material.id == id);
        let index = match known {
            Some(_) if new => return Err(incorrect("The key material is already associated with the KMS key.")),
            Some(index) => index,
            None if first || (new && symmetric) => {
                associate(&cx, tx, &key, record, &id, first).await?;
                record.materials.len() - 1
            }
            None => {
                return Err(incorrect("The key material is not the one that was imported into the KMS key before."));
            }
        };
        let was_missing = record.materials[index].sealed.is_empty();
        let material = &mut record.materials[index];
        cancel_expiry(&cx, tx, &key.id, material);
        (material.sealed, material.valid_to) = (sealed.clone(), valid_to);
        if let Some(description) = description {
            material.description = description.to_owned();
        }
        if valid_to != Timestamp(0) {
            tx.set_timer(&cx, TIMER.kind, &timer_id(&key.id, &id), valid_to, "");
        }
        let pending = material.pending;
        if pending && was_missing && !key.is_primary() && key.is_multi_region() {
            multi_region::spread(&cx, tx, record, |other| {
                other.replicas_pending = other.replicas_pending.saturating_sub(1);
            })
            .await?;
        }
        Ok(())
    })
    .await?;
    Ok(ImportKeyMaterialOutput {
        key_id: Some(key.arn.to_string()),
        key_material_id: symmetric.then(|| HEXLOWER.encode(&id)),
    })
}

/// Takes a new generation up. Where there is one already, the new one waits for a rotation; replicas must import it first.
async fn associate(
    cx: &Cx,
    tx: &mut Txn,
    key: &KmsKey,
    record: &mut KeyRecord,
    id: &wire::Bytes,
    first: bool,
) -> Result<()> {
    if key.is_multi_region() && !key.is_primary() {
        // "You cannot directly import new key material into the replica Region keys."
        return Err(incorrect("Import new key material into the multi-Region primary key first."));
    }
    // What waited before gives way: "you can delete this key material and import different key material in its place".
    if record.materials.iter().any(|material| material.pending && !material.sealed.is_empty()) {
        return Err(incorrect("Other key material of the KMS key is pending rotation."));
    }
    record.materials.retain(|material| !material.pending);
    let material = MaterialRecord { id: id.clone(), pending: !first, ..MaterialRecord::default() };
    record.materials.push(material.clone());
    record.replicas_pending = record.replica_regions.len() as u32;
    multi_region::spread(cx, tx, record, |other| {
        other.materials.retain(|material| !material.pending);
        other.materials.push(material.clone());
    })
    .await
}

fn incorrect(message: &str) -> wire::Fault {
    fault::incorrect_key_material_exception(message)
}

/// Whether bytes are material of the key's spec (developer guide, "Key material requirements").
fn fits(key: &KmsKey, bytes: &[u8]) -> bool {
    match key.spec.family {
        Family::Symmetric | Family::Hmac => bytes.len() == key.spec.secret_len(),
        _ => Material::parse(key.spec, bytes).is_some(),
    }
}

/// When the material expires; never is 0.
fn expiry(cx: &Cx, input: &ImportKeyMaterialInput) -> Result<Timestamp> {
    let expires = !matches!(input.expiration_model, Some(ExpirationModelType::KeyMaterialDoesNotExpire));
    match (expires, input.valid_to) {
        (true, None) => {
            Err(faults::invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"))
        }
        (false, Some(_)) => Err(faults::invalid(
            "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
        )),
        (false, None) => Ok(Timestamp(0)),
        (true, Some(valid_to)) => {
            let now = cx.now().0;
            match valid_to.0 > now && valid_to.0 <= now + MAX_VALIDITY_DAYS * DAY {
                true => Ok(valid_to),
                false => Err(faults::invalid("ValidTo must be in the future, and at most 365 days from now")),
            }
        }
    }
}

/// Keys' ids have no slash.
fn timer_id(key: &str, material: &[u8]) -> Vec<u8> {
    format!("{key}/{}", HEXLOWER.encode(material)).into_bytes()
}

fn cancel_expiry(cx: &Cx, tx: &mut Txn, key: &str, material: &mut MaterialRecord) {
    if material.valid_to != Timestamp(0) {
        tx.cancel_timer(cx, TIMER.kind, &timer_id(key, &material.id), material.valid_to);
        material.valid_to = Timestamp(0);
    }
}

/// Forgets material whose time is over: "AWS KMS deletes the key material".
async fn run(cx: Cx, due: Due) -> Result<()> {
    let text = String::from_utf8_lossy(&due.id).into_owned();
    let Some((id, material)) = text.split_once('/') else { return Ok(()) };
    let Some(key) = KmsKey::read(&cx, &*cx.read(), cx.account(), cx.region(), id).await? else { return Ok(()) };
    key.change(&cx, async |_, record| {
        let same = |known: &&mut MaterialRecord| HEXLOWER.encode(&known.id) == material && known.valid_to == due.at;
        if let Some(expired) = record.materials.iter_mut().find(same) {
            (expired.sealed, expired.valid_to) = (wire::Bytes::new(), Timestamp(0));
        }
        Ok(())
    })
    .await
}

pub async fn delete_imported_key_material(
    cx: Cx,
    input: DeleteImportedKeyMaterialInput,
) -> Result<DeleteImportedKeyMaterialOutput> {
    let key = find(&cx, &input.key_id).await?;
    let id = key
        .change(&cx, async |tx, record| {
            let current = record.materials.iter().rposition(|material| !material.pending);
            let index = match &input.key_material_id {
                Some(given) => record.materials.iter().position(|known| HEXLOWER.encode(&known.id) == *given),
                None => current,
            };
            // A guess at the sentence of ids that are unknown.
            let index = index.ok_or_else(|| match &input.key_material_id {
                Some(given) => fault::not_found_exception(format!("Key material {given} does not exist")),
                None => faults::invalid_state(&key.arn, "pending import"),
            })?;
            let material = &mut record.materials[index];
            if material.sealed.is_empty() {
                return Err(faults::invalid_state(&key.arn, "pending import"));
            }
            cancel_expiry(&cx, tx, &key.id, material);
            material.sealed = wire::Bytes::new();
            let id = material.id.clone();
            // "You'll also be deleting the key materials for the replica Region keys."
            if material.pending && (key.is_primary() || !key.is_multi_region()) {
                record.materials.remove(index);
                record.replicas_pending = 0;
                multi_region::spread(&cx, tx, record, |other| other.materials.retain(|other| other.id != id)).await?;
            }
            Ok(id)
        })
        .await?;
    let symmetric = key.spec.is_symmetric_encryption();
    Ok(DeleteImportedKeyMaterialOutput {
        key_id: Some(key.arn.to_string()),
        key_material_id: symmetric.then(|| HEXLOWER.encode(&id)),
    })
}
