//! Encrypt, Decrypt and ReEncrypt.

use crate::{
    ciphertext::{self, Ciphertext},
    condition_keys::Purpose,
    encryption_context::EncryptionContext,
    faults, grant_token, key,
    kms_key::{Aliases, KmsKey},
    material::Material,
    target, usage,
};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm};
use data_encoding::HEXLOWER;
use kernel::{Cx, Result};
use kms_api::*;
use std::sync::Arc;
use wire::{Bytes, Dict};

const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";
const USAGE: &str = "ENCRYPT_DECRYPT";

impl KmsKey {
    /// An enabled key of this usage.
    pub fn require_usage(&self, usage: &str, operation: &str) -> Result<()> {
        self.require_enabled()?;
        match self.usage == usage {
            true => Ok(()),
            false => Err(faults::invalid_usage(&self.arn, &self.usage, operation)),
        }
    }
}

pub async fn encrypt(cx: Cx, input: EncryptInput) -> Result<EncryptOutput> {
    grant_token::check(&cx, input.grant_tokens.as_deref())?;
    let key = KmsKey::find(&cx, &input.key_id, Aliases::Taken).await?;
    let way = Way::of(&key, input.encryption_algorithm.as_ref(), input.encryption_context.as_ref(), "Encrypt")?;
    let most = key.spec.most_plaintext(way.algorithm);
    if input.plaintext.len() > most {
        let (algorithm, spec) = (way.algorithm, key.spec.name);
        return Err(faults::invalid(format!(
            "Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes."
        )));
    }
    if input.dry_run == Some(true) {
        return Err(faults::dry_run());
    }
    let (blob, _) = way.encrypt(&cx, &key, &input.plaintext)?;
    usage::note(&cx, &key, "Encrypt").await?;
    Ok(EncryptOutput {
        ciphertext_blob: Some(blob),
        key_id: Some(key.arn.to_string()),
        encryption_algorithm: Some(way.algorithm.into()),
    })
}

pub async fn decrypt(cx: Cx, input: DecryptInput) -> Result<DecryptOutput> {
    if input.recipient.is_some() {
        return Err(faults::no_enclaves());
    }
    grant_token::check(&cx, input.grant_tokens.as_deref())?;
    let dry_run = input.dry_run == Some(true);
    let unseen = ignores_ciphertext(dry_run, input.dry_run_modifiers.as_deref())?;
    let blob = input.ciphertext_blob.filter(|_| !unseen);
    let algorithm = input.encryption_algorithm.as_ref();
    let source = Source::find(
        &cx,
        input.key_id.as_deref(),
        blob,
        algorithm,
        input.encryption_context.as_ref(),
        "Decrypt",
        unseen,
    );
    let source = source.await?;
    if unseen {
        return Err(faults::dry_run());
    }
    let (plaintext, material) = source.open(&cx)?;
    if dry_run {
        return Err(faults::dry_run());
    }
    usage::note(&cx, &source.key, "Decrypt").await?;
    Ok(DecryptOutput {
        key_id: Some(source.key.arn.to_string()),
        plaintext: Some(plaintext.into()),
        encryption_algorithm: Some(source.way.algorithm.into()),
        key_material_id: material,
        ..DecryptOutput::default()
    })
}

pub async fn re_encrypt(cx: Cx, input: ReEncryptInput) -> Result<ReEncryptOutput> {
    grant_token::check(&cx, input.grant_tokens.as_deref())?;
    let to = KmsKey::find(&cx, &input.destination_key_id, Aliases::Taken).await?;
    let dry_run = input.dry_run == Some(true);
    let unseen = ignores_ciphertext(dry_run, input.dry_run_modifiers.as_deref())?;
    let blob = input.ciphertext_blob.filter(|_| !unseen);
    let context = input.source_encryption_context.as_ref();
    let algorithm = input.source_encryption_algorithm.as_ref();
    let source =
        Source::find(&cx, input.source_key_id.as_deref(), blob, algorithm, context, "ReEncrypt", unseen).await?;
    let purpose = Purpose {
        encryption_context: context.map(|dict| dict.0.clone()).unwrap_or_default(),
        alias: input.source_key_id.as_ref().filter(|id| id.starts_with("alias/")).cloned(),
        same_key: Some(source.key.arn == to.arn),
        members: vec![("kms:EncryptionAlgorithm", source.way.algorithm.into())],
        grant: None,
    };
    target::require(&cx, &source.key, "kms:ReEncryptFrom", &purpose).await?;
    let context = input.destination_encryption_context.as_ref();
    let way = Way::of(&to, input.destination_encryption_algorithm.as_ref(), context, "ReEncrypt")?;
    if unseen {
        return Err(faults::dry_run());
    }
    let (plaintext, source_material) = source.open(&cx)?;
    if plaintext.len() > to.spec.most_plaintext(way.algorithm) {
        return Err(fault::invalid_key_usage_exception(""));
    }
    if dry_run {
        return Err(faults::dry_run());
    }
    let (blob, material) = way.encrypt(&cx, &to, &plaintext)?;
    usage::note(&cx, &source.key, "ReEncrypt").await?;
    usage::note(&cx, &to, "ReEncrypt").await?;
    Ok(ReEncryptOutput {
        ciphertext_blob: Some(blob),
        source_key_id: Some(source.key.arn.to_string()),
        key_id: Some(to.arn.to_string()),
        source_encryption_algorithm: Some(source.way.algorithm.into()),
        destination_encryption_algorithm: Some(way.algorithm.into()),
        source_key_material_id: source_material,
        destination_key_material_id: material,
    })
}

/// "DryRunModifiers … only applies when DryRun is set to true"; what AWS says otherwise is a guess.
fn ignores_ciphertext(dry_run: bool, modifiers: Option<&[DryRunModifierType]>) -> Result<bool> {
    match modifiers.unwrap_or_default() {
        [] => Ok(false),
        _ if dry_run => Ok(true),
        _ => Err(faults::invalid("DryRunModifiers can be specified only if DryRun is true.")),
    }
}

/// How a key encrypts: the algorithm, checked, and the encryption context.
pub struct Way {
    pub algorithm: &'static str,
    context: EncryptionContext,
}

impl Way {
    pub fn of(
        key: &KmsKey,
        algorithm: Option<&EncryptionAlgorithmSpec>,
        context: Option<&Dict<String>>,
        operation: &str,
    ) -> Result<Way> {
        key.require_usage(USAGE, operation)?;
        let asked = algorithm.map_or(SYMMETRIC, |algorithm| algorithm.as_str());
        let known = key.spec.encryption().iter().find(|known| **known == asked);
        let algorithm = known.ok_or_else(|| faults::incompatible_algorithm(asked, key.spec.name))?;
        if context.is_some_and(|context| !context.is_empty()) && *algorithm != SYMMETRIC {
            // A guess.
            return Err(faults::invalid(format!("EncryptionContext is not supported with algorithm {algorithm}.")));
        }
        Ok(Way { algorithm, context: EncryptionContext::of(context)? })
    }

    /// The ciphertext, and the id of a symmetric key's material.
    pub fn encrypt(&self, cx: &Cx, key: &KmsKey, plaintext: &[u8]) -> Result<(Bytes, Option<String>)> {
        let (record, material) = key.current_material(cx)?;
        match material {
            Material::Symmetric(aead) => {
                let nonce = cx.cloud().ids().nonce();
                let blob = ciphertext::seal(key.account, &key.id, &record.id, aead, nonce, &self.context, plaintext);
                let blob = blob.ok_or_else(|| faults::crypto("sealing"))?;
                Ok((blob.into(), Some(HEXLOWER.encode(&record.id))))
            }
            Material::Rsa(rsa) => {
                let mut blob = vec![0; rsa.encrypter.ciphertext_size()];
                let done = rsa.encrypter.encrypt(oaep(self.algorithm), plaintext, &mut blob, None).map(|out| out.len());
                let length = done.map_err(|_| faults::crypto("RSA encryption"))?;
                blob.truncate(length);
                Ok((blob.into(), None))
            }
            _ => Err(faults::incompatible_algorithm(self.algorithm, key.spec.name)),
        }
    }
}

pub fn oaep(algorithm: &str) -> &'static OaepAlgorithm {
    match algorithm.ends_with("SHA_1") {
        true => &OAEP_SHA1_MGF1SHA1,
        false => &OAEP_SHA256_MGF1SHA256,
    }
}

/// A ciphertext with the key that it is to be opened with.
struct Source {
    key: Arc<KmsKey>,
    way: Way,
    blob: Bytes,
}

impl Source {
    async fn find(
        cx: &Cx,
        given: Option<&str>,
        blob: Option<Bytes>,
        algorithm: Option<&EncryptionAlgorithmSpec>,
        context: Option<&Dict<String>>,
        operation: &str,
        unseen: bool,
    ) -> Result<Source> {
        let asymmetric = algorithm.is_some_and(|algorithm| algorithm.as_str() != SYMMETRIC);
        let Some(blob) = blob.or_else(|| unseen.then(Bytes::new)) else {
            return Err(faults::invalid("CiphertextBlob is required unless DryRunModifiers has IGNORE_CIPHERTEXT."));
        };
        let key = match given {
            Some(given) => KmsKey::find(cx, given, Aliases::Taken).await?,
            None if asymmetric || unseen => {
                return Err(faults::invalid("KeyId is required when the ciphertext does not tell which key it is of."));
            }
            None => {
                let ciphertext = Ciphertext::parse(&blob).ok_or_else(faults::invalid_ciphertext)?;
                let address = key::address_of(ciphertext.account, cx.region(), &ciphertext.key_id);
                let found = KmsKey::find(cx, &address.arn(), Aliases::Taken).await;
                found.map_err(|_| faults::ciphertext_of_nobody())?
            }
        };
        let way = Way::of(&key, algorithm, context, operation)?;
        Ok(Source { key, way, blob })
    }

    fn open(&self, cx: &Cx) -> Result<(Vec<u8>, Option<String>)> {
        let Source { key, way, blob } = self;
        if way.algorithm != SYMMETRIC {
            let (_, Material::Rsa(rsa)) = key.current_material(cx)? else { return Err(faults::invalid_ciphertext()) };
            let mut out = vec![0; rsa.decrypter.min_output_size()];
            let done = rsa.decrypter.decrypt(oaep(way.algorithm), blob, &mut out, None).map(|text| text.len());
            let length = done.map_err(|_| faults::invalid_ciphertext())?;
            out.truncate(length);
            return Ok((out, None));
        }
        let ciphertext = Ciphertext::parse(blob).ok_or_else(faults::invalid_ciphertext)?;
        if ciphertext.key_id != key.id || ciphertext.account != key.account {
            return Err(faults::incorrect_key());
        }
        let index = key.materials.iter().position(|material| *material.id == *ciphertext.material);
        let index = index.ok_or_else(faults::invalid_ciphertext)?;
        match key.material(cx, index) {
            Some(Material::Symmetric(aead)) => {
                let text = ciphertext.open(aead, &way.context).ok_or_else(faults::invalid_ciphertext)?;
                Ok((text, Some(HEXLOWER.encode(ciphertext.material))))
            }
            _ => Err(faults::crypto("the key's stored material cannot be opened")),
        }
    }
}
