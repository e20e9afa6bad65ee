//! Data keys, data key pairs and random bytes.

use crate::{
    encrypt::Way,
    faults, grant_token,
    kms_key::{Aliases, KmsKey},
    material::{self, Material},
    spec::Spec,
    usage,
};
use kernel::{Cx, Result};
use kms_api::*;
use std::sync::Arc;
use wire::{Bytes, Dict};

/// Of a KMS key that data keys may be made under.
async fn find(
    cx: &Cx,
    key_id: &str,
    tokens: Option<&[String]>,
    context: Option<&Dict<String>>,
    operation: &str,
) -> Result<(Arc<KmsKey>, Way)> {
    grant_token::check(cx, tokens)?;
    let key = KmsKey::find(cx, key_id, Aliases::Taken).await?;
    key.require_usage("ENCRYPT_DECRYPT", operation)?;
    if !key.spec.is_symmetric_encryption() {
        // The keys "must be symmetric encryption KMS keys".
        return Err(fault::invalid_key_usage_exception(format!(
            "{} key spec is {} which is not valid for {operation}.",
            key.arn, key.spec.name
        )));
    }
    let way = Way::of(&key, None, context, operation)?;
    Ok((key, way))
}

fn length(spec: Option<&DataKeySpec>, bytes: Option<i32>) -> Result<usize> {
    match (spec, bytes) {
        (Some(DataKeySpec::Aes128), None) => Ok(16),
        (Some(_), None) => Ok(32),
        (None, Some(bytes)) => Ok(usize::try_from(bytes).unwrap_or_default()),
        _ => Err(faults::invalid("Please specify either number of bytes or key spec.")),
    }
}

pub async fn generate_data_key(cx: Cx, input: GenerateDataKeyInput) -> Result<GenerateDataKeyOutput> {
    if input.recipient.is_some() {
        return Err(faults::no_enclaves());
    }
    let context = input.encryption_context.as_ref();
    let (key, way) = find(&cx, &input.key_id, input.grant_tokens.as_deref(), context, "GenerateDataKey").await?;
    let length = length(input.key_spec.as_ref(), input.number_of_bytes)?;
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    let plaintext = material::random(&cx, length)?;
    let (blob, material) = way.encrypt(&cx, &key, &plaintext)?;
    usage::note(&cx, &key, "GenerateDataKey").await?;
    Ok(GenerateDataKeyOutput {
        ciphertext_blob: Some(blob),
        plaintext: Some(plaintext.into()),
        key_id: Some(key.arn.to_string()),
        ciphertext_for_recipient: None,
        key_material_id: material,
    })
}

pub async fn generate_data_key_without_plaintext(
    cx: Cx,
    input: GenerateDataKeyWithoutPlaintextInput,
) -> Result<GenerateDataKeyWithoutPlaintextOutput> {
    let context = input.encryption_context.as_ref();
    let operation = "GenerateDataKeyWithoutPlaintext";
    let (key, way) = find(&cx, &input.key_id, input.grant_tokens.as_deref(), context, operation).await?;
    let length = length(input.key_spec.as_ref(), input.number_of_bytes)?;
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    let (blob, material) = way.encrypt(&cx, &key, &material::random(&cx, length)?)?;
    usage::note(&cx, &key, "GenerateDataKeyWithoutPlaintext").await?;
    Ok(GenerateDataKeyWithoutPlaintextOutput {
        ciphertext_blob: Some(blob),
        key_id: Some(key.arn.to_string()),
        key_material_id: material,
    })
}

/// A new pair: private key as PKCS #8, public key as SubjectPublicKeyInfo.
fn pair(cx: &Cx, spec: &DataKeyPairSpec) -> Result<(Vec<u8>, Bytes)> {
    let unknown = || {
        fault::unsupported_operation_exception(format!("KeyPairSpec {spec} is supported in the China Regions only."))
    };
    let spec = Spec::of(spec.as_str()).ok_or_else(unknown)?;
    let private = material::generate(cx, spec)?;
    let public = Material::parse(spec, &private).and_then(|material| material.public_key());
    Ok((private, public.ok_or_else(|| faults::crypto("making a key pair"))?.into()))
}

pub async fn generate_data_key_pair(cx: Cx, input: GenerateDataKeyPairInput) -> Result<GenerateDataKeyPairOutput> {
    if input.recipient.is_some() {
        return Err(faults::no_enclaves());
    }
    let context = input.encryption_context.as_ref();
    let (key, way) = find(&cx, &input.key_id, input.grant_tokens.as_deref(), context, "GenerateDataKeyPair").await?;
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    let (private, public) = pair(&cx, &input.key_pair_spec)?;
    let (blob, material) = way.encrypt(&cx, &key, &private)?;
    usage::note(&cx, &key, "GenerateDataKeyPair").await?;
    Ok(GenerateDataKeyPairOutput {
        private_key_ciphertext_blob: Some(blob),
        private_key_plaintext: Some(private.into()),
        public_key: Some(public),
        key_id: Some(key.arn.to_string()),
        key_pair_spec: Some(input.key_pair_spec),
        ciphertext_for_recipient: None,
        key_material_id: material,
    })
}

pub async fn generate_data_key_pair_without_plaintext(
    cx: Cx,
    input: GenerateDataKeyPairWithoutPlaintextInput,
) -> Result<GenerateDataKeyPairWithoutPlaintextOutput> {
    let context = input.encryption_context.as_ref();
    let operation = "GenerateDataKeyPairWithoutPlaintext";
    let (key, way) = find(&cx, &input.key_id, input.grant_tokens.as_deref(), context, operation).await?;
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    let (private, public) = pair(&cx, &input.key_pair_spec)?;
    let (blob, material) = way.encrypt(&cx, &key, &private)?;
    usage::note(&cx, &key, "GenerateDataKeyPairWithoutPlaintext").await?;
    Ok(GenerateDataKeyPairWithoutPlaintextOutput {
        private_key_ciphertext_blob: Some(blob),
        public_key: Some(public),
        key_id: Some(key.arn.to_string()),
        key_pair_spec: Some(input.key_pair_spec),
        key_material_id: material,
    })
}

pub async fn generate_random(cx: Cx, input: GenerateRandomInput) -> Result<GenerateRandomOutput> {
    if input.custom_key_store_id.is_some() {
        return Err(faults::no_key_stores("CustomKeyStoreId"));
    }
    if input.recipient.is_some() {
        return Err(faults::no_enclaves());
    }
    let Some(length) = input.number_of_bytes.and_then(|bytes| usize::try_from(bytes).ok()) else {
        return Err(faults::invalid("NumberOfBytes is required."));
    };
    let plaintext = material::random(&cx, length)?;
    Ok(GenerateRandomOutput { plaintext: Some(plaintext.into()), ciphertext_for_recipient: None })
}
